// INSERT, UPDATE, DELETE and upserts.
#include <algorithm>

#include "rest/errors.h"
#include "rest/plan.h"

namespace trestle::rest {
namespace {

Result<std::vector<WriteColumn>> plan_columns(const PlanContext& context,
                                              const Relation& relation) {
  const ApiRequest& request = context.request;
  const std::vector<std::string>& names =
      request.query.columns ? *request.query.columns : request.body.keys;
  std::vector<WriteColumn> columns;
  for (const std::string& name : names) {
    const catalog::Column* column = relation.find_column(name);
    if (column == nullptr) return errors::unknown_column(name, relation.name);
    bool twice = std::any_of(
        columns.begin(), columns.end(),
        [&](const WriteColumn& other) { return other.column == column; });
    if (twice) continue;
    columns.push_back({.column = column,
                       .read_by = context.catalog.representation(
                           catalog::oid::kJson, column->type)});
  }
  return columns;
}

// An insert of objects with members that are no columns.
bool has_nested_rows(const ApiRequest& request, const Relation& relation) {
  bool objects = request.body.kind == Body::Kind::json_object ||
                 request.body.kind == Body::Kind::json_array;
  return request.action == Action::insert && objects &&
         !request.query.columns &&
         std::any_of(request.body.keys.begin(), request.body.keys.end(),
                     [&](const std::string& name) {
                       return relation.find_column(name) == nullptr;
                     });
}

// The filters of PUT name every column of the primary key once, by eq, and
// nothing else.
bool has_put_shape(const Query& query, const Relation& relation) {
  if (!query.logic.empty() || relation.primary_key.empty() ||
      query.filters.size() != relation.primary_key.size())
    return false;
  for (std::uint16_t key : relation.primary_key) {
    bool named = std::any_of(
        query.filters.begin(), query.filters.end(), [&](const auto& at) {
          const Filter& f = at.what;
          return at.path.empty() && f.op == Operator::eq && !f.negated &&
                 f.quantifier == Quantifier::none && !f.by_column &&
                 f.field.path.empty() &&
                 f.field.name == relation.columns[key].name;
        });
    if (!named) return false;
  }
  return true;
}

Result<void> add_where(const PlanContext& context, const Relation& relation,
                       WritePlan& write) {
  ReadNode node;
  node.relation = &relation;
  for (const auto& at : context.request.query.filters) {
    if (!at.path.empty()) continue;
    PlanLogic logic;
    logic.filter.filter = &at.what;
    logic.filter.field = plan_field(context.catalog, &relation, at.what.field);
    write.where.push_back(std::move(logic));
  }
  for (const auto& at : context.request.query.logic) {
    if (!at.path.empty()) continue;
    Result<PlanLogic> logic = plan_logic(context, node, at.what);
    if (!logic.ok()) return std::move(logic).error();
    write.where.push_back(std::move(*logic));
  }
  return {};
}

void add_name(std::vector<std::string>& names, const std::string& name) {
  if (std::find(names.begin(), names.end(), name) == names.end())
    names.push_back(name);
}

// on_conflict= of an update: its columns tell which row each of the body's is
// for; they must be there.
Result<void> take_match(const PlanContext& context, const Relation& relation,
                        WritePlan& write) {
  if (!context.request.query.on_conflict) return {};
  for (const std::string& name : *context.request.query.on_conflict) {
    auto found = std::find_if(
        write.columns.begin(), write.columns.end(),
        [&](const WriteColumn& c) { return c.column->name == name; });
    if (found == write.columns.end())
      return errors::unknown_column(name, relation.name);
    write.match.push_back(*found);
    write.columns.erase(found);
  }
  return {};
}

// Types that take a text in one way, whoever hands it to them.
bool is_plain_type(Oid type) {
  constexpr Oid kPlain[] = {
      16,   20,   21,   23,   25,    // bool, int8, int2, int4, text
      700,  701,  1042, 1043, 1700,  // float4, float8, bpchar, varchar, numeric
      1082, 1083, 1114, 1184, 1186,  // date, time, timestamp(tz), interval
      1266, 2950};                   // timetz, uuid
  return std::find(std::begin(kPlain), std::end(kPlain), type) !=
         std::end(kPlain);
}

// json_to_record() and a join with it are more than one object of plain values
// needs.
bool takes_members(const WritePlan& write) {
  using Resolution = Preferences::Resolution;
  return !write.body->values.empty() && !write.columns.empty() &&
         !write.missing_default && write.nested.empty() && !write.put &&
         write.resolution == Resolution::none &&
         std::all_of(write.columns.begin(), write.columns.end(),
                     [](const WriteColumn& column) {
                       return column.read_by == nullptr &&
                              is_plain_type(column.column->type);
                     });
}

}  // namespace

Result<WritePlan> plan_write(const PlanContext& context,
                             const Relation& relation) {
  const ApiRequest& request = context.request;
  WritePlan write;
  write.relation = &relation;
  write.body = &request.body;
  write.missing_default = request.preferences.missing_default;
  if (request.precondition.kind != Precondition::Kind::none)
    write.precondition = &request.precondition;
  if (request.action == Action::remove) {
    write.kind = WritePlan::Kind::remove;
  } else if (has_nested_rows(request, relation)) {
    write.resolution = request.preferences.resolution;
    Result<void> nested = plan_nested_insert(context, write);
    if (!nested.ok()) return std::move(nested).error();
  } else {
    Result<std::vector<WriteColumn>> columns = plan_columns(context, relation);
    if (!columns.ok()) return std::move(columns).error();
    write.columns = std::move(*columns);
  }
  if (request.action == Action::update) {
    write.kind = WritePlan::Kind::update;
    if (request.body.kind == Body::Kind::json_array) {
      Result<void> matched = take_match(context, relation, write);
      if (!matched.ok()) return std::move(matched).error();
    }
  }

  std::vector<std::string> key;
  for (std::uint16_t column : relation.primary_key)
    key.push_back(relation.columns[column].name);
  if (request.action == Action::insert) {
    write.resolution = request.preferences.resolution;
    write.on_conflict = request.query.on_conflict.value_or(key);
  }
  if (request.action == Action::put) {
    if (request.query.has_limit || !request.query.ranges.empty())
      return errors::put_with_range();
    if (!has_put_shape(request.query, relation)) return errors::put_shape();
    write.put = true;
    write.resolution = Preferences::Resolution::merge_duplicates;
    write.on_conflict = std::move(key);
  }
  write.by_member = takes_members(write);
  if (request.action == Action::insert) return write;
  Result<void> where = add_where(context, relation, write);
  if (!where.ok()) return std::move(where).error();
  return write;
}

void add_returning(const ReadNode& root, WritePlan& write) {
  for (const SelectColumn& column : root.columns) {
    if (column.field.name == "*")
      write.returning_all = true;
    else if (!column.field.name.empty())
      add_name(write.returning, column.field.name);
  }
  for (const PlanOrder& order : root.order)
    if (order.embed < 0) add_name(write.returning, order.field.name);
  for (const ReadNode& child : root.children) {
    const Relationship& via = *child.via;
    if (via.kind == Relationship::Kind::computed) write.returning_all = true;
    for (const auto& [own, other] : via.kind == Relationship::Kind::many_to_many
                                        ? via.junction.from_columns
                                        : via.columns)
      add_name(write.returning, own);
  }
}

}  // namespace trestle::rest
