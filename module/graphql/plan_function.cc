// Functions as what rows are read from, and computed fields.
#include "base/text.h"
#include "graphql/planner.h"

namespace trestle::graphql {

Planner::Source Planner::function_source(const Function& function,
                                         const Value* args,
                                         std::optional<Row> row) {
  return {.table = &of(function.returns),
          .whole = true,
          .from = [this, &function, args,
                   row] { return write_call(function, args, row); },
          .condition = nullptr};
}

bool Planner::write_computed(const CollectedField& field, const Row& row) {
  const auto& computed = target<Computed>(field);
  const Function& function = computed.function;
  const Value* args = argument(*field.node, "args");
  if (function.returns == nullptr) {
    bool ok = true;
    write_output(*function.scalar, function.scalar_array,
                 [&] { return ok = write_call(function, args, row); });
    return ok;
  }
  Source source = function_source(function, args, row);
  return function.function->returns_set
             ? write_list(source, list_arguments(*field.node), collect(field))
             : write_object(source, collect(field));
}

// schema.function(a, b, name => c). Arguments without a value have a default
// in PostgreSQL; behind the first of them all others need names.
bool Planner::write_call(const Function& function, const Value* args,
                         std::optional<Row> row) {
  sql_.qualified(function.function->schema, function.function->name).raw("(");
  bool first = true;
  bool by_name = false;
  for (const FunctionArgument& argument : function.arguments) {
    const Value* value = nullptr;
    if (argument.kind == FunctionArgument::Kind::value) {
      if (args != nullptr) value = args->member(argument.name);
      if (value != nullptr) value = resolve(*value);
      if (value == nullptr) {
        if (!argument.parameter->has_default)
          return fail_at(
              concat({path_, ".args.args.", argument.name}),
              concat({"missing required field '", argument.name, "'"}));
        by_name = true;
        continue;
      }
    }
    if (!first) sql_.raw(", ");
    first = false;
    if (by_name) {
      if (argument.parameter->name.empty())
        return fail_at(concat({path_, ".args.args"}),
                       "Only last set of positional arguments can be omitted",
                       code::kNotSupported);
      sql_.ident(argument.parameter->name).raw(" => ");
    }
    switch (argument.kind) {
      case FunctionArgument::Kind::row:
        write_whole_row(*row);
        break;
      case FunctionArgument::Kind::session:
        sql_.raw(
            "coalesce(nullif(current_setting('request.jwt.claims', true), "
            "''), '{}')::");
        sql_.raw(argument.parameter->type == catalog::oid::kJsonb
                     ? Literal("jsonb")
                     : Literal("json"));
        break;
      case FunctionArgument::Kind::value:
        if (!write_value(*value, *argument.scalar, argument.array))
          return false;
    }
  }
  sql_.raw(")");
  return true;
}

// The row as a value of its relation's type. A whole-row reference needs the
// right to read every column, so where one is missing the row is built of those
// that may be read.
void Planner::write_whole_row(const Row& row) {
  const catalog::Relation& relation = *row.table->table->relation;
  bool all = row.table->select.size() == relation.columns.size();
  if (row.whole && all) {
    alias(row.alias);
    return;
  }
  sql_.raw("row(");
  for (const catalog::Column& column : relation.columns) {
    if (&column != &relation.columns.front()) sql_.raw(", ");
    if (row.table->may_select(&column))
      write_reference(row, column);
    else
      sql_.raw("null");
  }
  sql_.raw(")::").qualified(relation.schema, relation.name);
}

}  // namespace trestle::graphql
