// Mutation root and the inputs of mutations in a role's schema.
#include "base/text.h"
#include "graphql/role_schema.h"

namespace trestle::graphql {

using Family = Scalar::Family;

std::vector<InputValue> RoleSchema::update_arguments(const RoleTable& table) {
  std::vector<InputValue> arguments;
  for (const UpdateOperator& op : kUpdateOperators)
    if (has_operator(table, op))
      arguments.push_back(
          {.name = op.name,
           .type = table_ref(table.table, concat({"_", op.input})),
           .binding = {bind::column, table.table, &op}});
  return arguments;
}

void RoleSchema::fill_mutation(Type& type) {
  for (const RoleTable& table : tables_.tables()) {
    if (table.insertable) add_inserts(type, table);
    if (table.updatable) add_updates(type, table);
    if (table.deletable) add_deletes(type, table);
  }
  for (const Function* function : tables_.functions())
    if (function->mutation) add_function(type, *function);
}

InputValue RoleSchema::where_argument(const RoleTable& table) {
  InputValue where{.name = "where",
                   .description = "filter the rows which have to be written",
                   .type = table_ref(table.table, "_bool_exp")};
  if (where.type) where.type = where.type.non_null();
  return where;
}

void RoleSchema::add_inserts(Type& type, const RoleTable& table) {
  const Table& t = *table.table;
  TypeRef input = ref(t.name + "_insert_input").non_null();
  std::vector<InputValue> arguments = {
      {.name = "objects",
       .description = "the rows to be inserted",
       .type = input.list().non_null()}};
  TypeRef conflict = ref(t.name + "_on_conflict");
  if (conflict)
    arguments.push_back({.name = "on_conflict",
                         .description = "upsert condition",
                         .type = conflict});
  add_root(type, t.insert,
           concat({"insert data into the table: \"", t.name, "\""}), arguments,
           ref(t.name + "_mutation_response"), {bind::insert, &t});
  arguments[0] = {
      .name = "object", .description = "the row to be inserted", .type = input};
  add_root(type, t.insert_one,
           concat({"insert a single row into the table: \"", t.name, "\""}),
           arguments, ref(t.name), {bind::insert_one, &t});
}

void RoleSchema::add_updates(Type& type, const RoleTable& table) {
  const Table& t = *table.table;
  TypeRef response = ref(t.name + "_mutation_response");
  std::vector<InputValue> arguments = update_arguments(table);
  arguments.push_back(where_argument(table));
  add_root(type, t.update,
           concat({"update data of the table: \"", t.name, "\""}), arguments,
           response, {bind::update, &t});
  add_root(type, t.update_many,
           concat({"update multiples rows of table: \"", t.name, "\""}),
           {{.name = "updates",
             .description = "updates to execute, in order",
             .type = ref(t.name + "_updates").non_null().list().non_null()}},
           response.list(), {bind::update_many, &t});
  if (!table.by_pk) return;
  arguments.back() = {.name = "pk_columns",
                      .type = ref(t.name + "_pk_columns_input").non_null()};
  add_root(type, t.update_by_pk,
           concat({"update single row of the table: \"", t.name, "\""}),
           arguments, ref(t.name), {bind::update_by_pk, &t});
}

void RoleSchema::add_deletes(Type& type, const RoleTable& table) {
  const Table& t = *table.table;
  add_root(type, t.delete_,
           concat({"delete data from the table: \"", t.name, "\""}),
           {where_argument(table)}, ref(t.name + "_mutation_response"),
           {bind::delete_rows, &t});
  if (table.by_pk)
    add_root(type, t.delete_by_pk,
             concat({"delete single row from the table: \"", t.name, "\""}),
             key_arguments(table), ref(t.name), {bind::delete_by_pk, &t});
}

void RoleSchema::fill_insert_input(Type& type, const RoleTable& table) {
  for (const Column* column : table.insert)
    type.inputs_.push_back(
        {.name = column->name,
         .description = column->description
                            ? std::string_view(*column->description)
                            : std::string_view(),
         .type = value_type(*column),
         .rule = column->array ? ValueRule::list_or_text : ValueRule::none,
         .binding = {bind::column, column}});
  for (const Relationship* relationship : table.relationships) {
    if (!tables_.of(relationship->to).insertable) continue;
    type.inputs_.push_back(
        {.name = relationship->name,
         .type = table_ref(relationship->to, relationship->to_many
                                                 ? "_arr_rel_insert_input"
                                                 : "_obj_rel_insert_input"),
         .binding = {bind::relationship, relationship}});
  }
}

void RoleSchema::fill_nested_insert(Type& type, const RoleTable& table,
                                    bool many) {
  TypeRef data = table_ref(table.table, "_insert_input").non_null();
  type.inputs_.push_back(
      {.name = "data", .type = many ? data.list().non_null() : data});
  TypeRef conflict = table_ref(table.table, "_on_conflict");
  if (conflict)
    type.inputs_.push_back({.name = "on_conflict",
                            .description = "upsert condition",
                            .type = conflict});
}

void RoleSchema::fill_on_conflict(Type& type, const RoleTable& table) {
  static const Value kNothing{.kind = ValueKind::list};
  type.inputs_ = {
      {.name = "constraint",
       .type = table_ref(table.table, "_constraint").non_null()},
      {.name = "update_columns",
       .type = table_ref(table.table, "_update_column")
                   .non_null()
                   .list()
                   .non_null(),
       .default_value = &kNothing},
      {.name = "where", .type = table_ref(table.table, "_bool_exp")}};
}

void RoleSchema::fill_set_input(Type& type, const RoleTable& table,
                                const UpdateOperator& op) {
  using Kind = UpdateOperator::Kind;
  for (const Column* column : table.update) {
    bool plain = !column->array && column->enumeration == nullptr;
    if (op.kind == Kind::inc &&
        !(plain && column->scalar->family == Family::number))
      continue;
    if (op.kind != Kind::set && op.kind != Kind::inc &&
        !(plain && column->scalar->family == Family::jsonb))
      continue;
    TypeRef value = value_type(*column);
    if (op.kind == Kind::delete_key) value = ref("String");
    if (op.kind == Kind::delete_elem) value = ref("Int");
    if (op.kind == Kind::delete_at_path)
      value = ref("String").non_null().list();
    type.inputs_.push_back(
        {.name = column->name,
         .description = column->description
                            ? std::string_view(*column->description)
                            : std::string_view(),
         .type = value,
         .rule = column->array ? ValueRule::list_or_text : ValueRule::none,
         .binding = {bind::column, column}});
  }
}

void RoleSchema::fill_updates(Type& type, const RoleTable& table) {
  type.inputs_ = update_arguments(table);
  type.inputs_.push_back(
      {.name = "where",
       .description = "filter the rows which have to be updated",
       .type = table_ref(table.table, "_bool_exp").non_null()});
}

void RoleSchema::fill_columns_enum(Type& type,
                                   const std::vector<const Column*>& columns) {
  for (const Column* column : columns)
    type.values_.push_back({.name = column->name,
                            .description = "column name",
                            .binding = {bind::column, column}});
  if (columns.empty())
    type.values_.push_back(
        {.name = "_PLACEHOLDER", .description = "placeholder (do not use)"});
}

void RoleSchema::fill_constraints(Type& type, const RoleTable& table) {
  const catalog::Relation& relation = *table.table->relation;
  for (const catalog::Key& key : relation.unique_keys) {
    std::string columns;
    for (std::uint16_t i : key.columns)
      columns.append(concat(
          {columns.empty() ? "\"" : ", \"", relation.columns[i].name, "\""}));
    type.values_.push_back(
        {.name = key.name,
         .description = keep(
             concat({"unique or primary key constraint on columns ", columns})),
         .binding = {bind::key, &key}});
  }
}

void RoleSchema::fill_pk_columns(Type& type, const RoleTable& table) {
  for (const InputValue& argument : key_arguments(table))
    type.inputs_.push_back(argument);
}

}  // namespace trestle::graphql
