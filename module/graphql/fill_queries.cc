// Output types of a role's schema: roots, objects, aggregates.
#include <cstring>

#include "base/text.h"
#include "graphql/role_schema.h"

namespace trestle::graphql {
namespace {

using Family = Scalar::Family;

}  // namespace

std::vector<InputValue> RoleSchema::list_arguments(const RoleTable& table) {
  const std::string& t = table.table->name;
  TypeRef integer = ref("Int");
  return {
      {.name = "distinct_on",
       .description = "distinct select on columns",
       .type = ref(t + "_select_column").non_null().list()},
      {.name = "limit",
       .description = "limit the number of rows returned",
       .type = integer,
       .rule = ValueRule::natural},
      {.name = "offset",
       .description = "skip the first n rows. Use only with order_by",
       .type = integer,
       .rule = ValueRule::natural_or_text},
      {.name = "order_by",
       .description = "sort the rows by one or more columns",
       .type = ref(t + "_order_by").non_null().list()},
      {.name = "where",
       .description = "filter the rows returned",
       .type = ref(t + "_bool_exp")},
  };
}

std::vector<InputValue> RoleSchema::key_arguments(const RoleTable& table) {
  std::vector<InputValue> arguments;
  const catalog::Relation& relation = *table.table->relation;
  for (std::uint16_t i : relation.primary_key) {
    const Column* column = table.table->column_of(&relation.columns[i]);
    arguments.push_back({.name = column->name,
                         .description = column->description.value_or(""),
                         .type = value_type(*column).non_null(),
                         .binding = {bind::column, column}});
  }
  return arguments;
}

std::vector<InputValue> RoleSchema::function_arguments(
    const Function& function) {
  std::vector<InputValue> arguments;
  if (function.returns != nullptr)
    arguments = list_arguments(tables_.of(function.returns));
  return arguments;
}

void RoleSchema::add_root(Type& type, std::string_view name,
                          std::string_view description,
                          std::vector<InputValue> arguments, TypeRef result,
                          Binding binding) {
  if (!result) return;
  type.fields_.push_back({.name = name,
                          .description = keep(description),
                          .arguments = std::move(arguments),
                          .type = result,
                          .binding = binding});
}

void RoleSchema::fill_query(Type& type, bool subscription) {
  for (const RoleTable& table : tables_.tables()) {
    if (!table.readable()) continue;
    add_reads(type, table);
    if (subscription)
      add_stream(type, table);
    else
      add_group_by(type, table);
  }
  for (const Function* function : tables_.functions())
    if (!function->mutation) add_function(type, *function);
  if (type.fields_.empty())
    type.fields_.push_back({.name = "no_queries_available",
                            .description = "There are no queries available to "
                                           "the current role.",
                            .type = ref("String").non_null()});
}

void RoleSchema::add_reads(Type& type, const RoleTable& table) {
  const Table& t = *table.table;
  add_root(type, t.select,
           concat({"fetch data from the table: \"", t.name, "\""}),
           list_arguments(table), ref(t.name).non_null().list().non_null(),
           {bind::select, &t});
  add_root(type, t.select_aggregate,
           concat({"fetch aggregated fields from the table: \"", t.name, "\""}),
           list_arguments(table), ref(t.name + "_aggregate").non_null(),
           {bind::select_aggregate, &t});
  if (table.by_pk)
    add_root(type, t.select_by_pk,
             concat({"fetch data from the table: \"", t.name,
                     "\" using primary key columns"}),
             key_arguments(table), ref(t.name), {bind::select_by_pk, &t});
}

void RoleSchema::add_stream(Type& type, const RoleTable& table) {
  const Table& t = *table.table;
  add_root(
      type, t.select_stream,
      concat({"fetch data from the table in a streaming manner: \"", t.name,
              "\""}),
      {{.name = "batch_size",
        .description = "maximum number of rows returned in a single batch",
        .type = ref("Int").non_null(),
        .rule = ValueRule::natural},
       {.name = "cursor",
        .description = "cursor to stream the results returned by the query",
        .type = ref(t.name + "_stream_cursor_input").list().non_null()},
       {.name = "where",
        .description = "filter the rows returned",
        .type = ref(t.name + "_bool_exp")}},
      ref(t.name).non_null().list().non_null(), {bind::select_stream, &t});
}

void RoleSchema::add_group_by(Type& type, const RoleTable& table) {
  const Table& t = *table.table;
  std::vector<InputValue> arguments = list_arguments(table);
  arguments.front() = {
      .name = "keys",
      .description = "columns whose values make a group",
      .type = ref(t.name + "_select_column").non_null().list().non_null()};
  add_root(type, keep(t.name + "_group_by"),
           concat({"aggregate groups of rows of the table: \"", t.name, "\""}),
           std::move(arguments),
           ref(t.name + "_group").non_null().list().non_null(),
           {bind::group_by, &t});
}

// A function that answers rows: them, and, if it only reads, an aggregate of
// them.
void RoleSchema::add_function(Type& type, const Function& function) {
  bool set = function.function->returns_set;
  TypeRef row = ref(function.returns->name);
  if (!row) return;
  std::vector<InputValue> arguments;
  if (set) arguments = function_arguments(function);
  TypeRef args = ref(function.name + "_args");
  if (args && function.has_values())
    arguments.insert(
        arguments.begin(),
        {.name = "args",
         .description = keep(
             concat({"input parameters for function \"", function.name, "\""})),
         .type = args.non_null(),
         .binding = {bind::function, &function}});
  add_root(type, function.field, function.description, std::move(arguments),
           set ? row.non_null().list().non_null() : row,
           {bind::function, &function});
  if (!set || function.mutation) return;
  Field aggregate = type.fields_.back();
  aggregate.name = function.aggregate_field;
  aggregate.type = table_ref(function.returns, "_aggregate").non_null();
  aggregate.binding.kind = bind::function_aggregate;
  type.fields_.push_back(std::move(aggregate));
}

Field RoleSchema::column_field(const Column& column) {
  TypeRef type = value_type(column);
  Field field{.name = column.name,
              .description = column.description
                                 ? std::string_view(*column.description)
                                 : std::string_view(),
              .type = column.column->nullable ? type : type.non_null(),
              .binding = {bind::column, &column}};
  if (!column.array && (column.scalar->family == Family::jsonb ||
                        column.scalar->family == Family::json))
    field.arguments.push_back({.name = "path",
                               .description = "JSON select path",
                               .type = ref("String")});
  return field;
}

Field RoleSchema::computed_field(const Computed& computed) {
  const Function& function = computed.function;
  Field field{.name = computed.name,
              .description = computed.description,
              .binding = {bind::computed, &computed}};
  if (function.returns == nullptr) {
    field.type = value_type(*function.scalar, function.scalar_array);
  } else {
    TypeRef row = ref(function.returns->name);
    field.type = function.function->returns_set ? row.non_null().list() : row;
    if (function.function->returns_set)
      field.arguments = list_arguments(tables_.of(function.returns));
  }
  return field;
}

void RoleSchema::fill_object(Type& type, const RoleTable& table) {
  for (const Column* column : table.select)
    type.fields_.push_back(column_field(*column));
  for (const Relationship* relationship : table.relationships) {
    const RoleTable& to = tables_.of(relationship->to);
    TypeRef row = ref(to.table->name);
    Field field{.name = relationship->name,
                .description = "An object relationship",
                .type = relationship->nullable ? row : row.non_null(),
                .binding = {bind::relationship, relationship}};
    if (relationship->to_many) {
      field.description = "An array relationship";
      field.arguments = list_arguments(to);
      field.type = row.non_null().list().non_null();
      Field aggregate = field;
      aggregate.name = keep(relationship->name + "_aggregate");
      aggregate.description = "An aggregate relationship";
      aggregate.type = table_ref(to.table, "_aggregate").non_null();
      aggregate.binding.kind = bind::relationship_aggregate;
      type.fields_.push_back(std::move(aggregate));
    }
    type.fields_.push_back(std::move(field));
  }
  for (const Computed* computed : table.computed) {
    Field field = computed_field(*computed);
    TypeRef args =
        ref(concat({computed->name, "_", table.table->name, "_args"}));
    if (args && computed->function.has_values())
      field.arguments.push_back({.name = "args",
                                 .type = args.non_null(),
                                 .binding = {bind::computed, computed}});
    type.fields_.push_back(std::move(field));
  }
}

void RoleSchema::fill_aggregate(Type& type, const RoleTable& table) {
  type.fields_ = {{.name = "aggregate",
                   .type = table_ref(table.table, "_aggregate_fields"),
                   .binding = {bind::aggregate, table.table}},
                  {.name = "nodes",
                   .type = ref(table.table->name).non_null().list().non_null(),
                   .binding = {bind::nodes, table.table}}};
}

void RoleSchema::fill_aggregate_fields(Type& type, const RoleTable& table) {
  type.fields_.push_back(
      {.name = "count",
       .arguments =
           {{.name = "columns",
             .type =
                 table_ref(table.table, "_select_column").non_null().list()},
            {.name = "distinct", .type = ref("Boolean")}},
       .type = ref("Int").non_null(),
       .binding = {bind::count, table.table}});
  for (const AggregateOperation& operation : kAggregateOperations)
    if (has_operation(table, operation))
      type.fields_.push_back(
          {.name = operation.name,
           .type =
               table_ref(table.table, concat({"_", operation.name, "_fields"})),
           .binding = {bind::operation, table.table, &operation}});
}

void RoleSchema::fill_operation(Type& type, const RoleTable& table,
                                const AggregateOperation& operation,
                                bool order) {
  for (const Column* column : table.select) {
    if (column->array || column->enumeration != nullptr ||
        !(operation.numbers ? column->scalar->family == Family::number
                            : column->scalar->ordered))
      continue;
    if (order)
      type.inputs_.push_back({.name = column->name,
                              .type = ref("order_by"),
                              .binding = {bind::column, column}});
    else
      type.fields_.push_back(
          {.name = column->name,
           .type = operation.floating ? ref("Float") : value_type(*column),
           .binding = {bind::column, column}});
  }
}

void RoleSchema::fill_group(Type& type, const RoleTable& table) {
  if (type.binding.second != nullptr) {
    for (const Column* column : table.select) {
      Field field = column_field(*column);
      field.type = field.type.nullable();
      type.fields_.push_back(std::move(field));
    }
    return;
  }
  type.fields_ = {{.name = "keys",
                   .type = table_ref(table.table, "_group_keys").non_null(),
                   .binding = {bind::keys, table.table}},
                  {.name = "aggregate",
                   .type = table_ref(table.table, "_aggregate_fields"),
                   .binding = {bind::aggregate, table.table}}};
}

void RoleSchema::fill_response(Type& type, const RoleTable& table) {
  type.fields_.push_back(
      {.name = "affected_rows",
       .description = "number of rows affected by the mutation",
       .type = ref("Int").non_null(),
       .binding = {bind::affected_rows, table.table}});
  if (table.readable())
    type.fields_.push_back(
        {.name = "returning",
         .description = "data from the rows affected by the mutation",
         .type = ref(table.table->name).non_null().list().non_null(),
         .binding = {bind::returning, table.table}});
}

}  // namespace trestle::graphql
