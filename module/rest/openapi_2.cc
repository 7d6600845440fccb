// OpenAPI 2.0 (Swagger), member by member what PostgREST describes, so that
// generators made for it go on working.
#include <array>

#include "base/text.h"
#include "rest/openapi_writer.h"

namespace trestle::rest {
namespace {

constexpr std::array<std::string_view, 4> kTypes = {
    "application/json", "application/vnd.pgrst.object+json;nulls=stripped",
    "application/vnd.pgrst.object+json", "text/csv"};

class Writer final : public OpenApiWriter {
 public:
  using OpenApiWriter::OpenApiWriter;

 private:
  void write_head(const Comment& api, const Address& address) override {
    json().key("swagger").string("2.0");
    json().key("info").begin_object();
    json().key("title").string(api.summary);
    json().key("description").string(api.description);
    json().key("version").string("16.1");
    json().end_object();
    json().key("host").string(address.host);
    json().key("basePath").string(address.path);
    json().key("schemes").begin_array().string(address.scheme).end_array();
    write_types("consumes");
    write_types("produces");
  }

  void write_tail() override {
    json().key("definitions").begin_object();
    write_schemas();
    json().end_object();
    write_parameters();
    json().key("externalDocs").begin_object();
    json().key("description").string("PostgREST Documentation");
    json().key("url").string(
        "https://postgrest.org/en/stable/references/api.html");
    json().end_object();
    if (state().config->openapi_security) write_security();
  }

  void write_types(std::string_view name) {
    json().key(name).begin_array();
    for (std::string_view type : kTypes) json().string(type);
    json().end_array();
  }

  void write_security() {
    json().key("security").begin_array().begin_object();
    json().key("JWT").begin_array().end_array();
    json().end_object().end_array();
    json().key("securityDefinitions").begin_object();
    json().key("JWT").begin_object();
    json()
        .key("description")
        .string("Add the token prepending \"Bearer \" (without quotes) to it");
    json().key("in").string("header").key("name").string("Authorization");
    json().key("type").string("apiKey");
    json().end_object().end_object();
  }

  // --- operations
  void write_own_path() override {
    json().key("/").begin_object().key("get").begin_object();
    json().key("tags").begin_array().string("Introspection").end_array();
    json().key("summary").string("OpenAPI description (this document)");
    json().key("produces").begin_array();
    json().string("application/openapi+json").string("application/json");
    json().end_array();
    write_response("200", "OK", nullptr);
    json().end_object().end_object();
  }

  void reference(std::string_view name) {
    json().begin_object();
    json().key("$ref").string(concat({"#/parameters/", name}));
    json().end_object();
  }

  void write_response(std::string_view status, std::string_view description,
                      const Relation* rows) override {
    json().key("responses").begin_object();
    json().key(status).begin_object();
    json().key("description").string(description);
    if (rows != nullptr) {
      json().key("schema").begin_object();
      json().key("items").begin_object();
      json().key("$ref").string(concat({"#/definitions/", rows->name}));
      json().end_object();
      json().key("type").string("array");
      json().end_object();
    }
    json().end_object();
    if (rows != nullptr) {
      json().key("206").begin_object();
      json().key("description").string("Partial Content").end_object();
    }
    json().end_object();
  }

  void write_input(const Relation& relation, Operation operation) override {
    const std::string body = concat({"body.", relation.name});
    json().key("parameters").begin_array();
    if (operation != Operation::insert)
      for (const catalog::Column& column : relation.columns)
        reference(concat({"rowFilter.", relation.name, ".", column.name}));
    if (operation == Operation::read)
      for (std::string_view name : {"select", "order", "range", "rangeUnit",
                                    "offset", "limit", "preferCount"})
        reference(name);
    if (operation == Operation::insert)
      for (std::string_view name :
           {std::string_view(body), std::string_view("select"),
            std::string_view("preferPost")})
        reference(name);
    if (operation == Operation::update) reference(body);
    if (operation == Operation::update || operation == Operation::remove)
      reference("preferReturn");
    json().end_array();
  }

  void write_query_input(const Function& function) override {
    write_types("produces");
    json().key("parameters").begin_array();
    for (const catalog::Parameter& parameter : function.parameters)
      write_argument(parameter);
    json().end_array();
  }

  void write_argument(const catalog::Parameter& parameter) {
    const Catalog& catalog = *state().shape->catalog;
    json().begin_object();
    if (parameter.variadic) {
      const catalog::Type* type = catalog.type(parameter.type);
      const catalog::Type* element =
          type == nullptr ? nullptr : catalog.type(type->element);
      json().key("collectionFormat").string("multi");
      json().key("in").string("query");
      json().key("items").begin_object();
      write_type(json(), element ? element->text : "text",
                 json_format(element ? element->text : "text"));
      json().end_object();
    } else {
      json().key("format").string(parameter_format(catalog, parameter));
      json().key("in").string("query");
    }
    json().key("name").string(parameter.name);
    json().key("required").boolean(is_required(parameter));
    std::string_view type = json_type(parameter.type_text);
    // A query string holds an array or any JSON as text.
    bool text = type.empty() || (type == "array" && !parameter.variadic);
    json().key("type").string(text ? "string" : type);
    json().end_object();
  }

  void write_body_input(const Function& function) override {
    write_types("produces");
    json().key("parameters").begin_array();
    json().begin_object();
    json().key("in").string("body").key("name").string("args");
    json().key("required").boolean(true);
    json().key("schema").begin_object();
    if (function.comment) json().key("description").string(*function.comment);
    write_arguments(function);
    json().end_object().end_object();
    reference("preferParams");
    json().end_array();
  }

  // --- parameters that operations refer to
  void write_parameter(std::string_view key, std::string_view name,
                       std::string_view in, std::string_view description,
                       std::initializer_list<std::string_view> values = {}) {
    json().key(key).begin_object();
    json().key("name").string(name);
    if (!description.empty()) json().key("description").string(description);
    json().key("required").boolean(false).key("in").string(in);
    json().key("type").string("string");
    if (key == "rangeUnit") json().key("default").string("items");
    if (values.size() > 0) {
      json().key("enum").begin_array();
      for (std::string_view value : values) json().string(value);
      json().end_array();
    }
    json().end_object();
  }

  void write_body_parameter(const Relation& relation) {
    json().key(concat({"body.", relation.name})).begin_object();
    json().key("name").string(relation.name);
    json().key("description").string(relation.name);
    json().key("required").boolean(false).key("in").string("body");
    json().key("schema").begin_object();
    json().key("$ref").string(concat({"#/definitions/", relation.name}));
    json().end_object().end_object();
  }

  void write_parameters() {
    json().key("parameters").begin_object();
    write_parameter("preferParams", "Prefer", "header", "Preference");
    write_parameter("preferReturn", "Prefer", "header", "Preference",
                    {"return=representation", "return=minimal", "return=none"});
    write_parameter("preferCount", "Prefer", "header", "Preference",
                    {"count=none"});
    write_parameter(
        "preferPost", "Prefer", "header", "Preference",
        {"return=representation", "return=minimal", "return=none",
         "resolution=ignore-duplicates", "resolution=merge-duplicates"});
    write_parameter("select", "select", "query", "Filtering Columns");
    write_parameter("on_conflict", "on_conflict", "query", "On Conflict");
    write_parameter("order", "order", "query", "Ordering");
    write_parameter("range", "Range", "header", "Limiting and Pagination");
    write_parameter("rangeUnit", "Range-Unit", "header",
                    "Limiting and Pagination");
    write_parameter("offset", "offset", "query", "Limiting and Pagination");
    write_parameter("limit", "limit", "query", "Limiting and Pagination");
    for (const Relation* relation : relations()) {
      write_body_parameter(*relation);
      for (const catalog::Column& column : relation->columns)
        write_parameter(
            concat({"rowFilter.", relation->name, ".", column.name}),
            column.name, "query", column.comment.value_or(""));
    }
    json().end_object();
  }
};

}  // namespace

std::string write_openapi_2(const RequestState& state, const Usable& usable) {
  std::string out;
  Writer(state, usable, out).write();
  return out;
}

}  // namespace trestle::rest
