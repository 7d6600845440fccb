// What the fields, inputs and types of a role's schema stand for: the values of
// Binding::kind, with what Binding::target points to.
#pragma once

#include <cstdint>

#include "base/literal.h"

namespace trestle::graphql {

namespace bind {

// Fields and inputs.
enum Kind : std::uint32_t {
  none,
  // Roots. target: Table; functions: Function.
  select,
  select_by_pk,
  select_aggregate,
  select_stream,
  function,
  function_aggregate,
  group_by,
  insert,
  insert_one,
  update,
  update_by_pk,
  update_many,
  delete_rows,
  delete_by_pk,
  // Members of a table's object and of its inputs.
  column,                  // Column
  relationship,            // Relationship
  relationship_aggregate,  // Relationship
  computed,                // Computed
  computed_aggregate,      // Computed
  logic,                   // _and, _or, _not
  // Aggregates.
  aggregate,
  nodes,
  count,
  operation,  // second: AggregateOperation
  keys,
  // Mutations.
  affected_rows,
  returning,
  enum_row,  // EnumRow
  key,       // Key
};

// Types. target: Table unless something else is said.
enum TypeKind : std::uint32_t {
  query_root = 100,
  mutation_root,
  subscription_root,
  object,
  bool_exp,
  order_by,
  aggregate_object,
  aggregate_fields,
  operation_fields,    // second: AggregateOperation
  operation_order_by,  // second: AggregateOperation
  aggregate_order_by,
  aggregate_bool_exp,
  group_object,
  mutation_response,
  insert_input,
  object_insert_input,
  array_insert_input,
  on_conflict,
  set_input,  // second: UpdateOperator
  updates,
  pk_columns_input,
  select_column,
  update_column,
  constraint,
  stream_input,
  stream_value_input,
  comparison_exp,        // Scalar
  array_comparison_exp,  // Scalar
  enum_comparison_exp,   // EnumTable
  enumeration,           // EnumTable
  cast_exp,              // Scalar
  function_args,         // Function
};

}  // namespace bind

// sum, avg, ...: aggregates over single columns.
struct AggregateOperation {
  const char* name;
  Literal sql;    // the same, as text of a statement
  bool numbers;   // only for numeric columns
  bool floating;  // answers a Float; else the column's type
};

inline constexpr AggregateOperation kAggregateOperations[] = {
    {"avg", "avg", true, true},
    {"max", "max", false, false},
    {"min", "min", false, false},
    {"stddev", "stddev", true, true},
    {"stddev_pop", "stddev_pop", true, true},
    {"stddev_samp", "stddev_samp", true, true},
    {"sum", "sum", true, false},
    {"var_pop", "var_pop", true, true},
    {"var_samp", "var_samp", true, true},
    {"variance", "variance", true, true}};

// _set, _inc, ...: what an update does with a column.
struct UpdateOperator {
  const char* name;
  const char* input;  // the type is <table>_<input>
  enum class Kind : std::uint8_t {
    set,
    inc,
    append,
    prepend,
    delete_key,
    delete_elem,
    delete_at_path
  } kind;
};

inline constexpr UpdateOperator kUpdateOperators[] = {
    {"_set", "set_input", UpdateOperator::Kind::set},
    {"_inc", "inc_input", UpdateOperator::Kind::inc},
    {"_append", "append_input", UpdateOperator::Kind::append},
    {"_prepend", "prepend_input", UpdateOperator::Kind::prepend},
    {"_delete_key", "delete_key_input", UpdateOperator::Kind::delete_key},
    {"_delete_elem", "delete_elem_input", UpdateOperator::Kind::delete_elem},
    {"_delete_at_path", "delete_at_path_input",
     UpdateOperator::Kind::delete_at_path}};

}  // namespace trestle::graphql
