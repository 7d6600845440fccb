// Rows with rows of related tables in them as one INSERT for each level, in one
// transaction. Each is a statement of its own, so that policies and triggers of
// the rows below see the rows that they refer to.
//
// A level leaves its rows, and the objects that they were made of, as JSON in
// settings of the transaction: "trestle.rows0" and "trestle.body0" for the
// request's own relation, which is level 0. The order of both is the same: a
// row's place is what the next level finds it by.
#include "base/text.h"
#include "rest/sql.h"

namespace trestle::rest {
namespace {

constexpr std::string_view kSource = "trestle_source";
constexpr std::string_view kParent = "trestle_parent";

std::string numbered(std::string_view word, std::size_t level) {
  return concat({word, std::to_string(level)});
}

// One level as the writers see it.
struct Level {
  const WritePlan& write;
  std::size_t number;
  const NestedInsert* nested;  // null: the request's own relation

  [[nodiscard]] const Relation& relation() const {
    return nested == nullptr ? *write.relation : *nested->relation;
  }
  [[nodiscard]] const std::vector<WriteColumn>& columns() const {
    return nested == nullptr ? write.columns : nested->columns;
  }
  [[nodiscard]] bool has_children() const {
    for (const NestedInsert& other : write.nested)
      if (other.parent == number) return true;
    return false;
  }
};

void write_setting(SqlWriter& sql, std::string_view word, std::size_t level) {
  sql.raw("current_setting(").constant(numbered(word, level)).raw(")::json");
}

// "body" and "n" of the level's objects: the whole body, or what the objects of
// the level above hold, in their order.
void write_source(SqlWriter& sql, const Level& level) {
  if (level.nested == nullptr) {
    const Body& body = *level.write.body;
    sql.raw("select null::bigint as ").ident("parent").raw(", ");
    if (body.kind == Body::Kind::json_object) {
      sql.raw("1::bigint as ").ident("n").raw(", ");
      sql.param(body.text, catalog::oid::kJson, body.slot);
      sql.raw(" as ").ident("body");
    } else {
      sql.raw("n, body from json_array_elements(");
      sql.param(body.text, catalog::oid::kJson, body.slot);
      sql.raw(") with ordinality as element(body, n)");
    }
    return;
  }
  sql.raw("select p.n as parent, row_number() over (order by p.n, c.n) as n, ");
  sql.raw("c.body from json_array_elements(");
  write_setting(sql, "trestle.body", level.nested->parent);
  sql.raw(") with ordinality as p(body, n), json_array_elements(case ");
  auto member = [&] {
    sql.raw("p.body -> ").param(level.nested->member, catalog::oid::kText);
  };
  sql.raw("json_typeof(");
  member();
  sql.raw(") when 'array' then ");
  member();
  sql.raw(" when 'object' then json_build_array(");
  member();
  sql.raw(") end) with ordinality as c(body, n)");
}

void write_values(SqlWriter& sql, const Level& level) {
  Literal joint = " ";
  if (level.nested != nullptr)
    for (const auto& [own, other] : level.nested->via->columns) {
      sql.raw(joint).ident(kParent).raw(".").ident(own);
      joint = ", ";
    }
  for (const WriteColumn& column : level.columns()) {
    sql.raw(joint);
    write_body_value(sql, column);
    joint = ", ";
  }
}

void write_names(SqlWriter& sql, const Level& level) {
  Literal joint = " (";
  auto name = [&](std::string_view column) {
    sql.raw(joint).ident(column);
    joint = ", ";
  };
  if (level.nested != nullptr)
    for (const auto& [own, other] : level.nested->via->columns) name(other);
  for (const WriteColumn& column : level.columns()) name(column.column->name);
  if (level.nested != nullptr || !level.columns().empty()) sql.raw(")");
}

void write_from(SqlWriter& sql, const Level& level) {
  sql.raw(" from ").ident(kSource);
  if (level.nested != nullptr) {
    sql.raw(" join (select row_number() over () as ").ident("trestle_n");
    sql.raw(", r.* from (");
    write_nested_rows(sql, level.write, level.nested->parent);
    sql.raw(") as r) as ").ident(kParent).raw(" on ").ident(kParent);
    sql.raw(".").ident("trestle_n").raw(" = ").ident(kSource).raw(".parent");
  }
  if (!level.columns().empty()) {
    bool defaults = level.write.missing_default;
    sql.raw(defaults ? Literal(", jsonb_to_record(")
                     : Literal(", json_to_record("));
    if (defaults) {
      write_defaults(sql, level.columns());
      sql.raw(" || ");
    }
    sql.ident(kSource).raw(".body");
    sql.raw(defaults ? Literal("::jsonb) as ") : Literal(") as "));
    write_body_columns(sql, level.columns());
  }
  sql.raw(" order by ").ident(kSource).raw(".n");
}

void write_returning(SqlWriter& sql, const Level& level) {
  const std::string& table = level.relation().name;
  sql.raw(" returning ");
  if (level.nested == nullptr && level.write.returning_all) {
    sql.ident(table).raw(".*");
    return;
  }
  const std::vector<std::string>& names =
      level.nested == nullptr ? level.write.returning : level.nested->returning;
  Literal joint = "";
  for (const std::string& name : names) {
    sql.raw(joint).ident(table).raw(".").ident(name);
    joint = ", ";
  }
  if (names.empty()) sql.raw("1");
}

// What the next statements need: the rows and, for levels below, their objects.
void write_settings(SqlWriter& sql, const Level& level) {
  auto set = [&](std::string_view word) {
    sql.raw("pg_catalog.set_config(").constant(numbered(word, level.number));
  };
  set("trestle.rows");
  sql.raw(", (select coalesce(json_agg(").ident("trestle_rows");
  sql.raw("), '[]')::text from ").ident("trestle_rows").raw("), true)");
  if (!level.has_children()) return;
  sql.raw(", ");
  set("trestle.body");
  sql.raw(
      ", (select coalesce(json_agg(s.body order by s.n), '[]')::text from ");
  sql.ident(kSource).raw(" as s), true)");
  // A row that a trigger has left out would shift all that follow.
  sql.raw(", case when (select count(*) from ").ident("trestle_rows");
  sql.raw(") <> (select count(*) from ").ident(kSource).raw(") then (");
  sql.constant(kCheckNested).raw(" || (select count(*) from ");
  sql.ident("trestle_rows").raw("))::int end");
}

SqlWriter write_level_insert(const Level& level) {
  SqlWriter sql;
  sql.raw("with ").ident(kSource).raw(" as (");
  write_source(sql, level);
  sql.raw("), ").ident("trestle_rows").raw(" as (insert into ");
  sql.qualified(level.relation().schema, level.relation().name);
  write_names(sql, level);
  sql.raw(" select");
  write_values(sql, level);
  write_from(sql, level);
  write_returning(sql, level);
  sql.raw(") select ");
  write_settings(sql, level);
  return sql;
}

}  // namespace

std::vector<SqlWriter> write_nested_inserts(const WritePlan& write) {
  std::vector<SqlWriter> statements;
  statements.push_back(write_level_insert({write, 0, nullptr}));
  for (std::size_t i = 0; i < write.nested.size(); ++i)
    statements.push_back(write_level_insert({write, i + 1, &write.nested[i]}));
  return statements;
}

void write_nested_rows(SqlWriter& sql, const WritePlan& write,
                       std::size_t level) {
  const Relation& relation =
      level == 0 ? *write.relation : *write.nested[level - 1].relation;
  sql.raw("select * from json_populate_recordset(null::");
  sql.qualified(relation.schema, relation.name).raw(", ");
  write_setting(sql, "trestle.rows", level);
  sql.raw(")");
}

}  // namespace trestle::rest
