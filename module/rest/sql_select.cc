#include "rest/sql_select.h"

#include <algorithm>

namespace trestle::rest {
namespace {

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

// sum(..), with the cast that its result takes.
template <class WriteValue>
void write_aggregate(SqlWriter& sql, Aggregate aggregate,
                     const std::string& cast, WriteValue write_value) {
  if (!cast.empty()) sql.raw("cast(");
  sql.raw(aggregate_text(aggregate));
  write_value();
  sql.raw(")");
  if (cast.empty()) return;
  sql.raw(" as ");
  write_cast_type(sql, cast);
  sql.raw(")");
}

void write_aggregate_of(SqlWriter& sql, const ReadNode& node,
                        const SelectColumn& column) {
  write_aggregate(sql, column.aggregate, column.aggregate_cast, [&] {
    if (column.field.name.empty())
      sql.raw("*");
    else
      write_column_value(sql, node, column);
  });
}

}  // namespace

std::vector<Output> outputs_of(const ReadNode& node) {
  std::vector<Output> outputs;
  add_outputs(node, outputs);
  return outputs;
}

// --- SelectList --------------------------------------------------------------

void SelectList::write() {
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

void SelectList::write_group_by() {
  if (hoisted_ || !node_.grouped() || groups_.empty()) return;
  sql_.raw(" group by ");
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    if (i > 0) sql_.raw(", ");
    sql_.number(groups_[i]);
  }
}

void SelectList::next(bool aggregate) {
  if (place_ > 0) sql_.raw(", ");
  ++place_;
  if (!aggregate) groups_.push_back(place_);
}

void SelectList::write_star() {
  next(false);
  sql_.ident(node_.alias).raw(".*");
  if (node_.relation == nullptr) return;
  for (std::size_t i = 1; i < node_.relation->columns.size(); ++i)
    groups_.push_back(++place_);
}

// Columns whose values have a form of their own are named one by one.
bool SelectList::star_needs_names() const {
  if (node_.relation == nullptr) return false;
  for (const PlanField& field : node_.star)
    if (field.shown_by != nullptr) return true;
  return false;
}

void SelectList::write_column(const SelectColumn& column) {
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
    write_aggregate_of(sql_, node_, column);
  else
    write_column_value(sql_, node_, column);
  const bool plain = column.output.empty() && column.cast.empty() &&
                     !aggregate && column.field.shown_by == nullptr &&
                     column.form == SelectColumn::Form::text;
  if (!plain) sql_.raw(" as ").ident(output_name(column));
}

void SelectList::write_child(const ReadNode& child) {
  next(false);
  write_child_value(sql_, child);
  sql_.raw(" as ").ident(child.output);
}

void SelectList::write_spread(const ReadNode& child) {
  for (const Output& output : outputs_of(child)) {
    bool aggregate =
        child.to_one && !hoisted_ && output.aggregate != Aggregate::none;
    next(aggregate);
    auto value = [&] {
      if (!child.to_one) sql_.raw("coalesce(");
      sql_.ident(child.lateral).raw(".").ident(output.name);
      if (!child.to_one) sql_.raw(", '[]')");
    };
    if (aggregate)
      write_aggregate(sql_, output.aggregate, output.aggregate_cast, value);
    else
      value();
    sql_.raw(" as ").ident(output.name);
  }
}

// --- values ------------------------------------------------------------------

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
    write_aggregate_of(sql, *node, *aggregate);
}

void write_child_value(SqlWriter& sql, const ReadNode& child) {
  if (child.to_one) {
    sql.raw("row_to_json(").ident(child.lateral).raw(".*)::jsonb");
    return;
  }
  sql.raw("coalesce(").ident(child.lateral).raw(".").ident(child.lateral);
  sql.raw(", '[]')");
}

void write_select_list(SqlWriter& sql, const ReadNode& node) {
  SelectList(sql, node, false).write();
}

}  // namespace trestle::rest
