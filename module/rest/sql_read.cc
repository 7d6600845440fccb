// A level of a read as SELECT. Embedded resources are lateral joins: a to-one
// level joins as a row, a to-many level as one row that holds an array.
#include <algorithm>

#include "rest/sql.h"
#include "sql/row_limit.h"

namespace trestle::rest {
namespace {

using Kind = Relationship::Kind;

// One column of a level's result as its parent sees it.
struct Output {
  std::string name;
  Aggregate aggregate = Aggregate::none;
  std::string aggregate_cast;
};

Literal aggregate_text(Aggregate aggregate) {
  switch (aggregate) {
    case Aggregate::avg:
      return "avg(";
    case Aggregate::count:
      return "count(";
    case Aggregate::max:
      return "max(";
    case Aggregate::min:
      return "min(";
    default:
      return "sum(";
  }
}

const std::string& output_name(const SelectColumn& column) {
  return column.output.empty() ? column.field.name : column.output;
}

bool is_joined(const ReadNode& child) {
  return is_shown(child) || child.inner || child.null_filtered;
}

void add_outputs(const ReadNode& node, std::vector<Output>& outputs) {
  for (const SelectColumn& column : node.columns)
    outputs.push_back(
        {output_name(column), column.aggregate, column.aggregate_cast});
  for (const ReadNode& child : node.children) {
    if (!is_shown(child)) continue;
    if (!child.spread) {
      outputs.push_back({child.output, Aggregate::none, {}});
      continue;
    }
    std::size_t first = outputs.size();
    add_outputs(child, outputs);
    // An array of a to-many level is a value like any other.
    if (!child.to_one)
      for (std::size_t i = first; i < outputs.size(); ++i)
        outputs[i].aggregate = Aggregate::none;
  }
}

std::vector<Output> outputs_of(const ReadNode& node) {
  std::vector<Output> outputs;
  add_outputs(node, outputs);
  return outputs;
}

// sum("t"."price"), with the cast that its result takes.
void write_aggregate(SqlWriter& sql, const ReadNode& node,
                     const SelectColumn& column) {
  bool cast = !column.aggregate_cast.empty();
  if (cast) sql.raw("cast(");
  sql.raw(aggregate_text(column.aggregate));
  if (column.field.name.empty())
    sql.raw("*");
  else
    write_column_value(sql, node, column);
  sql.raw(")");
  if (!cast) return;
  sql.raw(" as ");
  write_cast_type(sql, column.aggregate_cast);
  sql.raw(")");
}

// The select list of a level. Counts its places for GROUP BY.
class SelectList {
 public:
  // `hoisted`: the level is spread into its parent, which aggregates.
  SelectList(SqlWriter& sql, const ReadNode& node, bool hoisted)
      : sql_(sql), node_(node), hoisted_(hoisted) {}

  void write() {
    if (!node_.asides.empty()) {
      next(false);
      write_asides(sql_, node_);
    }
    for (const SelectColumn& column : node_.columns) write_column(column);
    for (const ReadNode& child : node_.children) {
      if (!is_shown(child)) continue;
      if (child.spread)
        write_spread(child);
      else
        write_child(child);
    }
    if (place_ == 0) sql_.raw("1");
  }

  void write_group_by() {
    if (hoisted_ || !node_.grouped() || groups_.empty()) return;
    sql_.raw(" group by ");
    for (std::size_t i = 0; i < groups_.size(); ++i) {
      if (i > 0) sql_.raw(", ");
      sql_.number(groups_[i]);
    }
  }

 private:
  void next(bool aggregate) {
    if (place_ > 0) sql_.raw(", ");
    ++place_;
    if (!aggregate) groups_.push_back(place_);
  }

  void write_star() {
    next(false);
    sql_.ident(node_.alias).raw(".*");
    if (node_.relation == nullptr) return;
    for (std::size_t i = 1; i < node_.relation->columns.size(); ++i)
      groups_.push_back(++place_);
  }

  // Columns whose values have a form of their own are named one by one.
  bool star_needs_names() const {
    if (node_.relation == nullptr) return false;
    for (const PlanField& field : node_.star)
      if (field.shown_by != nullptr) return true;
    return false;
  }

  void write_column(const SelectColumn& column) {
    if (column.field.name == "*") {
      if (!star_needs_names()) {
        write_star();
        return;
      }
      for (const PlanField& field : node_.star) {
        SelectColumn each;
        each.field = field;
        write_column(each);
      }
      return;
    }
    bool aggregate = column.aggregate != Aggregate::none && !hoisted_;
    next(aggregate);
    if (aggregate)
      write_aggregate(sql_, node_, column);
    else
      write_column_value(sql_, node_, column);
    bool plain = column.output.empty() && column.cast.empty() && !aggregate &&
                 column.field.shown_by == nullptr &&
                 column.form == SelectColumn::Form::text;
    if (!plain) sql_.raw(" as ").ident(output_name(column));
  }

  void write_child(const ReadNode& child) {
    next(false);
    write_child_value(sql_, child);
    sql_.raw(" as ").ident(child.output);
  }

  void write_spread(const ReadNode& child) {
    for (const Output& output : outputs_of(child)) {
      bool aggregate =
          child.to_one && !hoisted_ && output.aggregate != Aggregate::none;
      next(aggregate);
      bool cast = aggregate && !output.aggregate_cast.empty();
      if (cast) sql_.raw("cast(");
      if (aggregate) sql_.raw(aggregate_text(output.aggregate));
      if (!child.to_one) sql_.raw("coalesce(");
      sql_.ident(child.lateral).raw(".").ident(output.name);
      if (!child.to_one) sql_.raw(", '[]')");
      if (aggregate) sql_.raw(")");
      if (cast) {
        sql_.raw(" as ");
        write_cast_type(sql_, output.aggregate_cast);
        sql_.raw(")");
      }
      sql_.raw(" as ").ident(output.name);
    }
  }

  SqlWriter& sql_;
  const ReadNode& node_;
  bool hoisted_;
  std::int64_t place_ = 0;
  std::vector<std::int64_t> groups_;
};

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

bool is_shown(const ReadNode& child) {
  return !child.columns.empty() ||
         std::any_of(child.children.begin(), child.children.end(), is_shown);
}

void write_column_value(SqlWriter& sql, const ReadNode& node,
                        const SelectColumn& column) {
  if (column.field.name.empty()) {
    sql.raw("1");
    return;
  }
  const bool formed = column.form != SelectColumn::Form::text;
  if (formed)
    sql.raw(column.form == SelectColumn::Form::json ? Literal("to_json(")
                                                    : Literal("to_jsonb("));
  bool cast = !column.cast.empty();
  if (cast) sql.raw("cast(");
  bool shown = column.field.shown_by != nullptr && !cast &&
               column.aggregate == Aggregate::none;
  if (shown) {
    write_call_of(sql, *column.field.shown_by);
    sql.raw("(");
  }
  write_field(sql, node.alias, column.field);
  if (shown) sql.raw(")");
  if (cast) {
    sql.raw(" as ");
    write_cast_type(sql, column.cast);
    sql.raw(")");
  }
  if (formed) sql.raw(")");
}

void LeftSide::write(SqlWriter& sql, std::string_view inside,
                     const PlanFilter& planned) const {
  if (aggregate == nullptr)
    write_field(sql, inside, planned.field);
  else
    write_aggregate(sql, *node, *aggregate);
}

void write_child_value(SqlWriter& sql, const ReadNode& child) {
  if (child.to_one) {
    sql.raw("row_to_json(").ident(child.lateral).raw(".*)::jsonb");
    return;
  }
  sql.raw("coalesce(").ident(child.lateral).raw(".").ident(child.lateral);
  sql.raw(", '[]')");
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

void write_select_list(SqlWriter& sql, const ReadNode& node) {
  SelectList(sql, node, false).write();
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
