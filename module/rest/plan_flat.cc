// Whether a read's rows come as columns, and in which form each column does.
#include <algorithm>

#include "encode/type_kind.h"
#include "rest/plan.h"

namespace trestle::rest {
namespace {

using Format = BodyFormat::Kind;

// The text form of a value says all that JSON needs. Labels of an enum are
// texts, unless somebody has made them JSON of another kind.
bool is_direct(const Catalog& catalog, Oid type) {
  Oid base = catalog.base_type(type);
  if (encode::can_encode(base)) return true;
  const catalog::Type* known = catalog.type(base);
  return known != nullptr && known->kind == catalog::Type::Kind::enumeration &&
         catalog.representation(type, catalog::oid::kJson) == nullptr;
}

// What a cast's result is, for types whose names everyone writes.
bool is_direct_cast(std::string_view type) {
  constexpr std::string_view kNames =
      " text int integer int2 int4 int8 bigint smallint numeric decimal real"
      " float float4 float8 bool boolean json jsonb date time timestamp"
      " timestamptz uuid varchar ";
  return kNames.find(concat({" ", ascii_lower(type), " "})) !=
         std::string_view::npos;
}

enum class ColumnForm { direct, to_json, none };

ColumnForm form_of(const Catalog& catalog, const SelectColumn& column) {
  const std::string& cast =
      column.aggregate == Aggregate::none ? column.cast : column.aggregate_cast;
  if (!cast.empty())
    return is_direct_cast(cast) ? ColumnForm::direct : ColumnForm::none;
  switch (column.aggregate) {
    case Aggregate::none:
      break;
    case Aggregate::max:
    case Aggregate::min:
      return column.cast.empty() && column.field.path.empty() &&
                     is_direct(catalog, column.field.type)
                 ? ColumnForm::direct
                 : ColumnForm::none;
    default:
      return ColumnForm::direct;  // numbers and intervals
  }
  // A path ends in json, jsonb or text; a representation is json.
  if (!column.field.path.empty() || column.field.shown_by != nullptr)
    return ColumnForm::direct;
  return is_direct(catalog, column.field.type) ? ColumnForm::direct
                                               : ColumnForm::to_json;
}

bool is_plain_star(const Catalog& catalog, const ReadNode& node) {
  return std::all_of(
      node.star.begin(), node.star.end(), [&](const PlanField& field) {
        return field.shown_by != nullptr || is_direct(catalog, field.type);
      });
}

// The level's columns with a form for each, a star taken apart where one of its
// columns needs a form of its own; nullopt when one of them has none.
std::optional<std::vector<SelectColumn>> flat_columns(const Catalog& catalog,
                                                      const ReadNode& node,
                                                      bool as_json) {
  std::vector<SelectColumn> columns;
  auto add = [&](SelectColumn column) {
    ColumnForm form = form_of(catalog, column);
    if (form == ColumnForm::none && as_json) return false;
    column.as_json = as_json && form == ColumnForm::to_json;
    columns.push_back(std::move(column));
    return true;
  };
  for (const SelectColumn& column : node.columns) {
    if (column.field.name != "*") {
      if (!add(column)) return std::nullopt;
      continue;
    }
    if (node.relation == nullptr) return std::nullopt;
    if (!as_json || is_plain_star(catalog, node)) {
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

}  // namespace

void plan_flat(const Catalog& catalog, Access access, RestPlan& plan) {
  const BodyFormat& format = plan.format;
  bool rows = format.kind == Format::json || format.kind == Format::object ||
              format.kind == Format::csv || format.kind == Format::ndjson;
  bool single = plan.call && (plan.call->scalar || plan.call->single);
  if (!rows || single || format.strip_nulls || format.explain || plan.write ||
      access == Access::write || !plan.read.children.empty())
    return;
  std::optional<std::vector<SelectColumn>> columns =
      flat_columns(catalog, plan.read, format.kind != Format::csv);
  if (!columns || columns->empty()) return;
  plan.read.columns = std::move(*columns);
  plan.flat = true;
}

}  // namespace trestle::rest
