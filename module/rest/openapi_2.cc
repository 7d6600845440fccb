// OpenAPI 2.0 (Swagger), member by member what PostgREST describes, so that
// generators made for it go on working.
#include <array>

#include "base/text.h"
#include "rest/openapi_types.h"

namespace trestle::rest {
namespace {

constexpr std::array<std::string_view, 4> kTypes = {
    "application/json", "application/vnd.pgrst.object+json;nulls=stripped",
    "application/vnd.pgrst.object+json", "text/csv"};

class Writer {
 public:
  Writer(const RequestState& state, const Usable& usable, std::string& out)
      : state_(state),
        relations_(usable.relations()),
        functions_(usable.functions()),
        json_(out) {}

  void write() {
    json_.begin_object();
    json_.key("swagger").string("2.0");
    write_info();
    write_address();
    write_types("consumes");
    write_types("produces");
    write_paths();
    write_definitions();
    write_parameters();
    json_.key("externalDocs").begin_object();
    json_.key("description").string("PostgREST Documentation");
    json_.key("url").string(
        "https://postgrest.org/en/stable/references/api.html");
    json_.end_object();
    if (state_.config->openapi_security) write_security();
    json_.end_object();
  }

 private:
  void write_info() {
    Comment api = describe_api(state_);
    json_.key("info").begin_object();
    json_.key("title").string(api.summary);
    json_.key("description").string(api.description);
    json_.key("version").string("16.1");
    json_.end_object();
  }

  void write_address() {
    Address address = address_of(state_);
    json_.key("host").string(address.host);
    json_.key("basePath").string(address.path);
    json_.key("schemes").begin_array().string(address.scheme).end_array();
  }

  void write_types(std::string_view name) {
    json_.key(name).begin_array();
    for (std::string_view type : kTypes) json_.string(type);
    json_.end_array();
  }

  void write_security() {
    json_.key("security").begin_array().begin_object();
    json_.key("JWT").begin_array().end_array();
    json_.end_object().end_array();
    json_.key("securityDefinitions").begin_object();
    json_.key("JWT").begin_object();
    json_.key("description")
        .string("Add the token prepending \"Bearer \" (without quotes) to it");
    json_.key("in").string("header").key("name").string("Authorization");
    json_.key("type").string("apiKey");
    json_.end_object().end_object();
  }

  // --- paths
  void write_paths() {
    json_.key("paths").begin_object();
    json_.key("/").begin_object().key("get").begin_object();
    json_.key("tags").begin_array().string("Introspection").end_array();
    json_.key("summary").string("OpenAPI description (this document)");
    json_.key("produces").begin_array();
    json_.string("application/openapi+json").string("application/json");
    json_.end_array();
    write_responses("200", "OK", nullptr);
    json_.end_object().end_object();
    for (const Relation* relation : relations_) write_relation_path(*relation);
    for (const Function* function : functions_) write_function_path(*function);
    json_.end_object();
  }

  void reference(std::string_view name) {
    json_.begin_object();
    json_.key("$ref").string(concat({"#/parameters/", name}));
    json_.end_object();
  }

  void write_responses(std::string_view status, std::string_view description,
                       const Relation* rows) {
    json_.key("responses").begin_object();
    json_.key(status).begin_object();
    json_.key("description").string(description);
    if (rows != nullptr) {
      json_.key("schema").begin_object();
      json_.key("items").begin_object();
      json_.key("$ref").string(concat({"#/definitions/", rows->name}));
      json_.end_object();
      json_.key("type").string("array");
      json_.end_object();
    }
    json_.end_object();
    if (rows != nullptr) {
      json_.key("206").begin_object();
      json_.key("description").string("Partial Content").end_object();
    }
    json_.end_object();
  }

  void begin_operation(std::string_view method, std::string_view tag,
                       const Comment& comment) {
    json_.key(method).begin_object();
    json_.key("tags").begin_array().string(tag).end_array();
    if (!comment.summary.empty()) json_.key("summary").string(comment.summary);
    if (!comment.description.empty())
      json_.key("description").string(comment.description);
  }

  void write_filters(const Relation& relation) {
    for (const catalog::Column& column : relation.columns)
      reference(concat({"rowFilter.", relation.name, ".", column.name}));
  }

  void write_relation_path(const Relation& relation) {
    Comment comment = split_comment(relation.comment);
    json_.key(concat({"/", relation.name})).begin_object();
    begin_operation("get", relation.name, comment);
    json_.key("parameters").begin_array();
    write_filters(relation);
    for (std::string_view name : {"select", "order", "range", "rangeUnit",
                                  "offset", "limit", "preferCount"})
      reference(name);
    json_.end_array();
    write_responses("200", "OK", &relation);
    json_.end_object();
    if (relation.insertable) {
      begin_operation("post", relation.name, comment);
      json_.key("parameters").begin_array();
      reference(concat({"body.", relation.name}));
      reference("select");
      reference("preferPost");
      json_.end_array();
      write_responses("201", "Created", nullptr);
      json_.end_object();
    }
    if (relation.deletable) {
      begin_operation("delete", relation.name, comment);
      json_.key("parameters").begin_array();
      write_filters(relation);
      reference("preferReturn");
      json_.end_array();
      write_responses("204", "No Content", nullptr);
      json_.end_object();
    }
    if (relation.updatable) {
      begin_operation("patch", relation.name, comment);
      json_.key("parameters").begin_array();
      write_filters(relation);
      reference(concat({"body.", relation.name}));
      reference("preferReturn");
      json_.end_array();
      write_responses("204", "No Content", nullptr);
      json_.end_object();
    }
    json_.end_object();
  }

  static bool is_required(const catalog::Parameter& parameter) {
    return !parameter.has_default && !parameter.variadic;
  }

  void write_argument(const catalog::Parameter& parameter) {
    const Catalog& catalog = *state_.shape->catalog;
    json_.begin_object();
    if (parameter.variadic) {
      const catalog::Type* type = catalog.type(parameter.type);
      const catalog::Type* element =
          type == nullptr ? nullptr : catalog.type(type->element);
      json_.key("collectionFormat").string("multi");
      json_.key("in").string("query");
      json_.key("items").begin_object();
      write_type(json_, element ? element->text : "text",
                 json_format(element ? element->text : "text"));
      json_.end_object();
    } else {
      json_.key("format").string(parameter_format(catalog, parameter));
      json_.key("in").string("query");
    }
    json_.key("name").string(parameter.name);
    json_.key("required").boolean(is_required(parameter));
    std::string_view type = json_type(parameter.type_text);
    // A query string holds an array or any JSON as text.
    bool text = type.empty() || (type == "array" && !parameter.variadic);
    json_.key("type").string(text ? "string" : type);
    json_.end_object();
  }

  void write_body_schema(const Function& function) {
    json_.begin_object();
    json_.key("in").string("body").key("name").string("args");
    json_.key("required").boolean(true);
    json_.key("schema").begin_object();
    if (function.comment) json_.key("description").string(*function.comment);
    json_.key("properties").begin_object();
    bool required = false;
    for (const catalog::Parameter& parameter : function.parameters) {
      required = required || is_required(parameter);
      json_.key(parameter.name).begin_object();
      write_type(json_, parameter.type_text,
                 parameter_format(*state_.shape->catalog, parameter));
      json_.end_object();
    }
    json_.end_object();
    if (required) {
      json_.key("required").begin_array();
      for (const catalog::Parameter& parameter : function.parameters)
        if (is_required(parameter)) json_.string(parameter.name);
      json_.end_array();
    }
    json_.key("type").string("object");
    json_.end_object().end_object();
  }

  void write_function_path(const Function& function) {
    Comment comment = split_comment(function.comment);
    std::string tag = concat({"(rpc) ", function.name});
    json_.key(concat({"/rpc/", function.name})).begin_object();
    if (function.volatility != Function::Volatility::volatile_) {
      begin_operation("get", tag, comment);
      write_types("produces");
      json_.key("parameters").begin_array();
      for (const catalog::Parameter& parameter : function.parameters)
        write_argument(parameter);
      json_.end_array();
      write_responses("200", "OK", nullptr);
      json_.end_object();
    }
    begin_operation("post", tag, comment);
    write_types("produces");
    json_.key("parameters").begin_array();
    write_body_schema(function);
    reference("preferParams");
    json_.end_array();
    write_responses("200", "OK", nullptr);
    json_.end_object().end_object();
  }

  // --- definitions
  void write_definitions() {
    json_.key("definitions").begin_object();
    for (const Relation* relation : relations_) {
      json_.key(relation->name).begin_object();
      if (relation->comment)
        json_.key("description").string(*relation->comment);
      bool required = false;
      json_.key("properties").begin_object();
      for (const catalog::Column& column : relation->columns) {
        required = required || !column.nullable;
        json_.key(column.name);
        write_property(json_, *state_.shape->catalog, *relation, column);
      }
      json_.end_object();
      if (required) {
        json_.key("required").begin_array();
        for (const catalog::Column& column : relation->columns)
          if (!column.nullable) json_.string(column.name);
        json_.end_array();
      }
      json_.key("type").string("object");
      json_.end_object();
    }
    json_.end_object();
  }

  // --- parameters
  void write_parameter(std::string_view key, std::string_view name,
                       std::string_view in, std::string_view description,
                       std::initializer_list<std::string_view> values = {}) {
    json_.key(key).begin_object();
    json_.key("name").string(name);
    if (!description.empty()) json_.key("description").string(description);
    json_.key("required").boolean(false).key("in").string(in);
    json_.key("type").string("string");
    if (key == "rangeUnit") json_.key("default").string("items");
    if (values.size() > 0) {
      json_.key("enum").begin_array();
      for (std::string_view value : values) json_.string(value);
      json_.end_array();
    }
    json_.end_object();
  }

  void write_parameters() {
    json_.key("parameters").begin_object();
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
    for (const Relation* relation : relations_) {
      json_.key(concat({"body.", relation->name})).begin_object();
      json_.key("name").string(relation->name);
      json_.key("description").string(relation->name);
      json_.key("required").boolean(false).key("in").string("body");
      json_.key("schema").begin_object();
      json_.key("$ref").string(concat({"#/definitions/", relation->name}));
      json_.end_object().end_object();
      for (const catalog::Column& column : relation->columns)
        write_parameter(
            concat({"rowFilter.", relation->name, ".", column.name}),
            column.name, "query", column.comment.value_or(""));
    }
    json_.end_object();
  }

  const RequestState& state_;
  std::vector<const Relation*> relations_;
  std::vector<const Function*> functions_;
  JsonWriter json_;
};

}  // namespace

std::string write_openapi_2(const RequestState& state, const Usable& usable) {
  std::string out;
  Writer(state, usable, out).write();
  return out;
}

}  // namespace trestle::rest
