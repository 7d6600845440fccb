// What an answer tells of rows beside its body (plan_page.cc), and what a write
// asks of its row before it happens.
#include "base/text.h"
#include "rest/sql.h"

namespace trestle::rest {
namespace {

std::string aside_name(std::size_t place) {
  return concat({"_trestle_aside", std::to_string(place + 1)});
}

// The row's version. A table's is the transaction that has written the row;
// what has no such column is known by all that it shows.
void write_version(SqlWriter& sql, const Relation& relation,
                   std::string_view alias) {
  if (relation.kind == Relation::Kind::table)
    sql.ident(alias).raw(".xmin::text");
  else
    sql.raw("pg_catalog.md5((").ident(alias).raw(".*)::text)");
}

void write_aside(SqlWriter& sql, const ReadNode& node, const Aside& aside) {
  if (aside.column.empty())
    write_version(sql, *node.relation, node.alias);
  else
    sql.ident(node.alias).raw(".").ident(aside.column).raw("::text");
}

// Whether a row comparison says it all: it can use an index as it is.
bool is_plain_order(const std::vector<PageKey>& keys) {
  for (const PageKey& key : keys)
    if (key.nullable || key.descending != keys[0].descending) return false;
  return true;
}

void write_key(SqlWriter& sql, std::string_view alias, const PageKey& key) {
  sql.ident(alias).raw(".").ident(key.column);
}

void write_row_comparison(SqlWriter& sql, const ReadNode& node) {
  Literal joint = "(";
  for (const PageKey& key : node.after) {
    sql.raw(joint);
    write_key(sql, node.alias, key);
    joint = ", ";
  }
  sql.raw(node.after[0].descending ? Literal(") < ") : Literal(") > "));
  joint = "(";
  for (const PageKey& key : node.after) {
    sql.raw(joint).param(key.value, 0, key.slot);
    joint = ", ";
  }
  sql.raw(")");
}

void write_equal(SqlWriter& sql, std::string_view alias, const PageKey& key) {
  write_key(sql, alias, key);
  if (key.value)
    sql.raw(" = ").param(key.value, 0, key.slot);
  else
    sql.raw(" is null");
}

// Behind the cursor's value, by this key alone.
void write_behind(SqlWriter& sql, std::string_view alias, const PageKey& key) {
  if (!key.value) {
    // Nothing comes behind the NULLs that come last.
    if (!key.nulls_first) {
      sql.raw("false");
      return;
    }
    write_key(sql, alias, key);
    sql.raw(" is not null");
    return;
  }
  bool nulls_follow = key.nullable && !key.nulls_first;
  if (nulls_follow) sql.raw("(");
  write_key(sql, alias, key);
  sql.raw(key.descending ? Literal(" < ") : Literal(" > "));
  sql.param(key.value, 0, key.slot);
  if (!nulls_follow) return;
  sql.raw(" or ");
  write_key(sql, alias, key);
  sql.raw(" is null)");
}

}  // namespace

void write_asides(SqlWriter& sql, const ReadNode& node) {
  for (std::size_t i = 0; i < node.asides.size(); ++i) {
    if (i > 0) sql.raw(", ");
    write_aside(sql, node, node.asides[i]);
    sql.raw(" as ").ident(aside_name(i));
  }
}

void write_last_asides(SqlWriter& sql, const RestPlan& plan) {
  ReadNode node = plan.read;
  node.asides = plan.asides;
  sql.raw("(select json_build_array(");
  for (std::size_t i = 0; i < node.asides.size(); ++i) {
    if (i > 0) sql.raw(", ");
    sql.ident(aside_name(i));
  }
  sql.raw(")::text from (select ").ident("_trestle_p").raw(".*, row_number() ");
  sql.raw("over () as ").ident("_trestle_row").raw(" from (select ");
  write_asides(sql, node);
  write_rows_of(sql, node);
  sql.raw(") as ").ident("_trestle_p").raw(") as ").ident("_trestle_p");
  sql.raw(" order by ").ident("_trestle_row").raw(" desc limit 1)");
}

void write_after(SqlWriter& sql, const ReadNode& node) {
  const std::vector<PageKey>& keys = node.after;
  if (is_plain_order(keys)) return write_row_comparison(sql, node);
  Literal joint = "(";
  for (std::size_t i = 0; i < keys.size(); ++i) {
    sql.raw(joint);
    joint = " or ";
    if (i > 0) sql.raw("(");
    for (std::size_t before = 0; before < i; ++before) {
      write_equal(sql, node.alias, keys[before]);
      sql.raw(" and ");
    }
    write_behind(sql, node.alias, keys[i]);
    if (i > 0) sql.raw(")");
  }
  sql.raw(")");
}

bool asks_version(const WritePlan& write) {
  return write.precondition != nullptr &&
         write.precondition->kind == Precondition::Kind::version;
}

void write_version_condition(SqlWriter& sql, const WritePlan& write) {
  constexpr Oid kTextArray = 1009;
  write_version(sql, *write.relation, write.relation->name);
  sql.raw(" = any(")
      .param(array_literal(write.precondition->versions), kTextArray,
             write.precondition->slot)
      .raw(")");
}

}  // namespace trestle::rest
