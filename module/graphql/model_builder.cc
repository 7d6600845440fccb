#include "graphql/model_builder.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"

namespace trestle::graphql {

void ModelBuilder::build() {
  for (const auto& [oid, type] : model_.catalog_->types())
    if (type.element != 0 && type.category == 'A')
      arrays_.emplace(type.element, oid);
  add_tables();
  for (Pending& pending : pending_)
    if (pending.comment.flag("enum", false)) add_enum(*pending.table);
  for (Pending& pending : pending_) add_columns(pending);
  add_relationships();
  for (Pending& pending : pending_) add_computed(pending);
  add_functions();
}

bool ModelBuilder::exposed(std::string_view schema) const {
  return std::find(model_.schemas_.begin(), model_.schemas_.end(), schema) !=
         model_.schemas_.end();
}

std::string ModelBuilder::base_name(std::string_view schema,
                                    std::string_view name) const {
  if (schema == model_.schemas_.front()) return std::string(name);
  return concat({schema, "_", name});
}

void ModelBuilder::add_tables() {
  for (const catalog::Relation& relation : model_.catalog_->relations())
    if (exposed(relation.schema) && !relation.is_partition) add_table(relation);
}

void ModelBuilder::add_table(const catalog::Relation& relation) {
  Comment comment = parse_comment(relation.comment);
  std::string where = concat({relation.schema, ".", relation.name});
  if (comment.malformed)
    warn(concat({"the @trestle line in the comment on ", where,
                 " is not a JSON object"}));
  if (comment.flag("omit", false)) return;
  Table table;
  table.relation = &relation;
  table.name = comment.string("name").value_or(
      base_name(relation.schema, relation.name));
  if (!is_graphql_name(table.name))
    return warn(concat({where, " is left out: \"", table.name,
                        "\" is no GraphQL name; give it one with \"name\""}));
  if (!names_.insert(table.name).second)
    return warn(concat(
        {where, " is left out: the name \"", table.name, "\" is taken"}));
  table.description = comment.text.value_or(
      concat({"columns and relationships of \"", relation.name, "\""}));
  name_root_fields(table, comment);
  model_.tables_.push_back(std::move(table));
  Table* added = &model_.tables_.back();
  model_.by_relation_.emplace(&relation, added);
  pending_.push_back({added, std::move(comment)});
}

void ModelBuilder::name_root_fields(Table& table, const Comment& comment) {
  const rapidjson::Value* fields = comment.object("root_fields");
  const std::string& t = table.name;
  auto name = [&](std::string& slot, std::string_view key,
                  std::string otherwise) {
    std::optional<std::string> given;
    if (fields != nullptr) given = text_member(*fields, key);
    slot = given.value_or(std::move(otherwise));
  };
  name(table.select, "select", t);
  name(table.select_by_pk, "select_by_pk", t + "_by_pk");
  name(table.select_aggregate, "select_aggregate", t + "_aggregate");
  name(table.select_stream, "select_stream", t + "_stream");
  name(table.insert, "insert", "insert_" + t);
  name(table.insert_one, "insert_one", "insert_" + t + "_one");
  name(table.update, "update", "update_" + t);
  name(table.update_by_pk, "update_by_pk", "update_" + t + "_by_pk");
  name(table.update_many, "update_many", "update_" + t + "_many");
  name(table.delete_, "delete", "delete_" + t);
  name(table.delete_by_pk, "delete_by_pk", "delete_" + t + "_by_pk");
}

void ModelBuilder::add_enum(Table& table) {
  const std::vector<catalog::EnumRow>* rows =
      model_.catalog_->enum_rows(*table.relation);
  if (rows == nullptr || rows->empty()) return;
  for (const catalog::EnumRow& row : *rows)
    if (!is_graphql_name(row.value) || row.value == "true" ||
        row.value == "false" || row.value == "null")
      return warn(concat({table.name, " is no enum: \"", row.value,
                          "\" is no name of an enum value"}));
  model_.enums_.push_back({.type_name = table.name + "_enum", .rows = rows});
  table.enumeration = &model_.enums_.back();
}

void ModelBuilder::add_columns(Pending& pending) {
  Table& table = *pending.table;
  const catalog::Relation& relation = *table.relation;
  const rapidjson::Value* settings = pending.comment.object("columns");
  for (const catalog::Column& c : relation.columns) {
    Column column;
    column.column = &c;
    column.name = c.name;
    column.description = c.comment;
    if (settings != nullptr) {
      if (const rapidjson::Value* own = find_member(*settings, c.name)) {
        if (auto name = text_member(*own, "name")) column.name = *name;
        if (auto text = text_member(*own, "description"))
          column.description =
              text->empty() ? std::nullopt : std::optional(*text);
        const rapidjson::Value* omit = find_member(*own, "omit");
        if (omit != nullptr && omit->IsTrue()) continue;
      }
    }
    if (!is_graphql_name(column.name)) {
      warn(concat({table.name, ".", c.name, " is left out: \"", column.name,
                   "\" is no GraphQL name"}));
      continue;
    }
    column.oid = model_.catalog_->base_type(c.type);
    column.scalar = scalar(c.type, column.array);
    if (column.scalar == nullptr) continue;
    for (const catalog::ForeignKey* key :
         model_.catalog_->foreign_keys_from(relation)) {
      if (key->from_columns.size() != 1 ||
          &relation.columns[key->from_columns[0]] != &c)
        continue;
      const Table* target = model_.table(key->to);
      if (target != nullptr && target->enumeration != nullptr)
        column.enumeration = target->enumeration;
    }
    table.columns.push_back(std::move(column));
  }
}

void ModelBuilder::add_computed(Pending& pending) {
  const rapidjson::Value* list = pending.comment.object("computed");
  if (list == nullptr) return;
  Table& table = *pending.table;
  for (const auto& member : list->GetObject()) {
    const rapidjson::Value* name = find_member(member.value, "function");
    if (name == nullptr || !name->IsArray() || name->Size() != 2 ||
        !(*name)[0].IsString() || !(*name)[1].IsString())
      continue;
    for (const catalog::Function* f : model_.catalog_->functions(
             json_text((*name)[0]), json_text((*name)[1]))) {
      Computed computed;
      computed.name = json_text(member.name);
      if (!read_arguments(computed.function, *f, table.relation,
                          text_member(member.value, "table_argument"),
                          text_member(member.value, "session_argument")) ||
          !read_result(computed.function, *f))
        continue;
      Comment comment = parse_comment(f->comment);
      computed.description =
          text_member(member.value, "description")
              .value_or(comment.text.value_or(concat(
                  {"A computed field, executes function \"", f->name, "\""})));
      if (is_graphql_name(computed.name) && !taken(table, computed.name))
        table.computed.push_back(std::move(computed));
      break;
    }
  }
}

void ModelBuilder::add_functions() {
  for (const catalog::Function& function : model_.catalog_->functions())
    if (exposed(function.schema)) add_function(function);
}

void ModelBuilder::add_function(const catalog::Function& f) {
  Comment comment = parse_comment(f.comment);
  if (comment.flag("omit", false)) return;
  Function function;
  function.name = comment.string("name").value_or(base_name(f.schema, f.name));
  if (!is_graphql_name(function.name) ||
      !read_arguments(function, f, nullptr, std::nullopt,
                      comment.string("session_argument")) ||
      !read_result(function, f) || function.returns == nullptr)
    return;
  std::optional<std::string> expose = comment.string("expose");
  function.mutation =
      expose ? *expose == "mutation"
             : f.volatility == catalog::Function::Volatility::volatile_;
  function.description = comment.text.value_or(concat(
      {"execute ", function.mutation ? "VOLATILE function \"" : "function \"",
       f.name, "\" which returns \"", function.returns->name, "\""}));
  const rapidjson::Value* fields = comment.object("root_fields");
  std::optional<std::string> field;
  std::optional<std::string> aggregate;
  if (fields != nullptr) {
    field = text_member(*fields, "function");
    aggregate = text_member(*fields, "function_aggregate");
  }
  function.field = field.value_or(function.name);
  function.aggregate_field = aggregate.value_or(function.name + "_aggregate");
  if (!names_.insert(function.field).second)
    return warn(
        concat({"function ", f.schema, ".", f.name, " is left out: the name \"",
                function.field, "\" is taken"}));
  model_.functions_.push_back(std::move(function));
}

bool ModelBuilder::read_arguments(
    Function& out, const catalog::Function& f, const catalog::Relation* row,
    const std::optional<std::string>& table_argument,
    const std::optional<std::string>& session_argument) {
  out.function = &f;
  if (out.name.empty()) out.name = base_name(f.schema, f.name);
  int unnamed = 0;
  bool row_seen = false;
  for (const catalog::Parameter& parameter : f.parameters) {
    FunctionArgument argument;
    argument.parameter = &parameter;
    argument.name = parameter.name.empty()
                        ? concat({"arg_", std::to_string(++unnamed)})
                        : parameter.name;
    bool is_row = row != nullptr && !row_seen &&
                  model_.catalog_->base_type(parameter.type) == row->row_type &&
                  (!table_argument || parameter.name == *table_argument);
    if (is_row) {
      argument.kind = FunctionArgument::Kind::row;
      row_seen = true;
      if (parameter.name.empty()) unnamed--;
    } else if (session_argument && parameter.name == *session_argument) {
      argument.kind = FunctionArgument::Kind::session;
    } else {
      argument.scalar = scalar(parameter.type, argument.array);
      if (argument.scalar == nullptr || parameter.variadic ||
          !is_graphql_name(argument.name))
        return false;
    }
    out.arguments.push_back(std::move(argument));
  }
  return row == nullptr || row_seen;
}

bool ModelBuilder::read_result(Function& out, const catalog::Function& f) {
  if (const catalog::Relation* relation =
          model_.catalog_->relation_of_type(f.returns)) {
    out.returns = model_.table(relation);
    return out.returns != nullptr;
  }
  if (f.returns_set || !f.out_columns.empty()) return false;
  out.scalar = scalar(f.returns, out.scalar_array);
  return out.scalar != nullptr;
}

}  // namespace trestle::graphql
