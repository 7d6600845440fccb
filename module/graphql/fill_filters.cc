// Inputs of queries in a role's schema: where, order_by, comparisons.
#include <cstring>

#include "base/text.h"
#include "graphql/role_schema.h"

namespace trestle::graphql {

using Family = Scalar::Family;

void RoleSchema::fill_bool_exp(Type& type, const RoleTable& table) {
  TypeRef self(&type);
  type.inputs_ = {{.name = "_and",
                   .type = self.non_null().list(),
                   .binding = {bind::logic}},
                  {.name = "_not", .type = self, .binding = {bind::logic}},
                  {.name = "_or",
                   .type = self.non_null().list(),
                   .binding = {bind::logic}}};
  for (const Column* column : table.select)
    type.inputs_.push_back({.name = column->name,
                            .type = comparison_type(*column),
                            .binding = {bind::column, column}});
  for (const Relationship* relationship : table.relationships) {
    type.inputs_.push_back({.name = relationship->name,
                            .type = table_ref(relationship->to, "_bool_exp"),
                            .binding = {bind::relationship, relationship}});
    if (relationship->to_many)
      type.inputs_.push_back(
          {.name = keep(relationship->name + "_aggregate"),
           .type = table_ref(relationship->to, "_aggregate_bool_exp"),
           .binding = {bind::relationship_aggregate, relationship}});
  }
  for (const Computed* computed : table.computed) {
    const Function& function = computed->function;
    if (function.has_values()) continue;
    TypeRef expression =
        function.returns != nullptr
            ? table_ref(function.returns, "_bool_exp")
            : ref(concat({function.scalar->name, function.scalar_array
                                                     ? "_array_comparison_exp"
                                                     : "_comparison_exp"}));
    type.inputs_.push_back({.name = computed->name,
                            .type = expression,
                            .binding = {bind::computed, computed}});
  }
}

void RoleSchema::fill_order_by(Type& type, const RoleTable& table) {
  for (const Column* column : table.select)
    type.inputs_.push_back({.name = column->name,
                            .type = ref("order_by"),
                            .binding = {bind::column, column}});
  for (const Relationship* relationship : table.relationships) {
    if (relationship->to_many)
      type.inputs_.push_back(
          {.name = keep(relationship->name + "_aggregate"),
           .type = table_ref(relationship->to, "_aggregate_order_by"),
           .binding = {bind::relationship_aggregate, relationship}});
    else
      type.inputs_.push_back({.name = relationship->name,
                              .type = table_ref(relationship->to, "_order_by"),
                              .binding = {bind::relationship, relationship}});
  }
  for (const Computed* computed : table.computed) {
    const Function& function = computed->function;
    if (function.returns == nullptr) {
      if (!function.has_values())
        type.inputs_.push_back({.name = computed->name,
                                .type = ref("order_by"),
                                .binding = {bind::computed, computed}});
    } else if (!function.has_values() && function.function->returns_set) {
      type.inputs_.push_back(
          {.name = keep(computed->name + "_aggregate"),
           .type = table_ref(function.returns, "_aggregate_order_by"),
           .binding = {bind::computed_aggregate, computed}});
    }
  }
}

void RoleSchema::fill_aggregate_order_by(Type& type, const RoleTable& table) {
  type.inputs_.push_back({.name = "count",
                          .type = ref("order_by"),
                          .binding = {bind::count, table.table}});
  for (const AggregateOperation& operation : kAggregateOperations)
    if (has_operation(table, operation))
      type.inputs_.push_back(
          {.name = operation.name,
           .type = table_ref(table.table,
                             concat({"_", operation.name, "_order_by"})),
           .binding = {bind::operation, table.table, &operation}});
}

void RoleSchema::fill_aggregate_bool_exp(Type& type, const RoleTable& table) {
  const auto* part = static_cast<const char*>(type.binding.second);
  TypeRef columns = table_ref(table.table, "_select_column").non_null();
  if (part == nullptr) {
    bool booleans = false;
    for (const Column* column : table.select)
      booleans = booleans || column->scalar->name == "Boolean";
    TypeRef boolean = table_ref(table.table, "_aggregate_bool_exp_bool");
    type.inputs_.push_back(
        {.name = "count",
         .type = table_ref(table.table, "_aggregate_bool_exp_count"),
         .binding = {bind::count, table.table}});
    for (const char* name : {"bool_and", "bool_or"})
      if (booleans)
        type.inputs_.push_back({.name = name,
                                .type = boolean,
                                .binding = {bind::operation, table.table}});
    return;
  }
  bool count = std::strcmp(part, "count") == 0;
  type.inputs_ = {
      {.name = "arguments", .type = count ? columns.list() : columns},
      {.name = "distinct", .type = ref("Boolean")},
      {.name = "filter", .type = table_ref(table.table, "_bool_exp")},
      {.name = "predicate",
       .type = ref(count ? "Int_comparison_exp" : "Boolean_comparison_exp")
                   .non_null()}};
}

void RoleSchema::fill_comparison(Type& type, const Scalar& scalar) {
  TypeRef value = ref(scalar.name);
  auto add = [&](std::initializer_list<const char*> names, TypeRef operand) {
    if (!operand) return;
    for (const char* name : names)
      type.inputs_.push_back({.name = name, .type = operand});
  };
  TypeRef list = value.non_null().list();
  TypeRef text = ref("String");
  add({"_is_null"}, ref("Boolean"));
  if (scalar.family == Family::json) return;
  add({"_eq", "_neq", "_gt", "_gte", "_lt", "_lte"}, value);
  add({"_in", "_nin"}, list);
  switch (scalar.family) {
    case Family::text:
      add({"_like", "_nlike", "_ilike", "_nilike", "_similar", "_nsimilar",
           "_regex", "_nregex", "_iregex", "_niregex"},
          value);
      break;
    case Family::jsonb:
      add({"_contains", "_contained_in"}, value);
      add({"_has_key"}, text);
      add({"_has_keys_any", "_has_keys_all"}, text.non_null().list());
      add({"_cast"}, ref(scalar.name + "_cast_exp"));
      break;
    case Family::tsvector:
      add({"_fts"}, text);
      break;
    case Family::ltree:
      add({"_ancestor", "_descendant"}, value);
      add({"_ancestor_any", "_descendant_any"}, list);
      add({"_matches", "_matches_fulltext"}, text);
      add({"_matches_any"}, text.non_null().list());
      break;
    case Family::geometry:
      add({"_st_contains", "_st_crosses", "_st_equals", "_st_intersects",
           "_st_3d_intersects", "_st_overlaps", "_st_touches", "_st_within"},
          value);
      add({"_st_d_within", "_st_3d_d_within"}, ref("st_d_within_input"));
      add({"_cast"}, ref(scalar.name + "_cast_exp"));
      break;
    case Family::geography:
      add({"_st_intersects"}, value);
      add({"_st_d_within"}, ref("st_d_within_geography_input"));
      add({"_cast"}, ref(scalar.name + "_cast_exp"));
      break;
    case Family::raster:
      add({"_st_intersects_rast"}, value);
      add({"_st_intersects_nband_geom"}, ref("st_intersects_nband_geom_input"));
      add({"_st_intersects_geom_nband"}, ref("st_intersects_geom_nband_input"));
      break;
    default:
      break;
  }
}

void RoleSchema::fill_array_comparison(Type& type, const Scalar& scalar) {
  TypeRef list = ref(scalar.name).non_null().list();
  for (const char* name : {"_contained_in", "_contains", "_eq", "_gt", "_gte",
                           "_lt", "_lte", "_neq"})
    type.inputs_.push_back(
        {.name = name, .type = list, .rule = ValueRule::list_or_text});
  for (const char* name : {"_in", "_nin"})
    type.inputs_.push_back({.name = name,
                            .type = list.non_null().list(),
                            .rule = ValueRule::list_or_text});
  type.inputs_.push_back({.name = "_is_null", .type = ref("Boolean")});
}

void RoleSchema::fill_enum_comparison(Type& type, const EnumTable& table) {
  TypeRef value = ref(table.type_name);
  for (const char* name : {"_eq", "_neq"})
    type.inputs_.push_back({.name = name, .type = value});
  for (const char* name : {"_in", "_nin"})
    type.inputs_.push_back({.name = name, .type = value.non_null().list()});
  type.inputs_.push_back({.name = "_is_null", .type = ref("Boolean")});
}

void RoleSchema::fill_cast(Type& type, const Scalar& scalar) {
  const char* to = scalar.family == Family::geometry    ? "geography"
                   : scalar.family == Family::geography ? "geometry"
                                                        : "String";
  const Scalar* target = model_->scalar_named(to);
  TypeRef expression = ref(concat({to, "_comparison_exp"}));
  if (expression)
    type.inputs_.push_back(
        {.name = to, .type = expression, .binding = {bind::column, target}});
  else  // the other type is used nowhere: a cast to text always is possible
    type.inputs_.push_back(
        {.name = "String", .type = ref("String_comparison_exp")});
}

void RoleSchema::fill_function_args(Type& type, const Function& function) {
  for (const FunctionArgument& argument : function.arguments) {
    if (argument.kind != FunctionArgument::Kind::value) continue;
    type.inputs_.push_back(
        {.name = argument.name,
         .type = value_type(*argument.scalar, argument.array),
         .rule = argument.array ? ValueRule::list_or_text : ValueRule::none,
         .binding = {bind::function, &argument}});
  }
}

void RoleSchema::fill_stream(Type& type, const RoleTable& table) {
  if (type.binding.kind == bind::stream_input) {
    type.inputs_ = {
        {.name = "initial_value",
         .type =
             table_ref(table.table, "_stream_cursor_value_input").non_null()},
        {.name = "ordering", .type = ref("cursor_ordering")}};
    return;
  }
  for (const Column* column : table.select)
    type.inputs_.push_back({.name = column->name,
                            .type = value_type(*column),
                            .binding = {bind::column, column}});
}

}  // namespace trestle::graphql
