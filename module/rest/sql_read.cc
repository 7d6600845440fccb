// A level of a read as SELECT; what it selects is in sql_select.h. Embedded
// resources are lateral joins: a to-one level joins as a row, a to-many level
// as one row that holds an array.
#include "rest/sql.h"
#include "rest/sql_select.h"
#include "sql/row_limit.h"

namespace trestle::rest {
namespace {

using Kind = Relationship::Kind;

bool is_joined(const ReadNode& child) {
  return is_shown(child) || child.inner || child.null_filtered;
}

void write_distinct(SqlWriter& sql, const ReadNode& node) {
  if (!node.distinct) return;
  sql.raw("distinct ");
  if (node.distinct_on.empty()) return;
  Literal joint = "on (";
  for (const std::string& name : node.distinct_on) {
    sql.raw(joint).ident(node.alias).raw(".").ident(name);
    joint = ", ";
  }
  sql.raw(") ");
}

void write_having(SqlWriter& sql, const ReadNode& node) {
  Literal joint = " having ";
  for (const PlanHaving& having : node.having) {
    sql.raw(joint);
    write_comparison(
        sql, node.alias, having.filter,
        {.node = &node, .aggregate = &node.columns[having.column]});
    joint = " and ";
  }
}

// "alias_junction": the junction's rows beside a level's.
std::string junction_alias(const ReadNode& node) {
  return node.alias + "_junction";
}

void write_source(SqlWriter& sql, const ReadNode& node,
                  const ReadNode* parent) {
  if (parent != nullptr && node.via != nullptr &&
      node.via->kind == Kind::computed) {
    const Function& function = *node.via->function;
    sql.qualified(function.schema, function.name).raw("((");
    sql.ident(parent->alias).raw(".*)::");
    sql.qualified(node.via->from->schema, node.via->from->name);
    sql.raw(") as ").ident(node.alias);
    return;
  }
  if (node.schema.empty())
    sql.ident(node.name);
  else
    sql.qualified(node.schema, node.name);
  if (node.alias != node.name || node.schema.empty())
    sql.raw(" as ").ident(node.alias);
  if (node.via != nullptr && node.via->kind == Kind::many_to_many) {
    const Relation& junction = *node.via->junction.relation;
    sql.raw(", ").qualified(junction.schema, junction.name);
    sql.raw(" as ").ident(junction_alias(node));
  }
}

void write_join_condition(SqlWriter& sql, const ReadNode& node,
                          const ReadNode& parent, Literal& joint) {
  auto equal = [&](std::string_view left, std::string_view left_column,
                   std::string_view right, std::string_view right_column) {
    sql.raw(joint).ident(left).raw(".").ident(left_column).raw(" = ");
    sql.ident(right).raw(".").ident(right_column);
    joint = " and ";
  };
  const Relationship& via = *node.via;
  if (via.kind == Kind::many_to_many) {
    std::string junction = junction_alias(node);
    for (const auto& [from, middle] : via.junction.from_columns)
      equal(junction, middle, parent.alias, from);
    for (const auto& [to, middle] : via.junction.to_columns)
      equal(junction, middle, node.alias, to);
    return;
  }
  for (const auto& [from, to] : via.columns)
    equal(node.alias, to, parent.alias, from);
}

void write_where(SqlWriter& sql, const ReadNode& node, const ReadNode* parent,
                 bool counting) {
  Literal joint = " where ";
  if (node.via != nullptr && node.via->kind != Kind::computed)
    write_join_condition(sql, node, *parent, joint);
  for (const PlanLogic& logic : node.where) {
    sql.raw(joint);
    write_filter_tree(sql, node, node.alias, logic, counting);
    joint = " and ";
  }
  if (!counting && !node.after.empty()) {
    sql.raw(joint);
    write_after(sql, node);
  }
  if (!counting) return;
  for (const ReadNode& child : node.children) {
    if (!child.inner) continue;
    sql.raw(joint).raw("exists (");
    write_existence(sql, child, &node);
    sql.raw(")");
    joint = " and ";
  }
}

void write_many(SqlWriter& sql, const ReadNode& child, const ReadNode& parent) {
  sql.raw("(select ");
  if (child.spread) {
    // Its own name tells whether there is any row.
    sql.raw("nullif(count(*), 0) as ").ident(child.lateral);
    for (const Output& output : outputs_of(child)) {
      sql.raw(", json_agg(").ident(child.lateral).raw(".").ident(output.name);
      sql.raw(")::jsonb as ").ident(output.name);
    }
  } else {
    sql.raw("json_agg(").ident(child.lateral).raw(")::jsonb as ");
    sql.ident(child.lateral);
  }
  sql.raw(" from (");
  write_level(sql, child, &parent);
  sql.raw(") as ").ident(child.lateral).raw(")");
}

void write_joins(SqlWriter& sql, const ReadNode& node) {
  for (const ReadNode& child : node.children) {
    if (child.joined) {
      if (child.to_one)
        write_joined(sql, child, node.alias, child.via->columns);
      continue;  // many rows are joined outside, see sql_nested.cc
    }
    if (!is_joined(child)) continue;
    sql.raw(child.inner ? Literal(" inner join lateral ")
                        : Literal(" left join lateral "));
    if (child.to_one) {
      sql.raw("(");
      write_level(sql, child, &node);
      sql.raw(")");
    } else {
      write_many(sql, child, node);
    }
    sql.raw(" as ").ident(child.lateral).raw(" on ");
    if (child.inner && !child.to_one)
      sql.ident(child.lateral)
          .raw(".")
          .ident(child.lateral)
          .raw(" is not null");
    else
      sql.raw("true");
  }
}

}  // namespace

void write_order(SqlWriter& sql, const ReadNode& node) {
  if (node.order.empty()) return;
  sql.raw(" order by ");
  write_order_terms(sql, node);
}

void write_order_terms(SqlWriter& sql, const ReadNode& node) {
  Literal joint = "";
  for (const PlanOrder& order : node.order) {
    sql.raw(joint);
    joint = ", ";
    if (!order.output.empty())
      sql.ident(order.output);
    else if (order.embed >= 0)
      write_field(sql,
                  node.children[static_cast<std::size_t>(order.embed)].lateral,
                  order.field);
    else
      write_field(sql, node.alias, order.field);
    const OrderTerm& term = *order.term;
    if (term.direction == OrderTerm::Direction::ascending) sql.raw(" asc");
    if (term.direction == OrderTerm::Direction::descending) sql.raw(" desc");
    if (term.nulls == OrderTerm::Nulls::first) sql.raw(" nulls first");
    if (term.nulls == OrderTerm::Nulls::last) sql.raw(" nulls last");
  }
}

void write_limit(SqlWriter& sql, const Range& range) {
  if (range.limit) {
    sql.raw(" limit ");
    if (range.limit_slot == 0 && is_usual_limit(*range.limit))
      sql.number(*range.limit);
    else
      sql.param(std::to_string(*range.limit), catalog::oid::kInt8,
                range.limit_slot);
  }
  if (range.offset > 0)
    sql.raw(" offset ")
        .param(std::to_string(range.offset), catalog::oid::kInt8,
               range.offset_slot);
}

void write_level(SqlWriter& sql, const ReadNode& node, const ReadNode* parent) {
  bool hoisted = node.spread && node.to_one;
  SelectList list(sql, node, hoisted);
  sql.raw("select ");
  write_distinct(sql, node);
  list.write();
  sql.raw(" from ");
  write_source(sql, node, parent);
  write_joins(sql, node);
  write_where(sql, node, parent, false);
  list.write_group_by();
  write_having(sql, node);
  write_order(sql, node);
  write_limit(sql, node.range);
}

void write_rows_of(SqlWriter& sql, const ReadNode& node) {
  sql.raw(" from ");
  write_source(sql, node, nullptr);
  write_joins(sql, node);
  write_where(sql, node, nullptr, false);
  write_order(sql, node);
  write_limit(sql, node.range);
}

void write_joined(SqlWriter& sql, const ReadNode& child,
                  std::string_view parent_alias,
                  const catalog::ColumnPairs& columns) {
  sql.raw(child.inner ? Literal(" inner join ") : Literal(" left join "));
  write_source(sql, child, nullptr);
  Literal joint = " on ";
  for (const auto& [from, to] : columns) {
    sql.raw(joint).ident(child.alias).raw(".").ident(to).raw(" = ");
    sql.ident(parent_alias).raw(".").ident(from);
    joint = " and ";
  }
  for (const PlanLogic& logic : child.where) {
    sql.raw(joint);
    write_filter_tree(sql, child, child.alias, logic, false);
  }
  write_joins(sql, child);
}

void write_existence(SqlWriter& sql, const ReadNode& node,
                     const ReadNode* parent) {
  sql.raw("select 1 from ");
  write_source(sql, node, parent);
  write_where(sql, node, parent, true);
}

}  // namespace trestle::rest
