// INSERT, UPDATE and DELETE as the WITH query "trestle_written". The body is
// one parameter, and json_to_recordset() makes rows of it; but the members of
// one object of plain values are parameters of their own.
#include <algorithm>

#include "rest/sql.h"

namespace trestle::rest {
namespace {

namespace oid = catalog::oid;
using Resolution = Preferences::Resolution;

void write_names(SqlWriter& sql, const WritePlan& write) {
  for (std::size_t i = 0; i < write.columns.size(); ++i) {
    if (i > 0) sql.raw(", ");
    sql.ident(write.columns[i].column->name);
  }
}

// The body with the columns' defaults below its members.
void write_defaulted(SqlWriter& sql, const WritePlan& write, bool array) {
  if (array) {
    sql.raw("(select jsonb_agg(");
    write_defaults(sql, write.columns);
    sql.raw(" || element) from jsonb_array_elements(")
        .param(write.body->text, oid::kJsonb, write.body->slot)
        .raw(") as element)");
  } else {
    sql.raw("(");
    write_defaults(sql, write.columns);
    sql.raw(" || ")
        .param(write.body->text, oid::kJsonb, write.body->slot)
        .raw(")");
  }
}

void write_body_rows(SqlWriter& sql, const WritePlan& write) {
  bool array = write.body->kind == Body::Kind::json_array;
  if (write.missing_default) {
    sql.raw(array ? Literal("jsonb_to_recordset(")
                  : Literal("jsonb_to_record("));
    write_defaulted(sql, write, array);
  } else {
    sql.raw(array ? Literal("json_to_recordset(") : Literal("json_to_record("));
    sql.param(write.body->text, oid::kJson, write.body->slot);
  }
  std::vector<WriteColumn> columns = write.columns;
  columns.insert(columns.end(), write.match.begin(), write.match.end());
  sql.raw(") as ");
  write_body_columns(sql, columns);
}

// An upsert counts the rows that it did not find: every row counts one up, one
// that conflicts counts down again.
constexpr Literal kCountUp =
    "pg_catalog.set_config('trestle.inserted', "
    "(coalesce(nullif(current_setting("
    "'trestle.inserted', true), ''), '0')::int + 1)::text, true) <> ''";
constexpr Literal kCountDown =
    "pg_catalog.set_config('trestle.inserted', "
    "(coalesce(nullif(current_setting("
    "'trestle.inserted', true), ''), '0')::int - 1)::text, true) <> ''";

void write_conflict(SqlWriter& sql, const WritePlan& write) {
  if (write.resolution == Resolution::none || write.on_conflict.empty()) return;
  sql.raw(" on conflict (");
  for (std::size_t i = 0; i < write.on_conflict.size(); ++i) {
    if (i > 0) sql.raw(", ");
    sql.ident(write.on_conflict[i]);
  }
  sql.raw(")");
  if (write.resolution == Resolution::ignore_duplicates ||
      write.columns.empty()) {
    sql.raw(" do nothing");
    return;
  }
  sql.raw(" do update set ");
  for (std::size_t i = 0; i < write.columns.size(); ++i) {
    if (i > 0) sql.raw(", ");
    const std::string& name = write.columns[i].column->name;
    sql.ident(name).raw(" = excluded.").ident(name);
  }
  sql.raw(" where ");
  if (asks_version(write)) {
    write_version_condition(sql, write);
    sql.raw(" and ");
  }
  sql.raw(kCountDown);
}

}  // namespace

bool counts_inserted(const WritePlan& write) {
  return write.resolution == Resolution::merge_duplicates &&
         !write.on_conflict.empty() && !write.columns.empty();
}

namespace {

// The column's member of the body; one that is not there is NULL.
void write_member(SqlWriter& sql, const WritePlan& write,
                  const catalog::Column& column) {
  const Body& body = *write.body;
  auto key = std::find(body.keys.begin(), body.keys.end(), column.name);
  if (key == body.keys.end()) {
    sql.param(std::nullopt, column.type);
    return;
  }
  auto at = static_cast<std::size_t>(key - body.keys.begin());
  sql.param(body.values[at], column.type,
            body.value_slots.empty() ? 0 : body.value_slots[at]);
}

void write_insert(SqlWriter& sql, const WritePlan& write) {
  sql.raw("insert into ")
      .qualified(write.relation->schema, write.relation->name);
  if (write.columns.empty()) {
    if (write.body->empty_array) {
      // No row at all, yet the right to insert is asked for.
      sql.raw(" select from ")
          .qualified(write.relation->schema, write.relation->name);
      sql.raw(" where false");
    } else {
      sql.raw(" default values");
    }
    write_conflict(sql, write);
    return;
  }
  sql.raw(" (");
  write_names(sql, write);
  if (write.by_member) {
    sql.raw(") values (");
    for (std::size_t i = 0; i < write.columns.size(); ++i) {
      if (i > 0) sql.raw(", ");
      write_member(sql, write, *write.columns[i].column);
    }
    sql.raw(")");
    return;
  }
  sql.raw(") select ");
  for (std::size_t i = 0; i < write.columns.size(); ++i) {
    if (i > 0) sql.raw(", ");
    write_body_value(sql, write.columns[i]);
  }
  sql.raw(" from ");
  write_body_rows(sql, write);
  Literal joint = " where ";
  if (counts_inserted(write)) {
    sql.raw(joint).raw(kCountUp);
    joint = " and ";
  }
  ReadNode none;
  for (const PlanLogic& logic : write.where) {
    sql.raw(joint);
    write_filter_tree(sql, none, "trestle_body", logic, false);
    joint = " and ";
  }
  write_conflict(sql, write);
}

void write_own_where(SqlWriter& sql, const WritePlan& write) {
  Literal joint = " where ";
  for (const WriteColumn& column : write.match) {
    sql.raw(joint).ident(write.relation->name).raw(".");
    sql.ident(column.column->name).raw(" = ");
    write_body_value(sql, column);
    joint = " and ";
  }
  if (asks_version(write)) {
    sql.raw(joint);
    write_version_condition(sql, write);
    joint = " and ";
  }
  ReadNode none;
  for (const PlanLogic& logic : write.where) {
    sql.raw(joint);
    write_filter_tree(sql, none, write.relation->name, logic, false);
    joint = " and ";
  }
}

void write_update(SqlWriter& sql, const WritePlan& write) {
  sql.raw("update ").qualified(write.relation->schema, write.relation->name);
  sql.raw(" set ");
  for (std::size_t i = 0; i < write.columns.size(); ++i) {
    if (i > 0) sql.raw(", ");
    sql.ident(write.columns[i].column->name).raw(" = ");
    if (write.by_member)
      write_member(sql, write, *write.columns[i].column);
    else
      write_body_value(sql, write.columns[i]);
  }
  if (!write.by_member) {
    sql.raw(" from ");
    write_body_rows(sql, write);
  }
  write_own_where(sql, write);
}

void write_returned(SqlWriter& sql, const WritePlan& write) {
  const std::string& table = write.relation->name;
  bool first = true;
  if (write.returning_all) {
    sql.ident(table).raw(".*");
    first = false;
  }
  for (const std::string& name : write.returning) {
    if (write.returning_all && write.relation->find_column(name) != nullptr)
      continue;
    if (!first) sql.raw(", ");
    first = false;
    sql.ident(table).raw(".").ident(name);
  }
  if (first) sql.raw("1");
}

}  // namespace

void write_body_value(SqlWriter& sql, const WriteColumn& column) {
  if (column.read_by != nullptr) {
    write_call_of(sql, *column.read_by);
    sql.raw("(");
  }
  sql.ident("trestle_body").raw(".").ident(column.column->name);
  if (column.read_by != nullptr) sql.raw(")");
}

void write_body_columns(SqlWriter& sql,
                        const std::vector<WriteColumn>& columns) {
  sql.ident("trestle_body").raw("(");
  Literal joint = "";
  for (const WriteColumn& column : columns) {
    sql.raw(joint).ident(column.column->name).raw(" ");
    joint = ", ";
    if (column.read_by != nullptr)
      sql.raw("json");
    else
      sql.catalog_text(column.column->type_text);
  }
  sql.raw(")");
}

void write_defaults(SqlWriter& sql, const std::vector<WriteColumn>& columns) {
  sql.raw("jsonb_build_object(");
  bool first = true;
  for (const WriteColumn& column : columns) {
    if (column.column->default_text.empty()) continue;
    if (!first) sql.raw(", ");
    first = false;
    sql.param(column.column->name, oid::kText).raw(", ");
    sql.catalog_text(column.column->default_text);
  }
  sql.raw(")");
}

bool changes_nothing(const WritePlan& write) {
  return write.kind == WritePlan::Kind::update &&
         (write.columns.empty() || write.body->empty_array);
}

void write_change(SqlWriter& sql, const WritePlan& write) {
  switch (write.kind) {
    case WritePlan::Kind::insert:
      write_insert(sql, write);
      break;
    case WritePlan::Kind::update:
      write_update(sql, write);
      break;
    case WritePlan::Kind::remove:
      sql.raw("delete from ")
          .qualified(write.relation->schema, write.relation->name);
      write_own_where(sql, write);
      break;
  }
}

void write_written(SqlWriter& sql, const WritePlan& write) {
  sql.raw("with ").ident("trestle_written").raw(" as (");
  if (!write.nested.empty()) {
    write_nested_rows(sql, write, 0);
    sql.raw(")");
    return;
  }
  if (changes_nothing(write)) {
    sql.raw("select ");
    write_returned(sql, write);
    sql.raw(" from ").qualified(write.relation->schema, write.relation->name);
    // A precondition asks for its row all the same.
    if (write.precondition != nullptr)
      write_own_where(sql, write);
    else
      sql.raw(" where false");
    sql.raw(")");
    return;
  }
  write_change(sql, write);
  sql.raw(" returning ");
  write_returned(sql, write);
  sql.raw(")");
}

}  // namespace trestle::rest
