// Updates: one by a filter, one row by its key, and a list of updates that run
// in order. Each is one UPDATE, whose assignments come from the operators _set,
// _inc and their kin.
#include "base/text.h"
#include "graphql/planner.h"

namespace trestle::graphql {

namespace {

// Null: the argument is no operator, or is none of the update.
const UpdateOperator* operator_of(const Argument& given) {
  if (given.value.is(ValueKind::null)) return nullptr;
  for (const UpdateOperator& known : kUpdateOperators)
    if (given.name == known.name) return &known;
  return nullptr;
}

}  // namespace

// The new value of a column, from its old one where the operator takes that.
bool Planner::write_assigned(const UpdateOperator& op, const Value& value,
                             const Column& column, int row) {
  using Kind = UpdateOperator::Kind;
  auto self = [&]() -> SqlWriter& {
    alias(row);
    return sql_.raw(".").ident(column.column->name);
  };
  switch (op.kind) {
    case Kind::set:
      return write_column_value(value, column);
    case Kind::inc:
      self().raw(" + ");
      return write_column_value(value, column);
    case Kind::append:
      self().raw(" || ");
      return write_column_value(value, column);
    case Kind::prepend:
      if (!write_column_value(value, column)) return false;
      sql_.raw(" || ");
      self();
      return true;
    case Kind::delete_key:
      self().raw(" - ");
      return write_value(value, kTextScalar, false);
    case Kind::delete_elem:
      self().raw(" - ");
      return write_param({.value = value, .scalar = &kTextScalar},
                         catalog::oid::kInt4);
    case Kind::delete_at_path:
      self().raw(" #- ");
      return write_text_array(value);
  }
  return false;
}

bool Planner::write_assignments(const std::vector<Argument>& operators,
                                const RoleTable& table, int row, bool& any) {
  std::vector<std::string_view> seen;
  std::string twice;
  for (const Argument& given : operators) {
    const UpdateOperator* op = operator_of(given);
    if (op == nullptr) continue;
    const Type* type =
        context_.schema.find(concat({table.table->name, "_", op->input}));
    for (const ObjectField& member : given.value.members) {
      const InputValue* input = type->input(member.name);
      const Value* value = resolve(member.value);
      if (input == nullptr || value == nullptr) continue;
      for (std::string_view name : seen)
        if (name == member.name)
          twice.append(concat({twice.empty() ? "'" : ", '", member.name, "'"}));
      seen.push_back(member.name);
      if (op->kind != UpdateOperator::Kind::set && value->is(ValueKind::null))
        return fail_at(concat({path_, ".args.", op->name, ".", member.name}),
                       concat({"unexpected null value for type '",
                               input->type.text(), "'"}));
      const auto& column = *static_cast<const Column*>(input->binding.target);
      sql_.raw(any ? Literal(", ") : Literal(" set "));
      any = true;
      sql_.ident(column.column->name).raw(" = ");
      if (!write_assigned(*op, *value, column, row)) return false;
    }
  }
  if (twice.empty()) return true;
  return fail_at(
      concat({path_, ".args"}),
      concat({"Column found in multiple operators: [", twice, "]."}));
}

bool Planner::one_update(const CollectedField& field, const RoleTable& table,
                         const std::vector<Argument>& operators,
                         const std::function<bool(const Row&)>& where,
                         bool single) {
  // A trigger may set what the request does not.
  bool by_trigger = table.table->relation->has_update_trigger;
  if (operators.empty() && !by_trigger)
    return fail_at(concat({path_, ".args"}),
                   "at least any one of _set, _inc, _append, _prepend, "
                   "_delete_key, _delete_elem and _delete_at_path operator is "
                   "expected");
  const catalog::Relation& relation = *table.table->relation;
  Write statement = [&] {
    Row row{.alias = ++aliases_, .table = &table, .whole = true};
    SqlWriter before = sql_;
    std::size_t bound = bindings_.size();
    sql_.raw("update ").qualified(relation.schema, relation.name).raw(" as ");
    alias(row.alias);
    bool any = false;
    if (!write_assignments(operators, table, row.alias, any)) return false;
    if (!any && operators.empty()) {
      const std::string& column = table.update.front()->column->name;
      sql_.raw(" set ").ident(column).raw(" = ");
      alias(row.alias);
      sql_.raw(".").ident(column);
    } else if (!any) {
      // Nothing to set: no row is touched.
      sql_ = std::move(before);
      bindings_.erase(bindings_.begin() + static_cast<std::ptrdiff_t>(bound),
                      bindings_.end());
      sql_.raw("update ").qualified(relation.schema, relation.name);
      sql_.raw(" set ").ident(table.update.front()->column->name);
      sql_.raw(" = default where false");
      return true;
    }
    sql_.raw(" where ");
    return where(row);
  };
  return answer_rows(field, table, statement, single, "$");
}

bool Planner::plan_update(const CollectedField& field, const Table& table) {
  const RoleTable& role = of(&table);
  bool single = field.field->binding.kind == bind::update_by_pk;
  std::vector<Argument> operators;
  for (const Argument& given : field.node->arguments) {
    const Value* value = resolve(given.value);
    if (given.name.starts_with("_") && value != nullptr)
      operators.push_back({.name = given.name, .value = *value});
  }
  const Value* where = argument(*field.node, "where");
  const Value* keys = argument(*field.node, "pk_columns");
  if ((single ? keys : where) == nullptr) return fail("the filter is missing");
  return one_update(
      field, role, operators,
      [&](const Row& row) {
        if (!single) return write_where(*where, row, 1);
        return write_pk_columns(*keys, row);
      },
      single);
}

bool Planner::write_pk_columns(const Value& keys, const Row& row) {
  const Type* type = context_.schema.find(
      concat({row.table->table->name, "_pk_columns_input"}));
  bool first = true;
  for (const ObjectField& member : keys.members) {
    const InputValue* input = type->input(member.name);
    const Value* value = resolve(member.value);
    if (input == nullptr || value == nullptr)
      return fail(concat({"missing required field '", member.name, "'"}));
    const auto& column = *static_cast<const Column*>(input->binding.target);
    if (!first) sql_.raw(" and ");
    first = false;
    write_reference(row, *column.column);
    sql_.raw(" = ");
    if (!write_column_value(*value, column)) return false;
  }
  return true;
}

// A list of updates, run in order: the answer is a list of their answers.
bool Planner::plan_update_many(const CollectedField& field,
                               const Table& table) {
  const RoleTable& role = of(&table);
  const Value* updates = argument(*field.node, "updates");
  plan_.pieces.back().text.push_back('[');
  bool first = true;
  std::vector<Value> list;
  if (updates != nullptr) list = items(*updates);
  for (const Value& update : list) {
    if (!first) plan_.pieces.back().text.push_back(',');
    first = false;
    std::vector<Argument> operators;
    const Value* where = nullptr;
    for (const ObjectField& member : update.members) {
      const Value* value = resolve(member.value);
      if (value == nullptr) continue;
      if (member.name == "where")
        where = value;
      else
        operators.push_back({.name = member.name, .value = *value});
    }
    if (where == nullptr || where->is(ValueKind::null))
      return fail("the filter is missing");
    if (!one_update(
            field, role, operators,
            [&](const Row& row) { return write_where(*where, row, 1); }, false))
      return false;
  }
  plan_.pieces.back().text.push_back(']');
  return true;
}

}  // namespace trestle::graphql
