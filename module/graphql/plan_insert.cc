// Inserts. Plain objects of one list become one statement. An object with
// nested ones is inserted by several: first what it refers to, then the row,
// then what refers to it; each statement keeps its rows in a setting from which
// later ones read the keys.
#include "base/text.h"
#include "graphql/planner.h"

namespace trestle::graphql {

bool Planner::plan_insert(const CollectedField& field, const Table& table) {
  const RoleTable& role = of(&table);
  bool single = field.field->binding.kind == bind::insert_one;
  std::string_view name = single ? "object" : "objects";
  std::string path = concat({path_, ".args.", name});
  const Value* given = argument(*field.node, name);
  const Value* conflict = argument(*field.node, "on_conflict");
  if (given == nullptr) return fail_at(path, "the objects are missing");
  std::vector<Value> objects = items(*given);
  bool nested = false;
  for (const Value& object : objects)
    nested = nested || has_nested(role, object);
  if (!nested)
    return answer_rows(
        field, role,
        [&] { return write_insert(role, objects, conflict, {}, path); }, single,
        path);

  std::vector<std::string> keys;
  counted_.clear();
  if (!insert_rows(role, objects, conflict, {}, path, keys)) return false;
  return write_answer(
      field, setting_source(role, keys),
      [&] {
        for (const std::string& key : counted_) {
          if (&key != &counted_.front()) sql_.raw(" + ");
          sql_.raw("json_array_length(");
          write_setting(key);
          sql_.raw(")");
        }
        return true;
      },
      single);
}

bool Planner::has_nested(const RoleTable& table, const Value& object) const {
  for (const Relationship* relationship : table.relationships) {
    const Value* value = object.member(relationship->name);
    if (value != nullptr) value = resolve(*value);
    if (value == nullptr || value->is(ValueKind::null)) continue;
    const Value* data = value->member("data");
    if (data != nullptr) data = resolve(*data);
    if (data == nullptr) continue;
    if (!data->is(ValueKind::list) || !data->items.empty()) return true;
  }
  return false;
}

bool Planner::insert_rows(const RoleTable& table,
                          const std::vector<Value>& objects,
                          const Value* conflict,
                          const std::vector<Fixed>& fixed,
                          const std::string& path,
                          std::vector<std::string>& keys) {
  bool nested = false;
  for (const Value& object : objects)
    nested = nested || has_nested(table, object);
  if (!nested) {
    if (!keep_rows(
            table,
            [&] { return write_insert(table, objects, conflict, fixed, path); },
            path, keys))
      return false;
    counted_.push_back(keys.back());
    return true;
  }
  for (std::size_t i = 0; i < objects.size(); i++)
    if (!insert_nested(table, objects[i], conflict, fixed,
                       concat({path, "[", std::to_string(i), "]"}), keys))
      return false;
  return true;
}

bool Planner::insert_nested(const RoleTable& table, const Value& object,
                            const Value* conflict,
                            const std::vector<Fixed>& fixed,
                            const std::string& path,
                            std::vector<std::string>& keys) {
  std::vector<Fixed> all = fixed;
  auto nested = [&](const Relationship& relationship) -> const Value* {
    const Value* value = object.member(relationship.name);
    if (value != nullptr) value = resolve(*value);
    return value == nullptr || value->is(ValueKind::null) ? nullptr : value;
  };
  auto before = [](const Relationship& relationship) {
    return !relationship.to_many && !relationship.insert_after_parent;
  };
  for (const Relationship* relationship : table.relationships) {
    const Value* value = nested(*relationship);
    if (value == nullptr || !before(*relationship)) continue;
    const RoleTable& to = of(relationship->to);
    const Value* data = value->member("data");
    if (data != nullptr) data = resolve(*data);
    if (data == nullptr) continue;
    const Value* inner = value->member("on_conflict");
    if (inner != nullptr) inner = resolve(*inner);
    std::vector<std::string> rows;
    if (!insert_rows(to, {*data}, inner, {},
                     concat({path, ".", relationship->name, ".data"}), rows))
      return false;
    for (const auto& [here, there] : relationship->columns)
      all.push_back({.column = here,
                     .key = rows.back(),
                     .there = there,
                     .message = concat(
                         {"cannot proceed to insert object relation \"",
                          relationship->name, "\" since insert to table \"",
                          to.table->relation->name, "\" affects zero rows"})});
  }
  if (!keep_rows(
          table,
          [&] { return write_insert(table, {object}, conflict, all, path); },
          path, keys))
    return false;
  std::string row = keys.back();
  counted_.push_back(row);
  for (const Relationship* relationship : table.relationships) {
    const Value* value = nested(*relationship);
    if (value == nullptr || before(*relationship)) continue;
    if (!insert_related(*relationship, *value, row, table, path)) return false;
  }
  return true;
}

bool Planner::insert_related(const Relationship& relationship,
                             const Value& value, const std::string& parent,
                             const RoleTable& table, const std::string& path) {
  const Value* data = value.member("data");
  if (data != nullptr) data = resolve(*data);
  if (data == nullptr) return true;
  const Value* conflict = value.member("on_conflict");
  if (conflict != nullptr) conflict = resolve(*conflict);
  std::vector<Value> objects = items(*data);
  if (objects.empty()) return true;
  std::vector<Fixed> fixed;
  for (const auto& [here, there] : relationship.columns)
    fixed.push_back(
        {.column = there,
         .key = parent,
         .there = here,
         .message =
             concat({"cannot proceed to insert array relations since "
                     "insert to table \"",
                     table.table->relation->name, "\" affects zero rows"})});
  std::vector<std::string> rows;
  return insert_rows(of(relationship.to), objects, conflict, fixed,
                     concat({path, ".", relationship.name, ".data"}), rows);
}

// The column of a row that was inserted before. No row there: a cast that fails
// carries the message, marked so that the answer knows it; the setting in it
// keeps PostgreSQL from trying the cast while it plans.
bool Planner::write_fixed(const Fixed& fixed) {
  sql_.raw("(case current_setting(").constant(fixed.key);
  sql_.raw(") when '[]' then cast(")
      .constant(concat({"trestle: ", fixed.message}))
      .raw(" || current_setting(")
      .constant(fixed.key)
      .raw(") as integer)::text else ");
  write_setting(fixed.key);
  sql_.raw(" -> 0 ->> ").constant(fixed.there->name).raw(" end)::");
  const catalog::Type* type = role_.model().catalog().type(
      role_.model().catalog().base_type(fixed.column->type));
  write_type(*type);
  return true;
}

// Null: the object does not give it.
const Value* Planner::given(const Value& object, const Column& column) const {
  const Value* value = object.member(column.name);
  return value == nullptr ? nullptr : resolve(*value);
}

// The columns that any of the objects gives.
bool Planner::find_given(const RoleTable& table,
                         const std::vector<Value>& objects,
                         const std::vector<Fixed>& fixed,
                         const std::string& path,
                         std::vector<const Column*>& columns) {
  for (const Column* column : table.insert) {
    bool used = false;
    for (const Value& object : objects)
      used = used || given(object, *column) != nullptr;
    for (const Fixed& f : fixed)
      if (used && f.column == column->column)
        return fail_at(
            objects.size() > 1 || path.ends_with(".data") ? path + "[0]" : path,
            concat({"cannot insert \"", column->name,
                    "\" columns as their values are already being determined "
                    "by parent insert"}));
    if (used) columns.push_back(column);
  }
  return true;
}

// One behind VALUES: the columns, then the fixed ones. Without any of both, a
// default stands for the row.
bool Planner::write_insert_row(const Value& object,
                               const std::vector<const Column*>& columns,
                               const std::vector<Fixed>& fixed) {
  Literal joint = "(";
  for (const Column* column : columns) {
    sql_.raw(joint);
    joint = ", ";
    const Value* value = given(object, *column);
    if (value == nullptr)
      sql_.raw("default");
    else if (!write_column_value(*value, *column))
      return false;
  }
  for (const Fixed& f : fixed) {
    sql_.raw(joint);
    joint = ", ";
    write_fixed(f);
  }
  sql_.raw(columns.empty() && fixed.empty() ? Literal("(default)")
                                            : Literal(")"));
  return true;
}

bool Planner::write_insert(const RoleTable& table,
                           const std::vector<Value>& objects,
                           const Value* conflict,
                           const std::vector<Fixed>& fixed,
                           const std::string& path) {
  const catalog::Relation& relation = *table.table->relation;
  std::vector<const Column*> columns;
  if (!find_given(table, objects, fixed, path, columns)) return false;
  sql_.raw("insert into ").qualified(relation.schema, relation.name);
  int row = ++aliases_;
  sql_.raw(" as ");
  alias(row);
  if (objects.empty()) {
    // No rows: a statement of the same kind that inserts nothing.
    const catalog::Column& any = *table.insert.front()->column;
    sql_.raw(" (").ident(any.name).raw(") select null::");
    write_type(*role_.model().catalog().type(any.type));
    sql_.raw(" where false");
    return true;
  }
  Literal joint = " (";
  auto name = [&](const std::string& column) {
    sql_.raw(joint).ident(column);
    joint = ", ";
  };
  for (const Column* column : columns) name(column->column->name);
  for (const Fixed& f : fixed) name(f.column->name);
  if (columns.empty() && fixed.empty())
    name(table.insert.front()->column->name);
  sql_.raw(") values ");
  for (const Value& object : objects) {
    if (&object != &objects.front()) sql_.raw(", ");
    if (!write_insert_row(object, columns, fixed)) return false;
  }
  if (conflict == nullptr || conflict->is(ValueKind::null)) return true;
  conflict_row_ = row;
  return write_conflict(table, *conflict);
}

// ON CONFLICT by the columns of the constraint: PostgreSQL finds the index.
bool Planner::write_conflict(const RoleTable& table, const Value& conflict) {
  const catalog::Relation& relation = *table.table->relation;
  auto member = [&](std::string_view name) -> const Value* {
    const Value* value = conflict.member(name);
    if (value != nullptr) value = resolve(*value);
    return value == nullptr || value->is(ValueKind::null) ? nullptr : value;
  };
  const Value* constraint = member("constraint");
  sql_.raw(" on conflict (");
  for (const catalog::Key& key : relation.unique_keys) {
    if (constraint == nullptr || key.name != constraint->text) continue;
    for (std::uint16_t i : key.columns) {
      if (i != key.columns.front()) sql_.raw(", ");
      sql_.ident(relation.columns[i].name);
    }
  }
  sql_.raw(") do ");
  std::vector<Value> names;
  if (const Value* columns = member("update_columns")) names = items(*columns);
  std::vector<const Column*> updated;
  for (const Value& name : names) {
    const Column* column = nullptr;
    for (const Column* known : table.update)
      if (known->name == name.text) column = known;
    if (column == nullptr)
      return fail_at(concat({path_, ".args.on_conflict"}),
                     "erroneous column name");
    updated.push_back(column);
  }
  if (updated.empty()) {
    sql_.raw("nothing");
    return true;
  }
  sql_.raw("update set ");
  for (const Column* column : updated) {
    if (column != updated.front()) sql_.raw(", ");
    sql_.ident(column->column->name)
        .raw(" = excluded.")
        .ident(column->column->name);
  }
  const Value* where = member("where");
  if (where == nullptr) return true;
  sql_.raw(" where ");
  return write_where(
      *where, {.alias = conflict_row_, .table = &table, .whole = true}, 1);
}

}  // namespace trestle::graphql
