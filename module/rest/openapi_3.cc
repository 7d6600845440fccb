// OpenAPI 3.1: the same API for generators that want JSON Schema 2020-12.
#include "base/text.h"
#include "rest/openapi_writer.h"

namespace trestle::rest {
namespace {

// A name inside a reference (RFC 6901, then as a fragment).
std::string pointer_name(std::string_view name) {
  std::string escaped;
  for (char c : name) {
    if (c == '~')
      escaped += "~0";
    else if (c == '/')
      escaped += "~1";
    else
      escaped.push_back(c);
  }
  return url_encode(escaped);
}

class Writer final : public OpenApiWriter {
 public:
  using OpenApiWriter::OpenApiWriter;

 private:
  void write_head(const Comment& api, const Address& address) override {
    json().key("openapi").string("3.1.0");
    json().key("info").begin_object();
    json().key("title").string(api.summary);
    json().key("description").string(api.description);
    json().key("version").string("1");
    json().end_object();
    std::string url =
        concat({address.scheme, "://", address.host, address.path});
    if (url.ends_with('/')) url.pop_back();
    json().key("servers").begin_array().begin_object();
    json().key("url").string(url).end_object().end_array();
  }

  void write_tail() override {
    json().key("components").begin_object();
    json().key("schemas").begin_object();
    write_schemas();
    json().end_object();
    if (state().config->openapi_security) write_scheme();
    json().end_object();
    if (!state().config->openapi_security) return;
    // A token, or none.
    json().key("security").begin_array().begin_object();
    json().key("JWT").begin_array().end_array();
    json().end_object().begin_object().end_object().end_array();
  }

  void write_scheme() {
    json().key("securitySchemes").begin_object();
    json().key("JWT").begin_object();
    json().key("type").string("http").key("scheme").string("bearer");
    json().end_object().end_object();
  }

  // --- operations
  void write_operation_id(std::string_view method,
                          std::string_view tag) override {
    json().key("operationId").string(concat({method, " ", tag}));
  }

  void write_parameter(std::string_view name, std::string_view in,
                       bool required = false) {
    json().begin_object();
    json().key("name").string(name).key("in").string(in);
    json().key("required").boolean(required);
    json().key("schema").begin_object();
    json().key("type").string("string");
    json().end_object().end_object();
  }

  void write_reference(const Relation& relation) {
    json().begin_object();
    json().key("$ref").string(
        concat({"#/components/schemas/", pointer_name(relation.name)}));
    json().end_object();
  }

  // "content", whose schema the caller writes.
  template <class Schema>
  void write_content(Schema&& write_schema) {
    json().key("content").begin_object();
    json().key("application/json").begin_object();
    json().key("schema");
    write_schema();
    json().end_object().end_object();
  }

  void write_response(std::string_view status, std::string_view description,
                      const Relation* rows) override {
    json().key("responses").begin_object();
    json().key(status).begin_object();
    json().key("description").string(description);
    if (rows != nullptr)
      write_content([&] {
        json().begin_object();
        json().key("type").string("array");
        json().key("items");
        write_reference(*rows);
        json().end_object();
      });
    json().end_object().end_object();
  }

  void write_input(const Relation& relation, Operation operation) override {
    json().key("parameters").begin_array();
    if (operation != Operation::insert)
      for (const catalog::Column& column : relation.columns)
        write_parameter(column.name, "query");
    if (operation == Operation::read) {
      for (std::string_view name :
           {"select", "order", "offset", "limit", "after"})
        if (relation.find_column(name) == nullptr)
          write_parameter(name, "query");
      write_parameter("Range", "header");
    }
    write_parameter("Prefer", "header");
    json().end_array();
    if (operation != Operation::insert && operation != Operation::update)
      return;
    json().key("requestBody").begin_object();
    write_content([&] { write_reference(relation); });
    json().end_object();
  }

  void write_query_input(const Function& function) override {
    json().key("parameters").begin_array();
    for (const catalog::Parameter& parameter : function.parameters)
      if (!parameter.name.empty())
        write_parameter(parameter.name, "query", is_required(parameter));
    json().end_array();
  }

  void write_body_input(const Function& function) override {
    json().key("requestBody").begin_object();
    write_content([&] {
      json().begin_object();
      write_arguments(function);
      json().end_object();
    });
    json().end_object();
  }
};

}  // namespace

std::string write_openapi_3(const RequestState& state, const Usable& usable) {
  std::string out;
  Writer(state, usable, out).write();
  return out;
}

}  // namespace trestle::rest
