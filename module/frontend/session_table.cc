#include "frontend/session_table.h"

#include "base/text.h"
#include "sql/sql_writer.h"

namespace trestle {

namespace {

std::string quoted(std::string_view table) {
  std::string text;
  for (std::string_view part : split(table, '.')) {
    if (!text.empty()) text.push_back('.');
    append_identifier(text, part);
  }
  return text;
}

}  // namespace

SessionTable::SessionTable(std::string_view table) {
  const std::string name = quoted(table);
  find_ = make_sql(concat(
      {"select claims::pg_catalog.text, "
       "extract(epoch from expires_at)::pg_catalog.int8 from ",
       name,
       " where id = $1::pg_catalog.bytea and expires_at > pg_catalog.now()"}));
  find_all_ =
      make_sql(concat({"select id::pg_catalog.text, claims::pg_catalog.text, "
                       "extract(epoch from expires_at)::pg_catalog.int8, "
                       "tableoid::pg_catalog.text from ",
                       name,
                       " where id = any($1::pg_catalog.bytea[])"
                       " and expires_at > pg_catalog.now()"}));
  begin_ = make_sql(concat(
      {"with replaced as (delete from ", name,
       " where id = $4::pg_catalog.bytea), expired as (delete from ", name,
       " where id in (select id from ", name,
       " where expires_at <= pg_catalog.now() order by expires_at limit 100"
       " for update skip locked)) insert into ",
       name,
       " (id, claims, expires_at) values ($1::pg_catalog.bytea,"
       " $2::pg_catalog.jsonb, pg_catalog.now() +"
       " pg_catalog.make_interval(secs => $3::pg_catalog.float8))"}));
  end_ = make_sql(
      concat({"delete from ", name, " where id = $1::pg_catalog.bytea"}));
}

Statement SessionTable::find(std::string row_id) const {
  return {.sql = find_, .params = {std::move(row_id)}};
}

// Ids are "\x" and hexadecimal digits.
Statement SessionTable::find_all(
    const std::vector<std::string>& row_ids) const {
  std::string array = "{";
  for (const std::string& id : row_ids) {
    if (array.size() > 1) array += ',';
    array.append("\"\\").append(id) += '"';
  }
  return {.sql = find_all_, .params = {array + '}'}};
}

Statement SessionTable::begin(std::string row_id, std::string claims,
                              std::int64_t lifetime_s, Param replaced) const {
  return {.sql = begin_,
          .params = {std::move(row_id), std::move(claims),
                     std::to_string(lifetime_s), std::move(replaced)}};
}

Statement SessionTable::end(std::string row_id) const {
  return {.sql = end_, .params = {std::move(row_id)}};
}

}  // namespace trestle
