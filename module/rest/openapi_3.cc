// OpenAPI 3.1: the same API for generators that want JSON Schema 2020-12.
#include "base/text.h"
#include "rest/openapi_types.h"

namespace trestle::rest {
namespace {

class Writer {
 public:
  Writer(const RequestState& state, const Usable& usable, std::string& out)
      : state_(state),
        relations_(usable.relations()),
        functions_(usable.functions()),
        json_(out) {}

  void write() {
    Comment api = describe_api(state_);
    Address address = address_of(state_);
    json_.begin_object();
    json_.key("openapi").string("3.1.0");
    json_.key("info").begin_object();
    json_.key("title").string(api.summary);
    json_.key("description").string(api.description);
    json_.key("version").string("1");
    json_.end_object();
    std::string url =
        concat({address.scheme, "://", address.host, address.path});
    if (url.ends_with('/')) url.pop_back();
    json_.key("servers").begin_array().begin_object();
    json_.key("url").string(url).end_object().end_array();
    write_paths();
    write_components();
    json_.end_object();
  }

 private:
  void write_paths() {
    json_.key("paths").begin_object();
    for (const Relation* relation : relations_) write_relation(*relation);
    for (const Function* function : functions_) write_function(*function);
    json_.end_object();
  }

  void begin_operation(std::string_view method, std::string_view tag,
                       const Comment& comment) {
    json_.key(method).begin_object();
    json_.key("operationId").string(concat({method, " ", tag}));
    json_.key("tags").begin_array().string(tag).end_array();
    if (!comment.summary.empty()) json_.key("summary").string(comment.summary);
    if (!comment.description.empty())
      json_.key("description").string(comment.description);
  }

  void write_parameter(std::string_view name, std::string_view in,
                       std::string_view type, bool required = false) {
    json_.begin_object();
    json_.key("name").string(name).key("in").string(in);
    json_.key("required").boolean(required);
    json_.key("schema").begin_object();
    if (!type.empty()) json_.key("type").string(type);
    json_.end_object().end_object();
  }

  void write_filters(const Relation& relation) {
    for (const catalog::Column& column : relation.columns)
      write_parameter(column.name, "query", "string");
  }

  void reference(const Relation& relation) {
    json_.key("$ref").string(
        concat({"#/components/schemas/", pointer_name(relation.name)}));
  }

  // A name inside a reference (RFC 6901, then as a fragment).
  static std::string pointer_name(std::string_view name) {
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

  void write_rows(const Relation& relation) {
    json_.key("content").begin_object();
    json_.key("application/json").begin_object();
    json_.key("schema").begin_object();
    json_.key("type").string("array");
    json_.key("items").begin_object();
    reference(relation);
    json_.end_object().end_object().end_object().end_object();
  }

  void write_response(std::string_view status, std::string_view description,
                      const Relation* rows = nullptr) {
    json_.key("responses").begin_object();
    json_.key(status).begin_object();
    json_.key("description").string(description);
    if (rows != nullptr) write_rows(*rows);
    json_.end_object().end_object();
  }

  void write_body(const Relation& relation) {
    json_.key("requestBody").begin_object();
    json_.key("content").begin_object();
    json_.key("application/json").begin_object();
    json_.key("schema").begin_object();
    reference(relation);
    json_.end_object().end_object().end_object().end_object();
  }

  void write_relation(const Relation& relation) {
    Comment comment = split_comment(relation.comment);
    json_.key(concat({"/", relation.name})).begin_object();
    begin_operation("get", relation.name, comment);
    json_.key("parameters").begin_array();
    write_filters(relation);
    for (std::string_view name : {"select", "order", "offset", "limit"})
      if (relation.find_column(name) == nullptr)
        write_parameter(name, "query", "string");
    write_parameter("Range", "header", "string");
    write_parameter("Prefer", "header", "string");
    json_.end_array();
    write_response("200", "OK", &relation);
    json_.end_object();
    if (relation.insertable) {
      begin_operation("post", relation.name, comment);
      json_.key("parameters").begin_array();
      write_parameter("Prefer", "header", "string");
      json_.end_array();
      write_body(relation);
      write_response("201", "Created");
      json_.end_object();
    }
    if (relation.updatable) {
      begin_operation("patch", relation.name, comment);
      write_change(relation);
      write_body(relation);
      write_response("204", "No Content");
      json_.end_object();
    }
    if (relation.deletable) {
      begin_operation("delete", relation.name, comment);
      write_change(relation);
      write_response("204", "No Content");
      json_.end_object();
    }
    json_.end_object();
  }

  void write_change(const Relation& relation) {
    json_.key("parameters").begin_array();
    write_filters(relation);
    write_parameter("Prefer", "header", "string");
    json_.end_array();
  }

  void write_function(const Function& function) {
    Comment comment = split_comment(function.comment);
    std::string tag = concat({"rpc/", function.name});
    json_.key(concat({"/rpc/", function.name})).begin_object();
    if (function.volatility != Function::Volatility::volatile_) {
      begin_operation("get", tag, comment);
      json_.key("parameters").begin_array();
      for (const catalog::Parameter& p : function.parameters)
        if (!p.name.empty())
          write_parameter(p.name, "query", "string",
                          !p.has_default && !p.variadic);
      json_.end_array();
      write_response("200", "OK");
      json_.end_object();
    }
    begin_operation("post", tag, comment);
    json_.key("requestBody").begin_object();
    json_.key("content").begin_object();
    json_.key("application/json").begin_object();
    json_.key("schema").begin_object();
    json_.key("type").string("object");
    json_.key("properties").begin_object();
    for (const catalog::Parameter& p : function.parameters) {
      json_.key(p.name).begin_object();
      write_type(json_, p.type_text,
                 parameter_format(*state_.shape->catalog, p));
      json_.end_object();
    }
    json_.end_object();
    json_.key("required").begin_array();
    for (const catalog::Parameter& p : function.parameters)
      if (!p.has_default && !p.variadic) json_.string(p.name);
    json_.end_array();
    json_.end_object().end_object().end_object().end_object();
    write_response("200", "OK");
    json_.end_object().end_object();
  }

  void write_components() {
    json_.key("components").begin_object();
    json_.key("schemas").begin_object();
    for (const Relation* relation : relations_) {
      json_.key(relation->name).begin_object();
      if (relation->comment)
        json_.key("description").string(*relation->comment);
      json_.key("type").string("object");
      json_.key("properties").begin_object();
      for (const catalog::Column& column : relation->columns) {
        json_.key(column.name);
        write_property(json_, *state_.shape->catalog, *relation, column);
      }
      json_.end_object();
      json_.key("required").begin_array();
      for (const catalog::Column& column : relation->columns)
        if (!column.nullable) json_.string(column.name);
      json_.end_array();
      json_.end_object();
    }
    json_.end_object();
    if (state_.config->openapi_security) {
      json_.key("securitySchemes").begin_object();
      json_.key("JWT").begin_object();
      json_.key("type").string("http").key("scheme").string("bearer");
      json_.end_object().end_object();
    }
    json_.end_object();
  }

  const RequestState& state_;
  std::vector<const Relation*> relations_;
  std::vector<const Function*> functions_;
  JsonWriter json_;
};

}  // namespace

std::string write_openapi_3(const RequestState& state, const Usable& usable) {
  std::string out;
  Writer(state, usable, out).write();
  return out;
}

}  // namespace trestle::rest
