#include "catalog/relationships.h"

#include <algorithm>
#include <map>
#include <utility>

namespace trestle::catalog {
namespace {

// Views may select from themselves (a rule made so); nothing real is deeper.
constexpr int kMaxViewDepth = 32;
// A view that shows a key's columns several times each multiplies the ways.
constexpr std::size_t kMaxCombinations = 64;

int column_position(const Relation& relation, std::int16_t number) {
  for (std::size_t i = 0; i < relation.columns.size(); ++i)
    if (relation.columns[i].number == number) return static_cast<int>(i);
  return -1;
}

// The table column behind `origin`.`number`, followed through views.
std::optional<std::pair<const Relation*, std::uint16_t>> follow(
    const Catalog& catalog, const ViewColumns& columns, Oid origin,
    std::int16_t number) {
  for (int depth = 0; depth < kMaxViewDepth; ++depth) {
    const Relation* relation = catalog.relation(origin);
    if (relation == nullptr) return std::nullopt;
    auto view = columns.find(origin);
    if (view == columns.end()) {
      int position = column_position(*relation, number);
      if (position < 0) return std::nullopt;
      return std::pair(relation, static_cast<std::uint16_t>(position));
    }
    auto column =
        std::find_if(view->second.begin(), view->second.end(),
                     [&](const ViewColumn& c) { return c.number == number; });
    if (column == view->second.end()) return std::nullopt;
    origin = column->origin;
    number = column->origin_number;
  }
  return std::nullopt;
}

// Every choice of one view column for each of `key`'s columns. Empty when the
// view lacks one of them.
std::vector<ColumnIndexes> combinations(const ViewBase& base,
                                        const ColumnIndexes& key) {
  std::vector<ColumnIndexes> all = {{}};
  for (std::uint16_t column : key) {
    auto shown = base.shown.find(column);
    if (shown == base.shown.end()) return {};
    std::vector<ColumnIndexes> longer;
    for (const ColumnIndexes& head : all)
      for (std::uint16_t view_column : shown->second) {
        if (longer.size() == kMaxCombinations) break;
        longer.push_back(head);
        longer.back().push_back(view_column);
      }
    all = std::move(longer);
  }
  return all;
}

Relationship from_key(const ForeignKey& key, const Relation* from,
                      const ColumnIndexes& from_columns, const Relation* to,
                      const ColumnIndexes& to_columns) {
  Relationship result;
  result.kind = key.one_to_one ? Relationship::Kind::one_to_one
                               : Relationship::Kind::many_to_one;
  result.from = from;
  result.to = to;
  result.constraint = key.name;
  for (std::size_t i = 0; i < from_columns.size(); ++i)
    result.columns.emplace_back(from->columns[from_columns[i]].name,
                                to->columns[to_columns[i]].name);
  result.refers = true;
  result.through_view = from != key.from || to != key.to;
  result.to_one = true;
  return result;
}

}  // namespace

std::vector<ViewBase> find_view_bases(const Catalog& catalog,
                                      const ViewColumns& columns,
                                      const Relation& view) {
  std::vector<ViewBase> result;
  auto found = columns.find(view.oid);
  if (found == columns.end()) return result;
  std::map<Oid, ViewBase> bases;
  for (const ViewColumn& column : found->second) {
    auto origin = follow(catalog, columns, column.origin, column.origin_number);
    int position = column_position(view, column.number);
    if (!origin || position < 0) continue;
    ViewBase& base = bases[origin->first->oid];
    base.view = &view;
    base.base = origin->first;
    base.shown[origin->second].push_back(static_cast<std::uint16_t>(position));
  }
  for (auto& [oid, base] : bases) result.push_back(std::move(base));
  return result;
}

ColumnIndexes shown_primary_keys(const std::vector<ViewBase>& bases) {
  ColumnIndexes result;
  for (const ViewBase& base : bases) {
    const ColumnIndexes& key = base.base->primary_key;
    if (key.empty()) continue;
    std::vector<ColumnIndexes> ways = combinations(base, key);
    if (!ways.empty())
      result.insert(result.end(), ways[0].begin(), ways[0].end());
  }
  return result;
}

void RelationshipMaker::add_base(ViewBase base) {
  bases_.push_back(std::move(base));
  bases_of_[bases_.back().base].push_back(&bases_.back());
}

bool RelationshipMaker::add_key(std::size_t i) {
  if (i >= catalog_.foreign_keys().size()) return false;
  const ForeignKey& key = catalog_.foreign_keys()[i];
  out_.push_back(
      from_key(key, key.from, key.from_columns, key.to, key.to_columns));
  return true;
}

bool RelationshipMaker::add_views(std::size_t i) {
  if (i >= catalog_.foreign_keys().size()) return false;
  const ForeignKey& key = catalog_.foreign_keys()[i];
  const auto& from_views = bases_of_[key.from];
  const auto& to_views = bases_of_[key.to];
  for (const ViewBase* from : from_views)
    for (const ColumnIndexes& columns : combinations(*from, key.from_columns))
      out_.push_back(
          from_key(key, from->view, columns, key.to, key.to_columns));
  for (const ViewBase* to : to_views)
    for (const ColumnIndexes& columns : combinations(*to, key.to_columns))
      out_.push_back(
          from_key(key, key.from, key.from_columns, to->view, columns));
  for (const ViewBase* from : from_views)
    for (const ColumnIndexes& left : combinations(*from, key.from_columns))
      for (const ViewBase* to : to_views)
        for (const ColumnIndexes& right : combinations(*to, key.to_columns))
          out_.push_back(from_key(key, from->view, left, to->view, right));
  return true;
}

// Two foreign keys of one relation whose columns are part of its primary key
// join what they refer to, many to many.
bool RelationshipMaker::group(std::size_t i) {
  if (i >= out_.size()) return false;
  referring_ = out_.size();
  const Relationship& one = out_[i];
  if (one.kind != Relationship::Kind::many_to_one) return true;
  for (const auto& [column, target] : one.columns)
    if (!one.from->in_primary_key(column)) return true;
  auto [at, fresh] = group_of_.emplace(one.from, groups_.size());
  if (fresh) groups_.emplace_back();
  groups_[at->second].push_back(i);
  return true;
}

bool RelationshipMaker::add_junctions(std::size_t group) {
  if (group >= groups_.size()) return false;
  for (std::size_t a : groups_[group])
    for (std::size_t b : groups_[group])
      if (out_[a].constraint != out_[b].constraint)
        add_junction(out_[a], out_[b]);
  return true;
}

void RelationshipMaker::add_junction(const Relationship& a,
                                     const Relationship& b) {
  Relationship result;
  result.kind = Relationship::Kind::many_to_many;
  result.from = a.to;
  result.to = b.to;
  result.through_view = a.through_view || b.through_view;
  result.junction.relation = a.from;
  result.junction.from_constraint = a.constraint;
  result.junction.to_constraint = b.constraint;
  for (const auto& [junction, target] : a.columns)
    result.junction.from_columns.emplace_back(target, junction);
  for (const auto& [junction, target] : b.columns)
    result.junction.to_columns.emplace_back(target, junction);
  out_.push_back(std::move(result));
}

bool RelationshipMaker::add_inverse(std::size_t i) {
  if (i >= referring_) return false;
  Relationship result = out_[i];
  std::swap(result.from, result.to);
  for (auto& [left, right] : result.columns) std::swap(left, right);
  result.refers = false;
  result.to_one = result.kind == Relationship::Kind::one_to_one;
  if (!result.to_one) result.kind = Relationship::Kind::one_to_many;
  out_.push_back(std::move(result));
  return true;
}

bool RelationshipMaker::add_computed(std::size_t i) {
  if (i >= catalog_.functions().size()) return false;
  const Function& function = catalog_.functions()[i];
  if (function.parameters.size() != 1) return true;
  const Relation* from = catalog_.relation_of_type(function.parameters[0].type);
  const Relation* to = catalog_.relation_of_type(function.returns);
  if (from == nullptr || to == nullptr) return true;
  Relationship result;
  result.kind = Relationship::Kind::computed;
  result.from = from;
  result.to = to;
  result.function = &function;
  result.to_one = !function.returns_set || function.estimated_rows == 1;
  out_.push_back(std::move(result));
  return true;
}

}  // namespace trestle::catalog
