// The fields of a mutation, deletes, and what mutations answer.
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

}  // namespace trestle::graphql
