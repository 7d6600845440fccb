// Updates, deletes, functions, and what mutations answer.
//
// A field is one statement where it can be: the rows come from a data-modifying
// CTE. Where the answer shows relationships, the second statement of a pair
// reads them, since a CTE's statement still sees the tables as they were; the
// rows travel between the two in a setting of the transaction.
#include "base/text.h"
#include "graphql/planner.h"

namespace trestle::graphql {

using Family = Scalar::Family;

bool Planner::mutation_field(const CollectedField& field) {
  switch (field.field->binding.kind) {
    case bind::insert:
    case bind::insert_one:
      return plan_insert(field, target<Table>(field));
    case bind::update:
    case bind::update_by_pk:
      return plan_update(field, target<Table>(field));
    case bind::update_many:
      return plan_update_many(field, target<Table>(field));
    case bind::delete_rows:
    case bind::delete_by_pk:
      return plan_delete(field, target<Table>(field));
    default: {
      sql_.raw("select ");
      if (!root_field(field)) return false;
      plan_.pieces.back().statement =
          static_cast<int>(plan_.plan.statements.size());
      plan_.pieces.push_back({});
      finish_statement("$");
      return true;
    }
  }
}

std::string Planner::next_key() {
  return concat({"trestle.rows", std::to_string(++keys_)});
}

// The rows that a setting holds, as a JSON array.
void Planner::write_setting(std::string_view key) {
  sql_.raw("current_setting(").constant(key).raw(")::json");
}

// RETURNING every column that may be read; what JSON cannot carry as text.
void Planner::write_returning(const RoleTable& table) {
  sql_.raw(" returning ");
  if (table.select.empty()) sql_.raw("1 as \"one\"");
  for (const Column* column : table.select) {
    if (column != table.select.front()) sql_.raw(", ");
    sql_.ident(column->column->name);
  }
}

bool Planner::needs_second_look(const Fields& fields) const {
  for (const CollectedField& field : fields) {
    std::uint32_t kind = field.field->binding.kind;
    if (kind == bind::relationship || kind == bind::relationship_aggregate ||
        kind == bind::computed)
      return true;
    if (kind == bind::returning &&
        needs_second_look(collect_fields(context_, *field.field->type.named(),
                                         field.selections)))
      return true;
  }
  return false;
}

// The rows of settings, one behind the other, as rows of the relation.
Planner::Source Planner::setting_source(const RoleTable& table,
                                        const std::vector<std::string>& keys) {
  return {.table = &table,
          .whole = true,
          .from =
              [this, &table, keys] {
                const catalog::Relation& r = *table.table->relation;
                if (keys.size() > 1) sql_.raw("(");
                for (const std::string& key : keys) {
                  if (&key != &keys.front()) sql_.raw(" union all ");
                  if (keys.size() > 1) sql_.raw("select * from ");
                  sql_.raw("json_populate_recordset(null::")
                      .qualified(r.schema, r.name)
                      .raw(", ");
                  write_setting(key);
                  sql_.raw(")");
                }
                if (keys.size() > 1) sql_.raw(")");
                return true;
              },
          .condition = nullptr};
}

// Runs a data-modifying statement and keeps its rows in a setting.
bool Planner::keep_rows(const RoleTable& table, const Write& statement,
                        std::string path, std::vector<std::string>& keys) {
  keys.push_back(next_key());
  sql_.raw("with \"rows\" as (");
  if (!statement()) return false;
  write_returning(table);
  sql_.raw(") select set_config(").constant(keys.back());
  sql_.raw(", coalesce((select json_agg(\"r\") from (select ");
  for (const Column* column : table.select) {
    if (column != table.select.front()) sql_.raw(", ");
    sql_.ident(column->column->name);
    if (column->scalar->family == Family::geometry ||
        column->scalar->family == Family::geography ||
        column->scalar->family == Family::raster)
      sql_.raw("::text as ").ident(column->column->name);
  }
  if (table.select.empty()) sql_.raw("1 as \"one\"");
  sql_.raw(" from \"rows\") as \"r\")::text, '[]'), true)");
  finish_statement(std::move(path));
  return true;
}

bool Planner::answer_rows(const CollectedField& field, const RoleTable& table,
                          const Write& statement, bool single,
                          std::string path) {
  if (needs_second_look(single ? collect(field) : Fields{field}) ||
      (!single && needs_second_look(collect(field)))) {
    std::vector<std::string> keys;
    if (!keep_rows(table, statement, path, keys)) return false;
    return write_answer(
        field, setting_source(table, keys),
        [&] {
          sql_.raw("json_array_length(");
          write_setting(keys[0]);
          sql_.raw(")");
          return true;
        },
        single);
  }
  sql_.raw("with \"rows\" as (");
  if (!statement()) return false;
  write_returning(table);
  sql_.raw(") ");
  Source rows{.table = &table,
              .whole = false,
              .from =
                  [&] {
                    sql_.raw("\"rows\"");
                    return true;
                  },
              .condition = nullptr};
  path_for_answer_ = std::move(path);
  return write_answer(
      field, rows,
      [&] {
        sql_.raw("(select count(*) from \"rows\")");
        return true;
      },
      single);
}

// The answer of a mutation field: {affected_rows returning}, or one row.
bool Planner::write_answer(const CollectedField& field, const Source& rows,
                           const Write& count, bool single) {
  sql_.raw("select ");
  Fields fields = collect(field);
  if (single) {
    if (!write_object(rows, fields)) return false;
  } else if (!write_json_object(fields, [&](const CollectedField& member) {
               switch (member.field->binding.kind) {
                 case bind::affected_rows:
                   return count();
                 case bind::returning:
                   return write_list(rows, {}, collect(member));
                 default:
                   sql_.constant(
                       concat({rows.table->table->name, "_mutation_response"}));
                   return true;
               }
             })) {
    return false;
  }
  plan_.pieces.back().statement =
      static_cast<int>(plan_.plan.statements.size());
  plan_.pieces.push_back({});
  finish_statement(path_for_answer_.empty() ? "$"
                                            : std::move(path_for_answer_));
  path_for_answer_.clear();
  return true;
}

bool Planner::plan_delete(const CollectedField& field, const Table& table) {
  const RoleTable& role = of(&table);
  bool single = field.field->binding.kind == bind::delete_by_pk;
  const Value* where = argument(*field.node, "where");
  Write statement = [&] {
    Row row{.alias = ++aliases_, .table = &role, .whole = true};
    sql_.raw("delete from ")
        .qualified(table.relation->schema, table.relation->name)
        .raw(" as ");
    alias(row.alias);
    sql_.raw(" where ");
    if (single) return write_key_condition(field, row);
    return write_where(*where, row, 1);
  };
  if (!single && where == nullptr) return fail("the filter is missing");
  return answer_rows(field, role, statement, single, "$");
}

// --- updates
// -----------------------------------------------------------------------

bool Planner::write_assignments(const std::vector<Argument>& operators,
                                const RoleTable& table, int row, bool& any) {
  using Kind = UpdateOperator::Kind;
  std::vector<std::string_view> seen;
  std::string twice;
  for (const Argument& given : operators) {
    const UpdateOperator* op = nullptr;
    for (const UpdateOperator& known : kUpdateOperators)
      if (given.name == known.name) op = &known;
    if (op == nullptr || given.value.is(ValueKind::null)) continue;
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
      const auto& column = *static_cast<const Column*>(input->binding.target);
      if (op->kind != Kind::set && value->is(ValueKind::null))
        return fail_at(concat({path_, ".args.", op->name, ".", member.name}),
                       concat({"unexpected null value for type '",
                               input->type.text(), "'"}));
      sql_.raw(any ? Literal(", ") : Literal(" set "));
      any = true;
      sql_.ident(column.column->name).raw(" = ");
      auto self = [&] {
        alias(row);
        sql_.raw(".").ident(column.column->name);
      };
      bool ok = true;
      switch (op->kind) {
        case Kind::set:
          ok = write_column_value(*value, column);
          break;
        case Kind::inc:
          self();
          sql_.raw(" + ");
          ok = write_column_value(*value, column);
          break;
        case Kind::append:
          self();
          sql_.raw(" || ");
          ok = write_column_value(*value, column);
          break;
        case Kind::prepend:
          ok = write_column_value(*value, column);
          sql_.raw(" || ");
          self();
          break;
        case Kind::delete_key:
          self();
          sql_.raw(" - ");
          ok = write_value(*value, kTextScalar, false);
          break;
        case Kind::delete_elem:
          self();
          sql_.raw(" - ");
          ok = write_param({.value = *value, .scalar = &kTextScalar},
                           catalog::oid::kInt4);
          break;
        case Kind::delete_at_path:
          self();
          sql_.raw(" #- ");
          ok = write_text_array(*value);
          break;
      }
      if (!ok) return false;
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
