#include "rest/openapi_writer.h"

#include "base/text.h"

namespace trestle::rest {

OpenApiWriter::OpenApiWriter(const RequestState& state, const Usable& usable,
                             std::string& out)
    : state_(state),
      relations_(usable.relations()),
      functions_(usable.functions()),
      json_(out) {}

void OpenApiWriter::write() {
  json_.begin_object();
  write_head(describe_api(state_), address_of(state_));
  write_paths();
  write_tail();
  json_.end_object();
}

void OpenApiWriter::write_paths() {
  json_.key("paths").begin_object();
  write_own_path();
  for (const Relation* relation : relations_) write_relation(*relation);
  for (const Function* function : functions_) write_function(*function);
  json_.end_object();
}

void OpenApiWriter::begin_operation(std::string_view method,
                                    std::string_view tag,
                                    const Comment& comment) {
  json_.key(method).begin_object();
  write_operation_id(method, tag);
  json_.key("tags").begin_array().string(tag).end_array();
  if (!comment.summary.empty()) json_.key("summary").string(comment.summary);
  if (!comment.description.empty())
    json_.key("description").string(comment.description);
}

void OpenApiWriter::write_operation(const Relation& relation,
                                    std::string_view method,
                                    Operation operation,
                                    std::string_view status,
                                    std::string_view description) {
  begin_operation(method, relation.name, split_comment(relation.comment));
  write_input(relation, operation);
  write_response(status, description,
                 operation == Operation::read ? &relation : nullptr);
  json_.end_object();
}

void OpenApiWriter::write_relation(const Relation& relation) {
  json_.key(concat({"/", relation.name})).begin_object();
  write_operation(relation, "get", Operation::read, "200", "OK");
  if (relation.insertable)
    write_operation(relation, "post", Operation::insert, "201", "Created");
  if (relation.deletable)
    write_operation(relation, "delete", Operation::remove, "204", "No Content");
  if (relation.updatable)
    write_operation(relation, "patch", Operation::update, "204", "No Content");
  json_.end_object();
}

void OpenApiWriter::write_function(const Function& function) {
  Comment comment = split_comment(function.comment);
  std::string tag = concat({"(rpc) ", function.name});
  json_.key(concat({"/rpc/", function.name})).begin_object();
  if (function.volatility != Function::Volatility::volatile_) {
    begin_operation("get", tag, comment);
    write_query_input(function);
    write_response("200", "OK", nullptr);
    json_.end_object();
  }
  begin_operation("post", tag, comment);
  write_body_input(function);
  write_response("200", "OK", nullptr);
  json_.end_object().end_object();
}

void OpenApiWriter::write_required(const std::vector<std::string_view>& names) {
  if (names.empty()) return;
  json_.key("required").begin_array();
  for (std::string_view name : names) json_.string(name);
  json_.end_array();
}

void OpenApiWriter::write_schemas() {
  for (const Relation* relation : relations_) {
    std::vector<std::string_view> required;
    json_.key(relation->name).begin_object();
    if (relation->comment) json_.key("description").string(*relation->comment);
    json_.key("type").string("object");
    json_.key("properties").begin_object();
    for (const catalog::Column& column : relation->columns) {
      if (!column.nullable) required.push_back(column.name);
      json_.key(column.name);
      write_property(json_, *state_.shape->catalog, *relation, column);
    }
    json_.end_object();
    write_required(required);
    json_.end_object();
  }
}

void OpenApiWriter::write_arguments(const Function& function) {
  std::vector<std::string_view> required;
  json_.key("type").string("object");
  json_.key("properties").begin_object();
  for (const catalog::Parameter& parameter : function.parameters) {
    if (is_required(parameter)) required.push_back(parameter.name);
    json_.key(parameter.name).begin_object();
    write_type(json_, parameter.type_text,
               parameter_format(*state_.shape->catalog, parameter));
    json_.end_object();
  }
  json_.end_object();
  write_required(required);
}

}  // namespace trestle::rest
