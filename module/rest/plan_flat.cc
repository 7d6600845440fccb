// Whether a read's rows come as columns, and in which form each column does.
#include <algorithm>

#include "base/text.h"
#include "encode/type_kind.h"
#include "frontend/direct_type.h"
#include "rest/plan.h"
#include "rest/sql.h"

namespace trestle::rest {
namespace {

using Format = BodyFormat::Kind;

// What a cast's result is, for types whose names everyone writes.
bool is_direct_cast(std::string_view type) {
  constexpr std::string_view kNames =
      " text int integer int2 int4 int8 bigint smallint numeric decimal real"
      " float float4 float8 bool boolean json jsonb date time timestamp"
      " timestamptz uuid varchar ";
  return is_word_of(kNames, ascii_lower(type));
}

using Form = SelectColumn::Form;
// nullopt: no form says enough.
using MaybeForm = std::optional<Form>;

MaybeForm form_of(const Catalog& catalog, const SelectColumn& column) {
  const std::string& cast =
      column.aggregate == Aggregate::none ? column.cast : column.aggregate_cast;
  if (!cast.empty())
    return is_direct_cast(cast) ? MaybeForm(Form::text) : std::nullopt;
  switch (column.aggregate) {
    case Aggregate::none:
      break;
    case Aggregate::max:
    case Aggregate::min:
      return column.cast.empty() && column.field.path.empty() &&
                     is_direct(catalog, column.field.type)
                 ? MaybeForm(Form::text)
                 : std::nullopt;
    default:
      return Form::text;  // numbers and intervals
  }
  // A path ends in json, jsonb or text; a representation is json.
  if (!column.field.path.empty() || column.field.shown_by != nullptr)
    return Form::text;
  return is_direct(catalog, column.field.type) ? Form::text : Form::json;
}

// The form of an embedded column. Numbers with exponents, arrays and json look
// otherwise in jsonb, so PostgreSQL makes them. A name that is no column may
// still mean something, even an aggregate ("count"): there is no form for it.
MaybeForm embedded_form_of(const Catalog& catalog, const SelectColumn& column) {
  constexpr Oid kFloat4 = 700, kFloat8 = 701;
  const PlanField& field = column.field;
  if (field.type == 0) return std::nullopt;
  if (!column.cast.empty() || !field.path.empty() || field.shown_by != nullptr)
    return Form::jsonb;
  Oid base = catalog.base_type(field.type);
  bool alike = is_direct(catalog, field.type) && base != kFloat4 &&
               base != kFloat8 && base != catalog::oid::kJson &&
               !encode::column_type(base).is_array;
  return alike ? Form::text : Form::jsonb;
}

bool is_plain_star(const Catalog& catalog, const ReadNode& node) {
  return std::all_of(
      node.star.begin(), node.star.end(), [&](const PlanField& field) {
        return field.shown_by != nullptr || is_direct(catalog, field.type);
      });
}

enum class LevelUse {
  csv,       // columns as they are
  changed,   // columns one by one, see make_safe()
  flat,      // a star taken apart where one of its columns needs a form
  root,      // of a nested read: columns one by one
  embedded,  // the same, as jsonb
};

// The level's columns with a form for each; nullopt when one of them has none.
std::optional<std::vector<SelectColumn>> formed_columns(const Catalog& catalog,
                                                        const ReadNode& node,
                                                        LevelUse use) {
  std::vector<SelectColumn> columns;
  auto add = [&](SelectColumn column) {
    if (use == LevelUse::root && column.field.type == 0) return false;
    MaybeForm form = Form::text;
    if (use == LevelUse::embedded)
      form = embedded_form_of(catalog, column);
    else if (use != LevelUse::csv)
      form = form_of(catalog, column);
    if (!form) return false;
    column.form = *form;
    columns.push_back(std::move(column));
    return true;
  };
  for (const SelectColumn& column : node.columns) {
    if (column.field.name != "*") {
      if (!add(column)) return std::nullopt;
      continue;
    }
    if (node.relation == nullptr) return std::nullopt;
    bool whole = use == LevelUse::csv ||
                 (use == LevelUse::flat && is_plain_star(catalog, node));
    if (whole) {
      columns.push_back(column);
      continue;
    }
    for (const PlanField& field : node.star) {
      SelectColumn each;
      each.field = field;
      if (!add(std::move(each))) return std::nullopt;
    }
  }
  return columns;
}

bool names_embed(const PlanLogic& logic) {
  if (logic.leaf) return logic.filter.embed >= 0;
  return std::any_of(logic.children.begin(), logic.children.end(), names_embed);
}

bool orders_by_embed(const ReadNode& node) {
  return std::any_of(node.order.begin(), node.order.end(),
                     [](const PlanOrder& order) { return order.embed >= 0; });
}

bool orders_by_output(const ReadNode& node) {
  return std::any_of(
      node.order.begin(), node.order.end(),
      [](const PlanOrder& order) { return !order.output.empty(); });
}

// Which levels are joined, with the columns that they then have.
class Joiner {
 public:
  explicit Joiner(const Catalog& catalog) : catalog_(catalog) {}

  // False: the rows cannot come as columns at all.
  [[nodiscard]] bool plan_root(ReadNode& root) {
    auto is_spread = [](const ReadNode& child) { return child.spread; };
    if (root.grouped() || root.distinct || orders_by_output(root) ||
        root.relation == nullptr ||
        std::any_of(root.children.begin(), root.children.end(), is_spread) ||
        !take_columns(root, LevelUse::root))
      return false;
    bool one_many = false;
    for (std::size_t i = 0; i < root.children.size(); ++i) {
      ReadNode& child = root.children[i];
      if (names(root, i)) continue;
      if (child.to_one)
        join(child);
      else if (!one_many && !child.inner && !has_window(child) &&
               has_an_order(child))
        one_many = join(child);
    }
    return std::any_of(root.children.begin(), root.children.end(),
                       [](const ReadNode& child) { return child.joined; });
  }

 private:
  static bool has_window(const ReadNode& node) {
    return node.range.limit.has_value() || node.range.offset > 0;
  }

  // Rows in no order come as the heap has them, not as a join does.
  static bool has_an_order(const ReadNode& child) {
    return !child.order.empty() ||
           child.relation->kind == Relation::Kind::table;
  }

  // Whether order or filters of the parent speak of its child's lateral result.
  static bool names(const ReadNode& parent, std::size_t child) {
    auto by_child = [&](const PlanOrder& order) {
      return order.embed == static_cast<int>(child);
    };
    return parent.children[child].null_filtered ||
           std::any_of(parent.order.begin(), parent.order.end(), by_child);
  }

  bool take_columns(ReadNode& node, LevelUse use) {
    std::optional<std::vector<SelectColumn>> columns =
        formed_columns(catalog_, node, use);
    if (columns) node.columns = std::move(*columns);
    return columns.has_value();
  }

  // A window of a level of one row matters only when it takes that row away.
  static bool keeps_its_row(const ReadNode& child) {
    return child.range.offset == 0 &&
           (!child.range.limit || *child.range.limit > 0);
  }

  bool can_join(const ReadNode& child) const {
    using Kind = Relationship::Kind;
    bool by_key = child.via->kind == Kind::many_to_one ||
                  child.via->kind == Kind::one_to_one ||
                  child.via->kind == Kind::one_to_many;
    auto stands_alone = [](const ReadNode& c) { return !c.inner && !c.spread; };
    return by_key && !child.spread && !child.grouped() && is_shown(child) &&
           !orders_by_embed(child) && !orders_by_output(child) &&
           std::none_of(child.where.begin(), child.where.end(), names_embed) &&
           std::all_of(child.children.begin(), child.children.end(),
                       stands_alone) &&
           (!child.to_one || keeps_its_row(child));
  }

  bool join(ReadNode& child) {
    if (!can_join(child) || !take_columns(child, LevelUse::embedded))
      return false;
    child.joined = true;
    for (ReadNode& below : child.children)
      if (below.to_one) join(below);
    return true;
  }

  const Catalog& catalog_;
};

// Rows that become a body one by one.
bool has_row_format(const BodyFormat& format) {
  bool rows = format.kind == Format::json || format.kind == Format::object ||
              format.kind == Format::csv || format.kind == Format::ndjson;
  return rows && !format.strip_nulls && !format.explain;
}

// A type that has changed since the catalog was read is noticed by the server
// in a column that is set, for its value would not fit, and here in a read,
// which is then run once more. What a change returns besides may have been
// committed by then, so PostgreSQL makes the JSON of it.
void make_safe(const WritePlan& write, std::vector<SelectColumn>& columns) {
  for (SelectColumn& column : columns) {
    auto is_it = [&](const WriteColumn& set) {
      return set.column->name == column.field.name;
    };
    bool is_set =
        column.field.path.empty() && std::ranges::any_of(write.columns, is_it);
    if (!is_set && column.cast.empty()) column.form = Form::json;
  }
}

void take_flat_columns(const Catalog& catalog, RestPlan& plan, LevelUse use) {
  bool csv = plan.format.kind == Format::csv;
  std::optional<std::vector<SelectColumn>> columns =
      formed_columns(catalog, plan.read, csv ? LevelUse::csv : use);
  if (!columns || columns->empty()) return;
  if (use == LevelUse::changed && !csv) make_safe(*plan.write, *columns);
  plan.read.columns = std::move(*columns);
  plan.read.asides = plan.asides;
  plan.flat = true;
}

}  // namespace

void plan_flat_change(const Catalog& catalog, RestPlan& plan) {
  const WritePlan& write = *plan.write;
  const ReadNode& read = plan.read;
  bool checked = plan.singular || plan.max_affected || write.put ||
                 write.precondition != nullptr;
  if (checked || !write.nested.empty() || changes_nothing(write) ||
      counts_inserted(write) || !plan.location_columns.empty() ||
      plan.format.explain)
    return;
  if (plan.format.kind == Format::none) {
    plan.flat = true;
    return;
  }
  bool plain = read.children.empty() && read.order.empty() && !read.distinct &&
               !read.grouped() && !read.range.limit && read.range.offset == 0;
  if (plain && has_row_format(plan.format))
    take_flat_columns(catalog, plan, LevelUse::changed);
}

void plan_flat(const Catalog& catalog, Access access, RestPlan& plan) {
  const BodyFormat& format = plan.format;
  bool single = plan.call && (plan.call->scalar || plan.call->single);
  if (!has_row_format(format) || single || plan.write ||
      access == Access::write)
    return;
  if (!plan.read.children.empty()) {
    if (format.kind == Format::csv || plan.call) return;
    plan.flat = plan.nested = Joiner(catalog).plan_root(plan.read);
    if (plan.flat) plan.read.asides = plan.asides;
    return;
  }
  take_flat_columns(catalog, plan, LevelUse::flat);
}

}  // namespace trestle::rest
