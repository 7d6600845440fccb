#include "catalog/relationships.h"

#include <algorithm>
#include <map>
#include <set>

namespace trestle::catalog {
namespace {

using ViewColumns = std::unordered_map<Oid, std::vector<ViewColumn>>;

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

class Maker {
 public:
  Maker(const Catalog& catalog, const ViewKeys& view_keys) : catalog_(catalog) {
    for (const ViewBase& base : view_keys.bases)
      bases_[base.base].push_back(&base);
  }

  std::vector<Relationship> make() && {
    for (const ForeignKey& key : catalog_.foreign_keys())
      out_.push_back(
          from_key(key, key.from, key.from_columns, key.to, key.to_columns));
    for (const ForeignKey& key : catalog_.foreign_keys()) add_views(key);
    std::size_t referring = out_.size();
    add_junctions(referring);
    for (std::size_t i = 0; i < referring; ++i) add_inverse(i);
    add_computed();
    return std::move(out_);
  }

 private:
  void add_views(const ForeignKey& key) {
    const auto& from_views = bases_[key.from];
    const auto& to_views = bases_[key.to];
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
  }

  // Two foreign keys of one relation whose columns are part of its primary key
  // join what they refer to, many to many.
  void add_junctions(std::size_t referring) {
    std::vector<std::pair<const Relation*, std::vector<std::size_t>>> groups;
    std::map<const Relation*, std::size_t> group_of;
    for (std::size_t i = 0; i < referring; ++i) {
      if (out_[i].kind != Relationship::Kind::many_to_one) continue;
      auto [at, fresh] = group_of.emplace(out_[i].from, groups.size());
      if (fresh) groups.push_back({out_[i].from, {}});
      groups[at->second].second.push_back(i);
    }
    for (const auto& [relation, members] : groups) {
      if (relation->primary_key.empty()) continue;
      for (std::size_t a : members)
        for (std::size_t b : members)
          if (out_[a].constraint != out_[b].constraint) add_junction(a, b);
    }
  }

  void add_junction(std::size_t a, std::size_t b) {
    const Relation* middle = out_[a].from;
    auto in_key = [&](const ColumnPairs& pairs) {
      return std::all_of(pairs.begin(), pairs.end(), [&](const auto& pair) {
        return middle->in_primary_key(pair.first);
      });
    };
    if (!in_key(out_[a].columns) || !in_key(out_[b].columns)) return;
    Relationship result;
    result.kind = Relationship::Kind::many_to_many;
    result.from = out_[a].to;
    result.to = out_[b].to;
    result.through_view = out_[a].through_view || out_[b].through_view;
    result.junction.relation = middle;
    result.junction.from_constraint = out_[a].constraint;
    result.junction.to_constraint = out_[b].constraint;
    for (const auto& [junction, target] : out_[a].columns)
      result.junction.from_columns.emplace_back(target, junction);
    for (const auto& [junction, target] : out_[b].columns)
      result.junction.to_columns.emplace_back(target, junction);
    out_.push_back(std::move(result));
  }

  void add_inverse(std::size_t i) {
    Relationship result = out_[i];
    std::swap(result.from, result.to);
    for (auto& [left, right] : result.columns) std::swap(left, right);
    result.refers = false;
    result.to_one = result.kind == Relationship::Kind::one_to_one;
    if (!result.to_one) result.kind = Relationship::Kind::one_to_many;
    out_.push_back(std::move(result));
  }

  void add_computed() {
    for (const Function& function : catalog_.functions()) {
      if (function.parameters.size() != 1) continue;
      const Relation* from =
          catalog_.relation_of_type(function.parameters[0].type);
      const Relation* to = catalog_.relation_of_type(function.returns);
      if (from == nullptr || to == nullptr) continue;
      Relationship result;
      result.kind = Relationship::Kind::computed;
      result.from = from;
      result.to = to;
      result.function = &function;
      result.to_one = !function.returns_set || function.estimated_rows == 1;
      out_.push_back(std::move(result));
    }
  }

  const Catalog& catalog_;
  std::unordered_map<const Relation*, std::vector<const ViewBase*>> bases_;
  std::vector<Relationship> out_;
};

}  // namespace

ViewKeys find_view_keys(const Catalog& catalog, const ViewColumns& columns) {
  ViewKeys result;
  for (const Relation& view : catalog.relations()) {
    auto found = columns.find(view.oid);
    if (found == columns.end()) continue;
    std::map<Oid, ViewBase> bases;
    for (const ViewColumn& column : found->second) {
      auto origin =
          follow(catalog, columns, column.origin, column.origin_number);
      int position = column_position(view, column.number);
      if (!origin || position < 0) continue;
      ViewBase& base = bases[origin->first->oid];
      base.view = &view;
      base.base = origin->first;
      base.shown[origin->second].push_back(
          static_cast<std::uint16_t>(position));
    }
    for (auto& [oid, base] : bases) {
      const ColumnIndexes& key = base.base->primary_key;
      std::vector<ColumnIndexes> ways = combinations(base, key);
      if (!key.empty() && !ways.empty()) {
        ColumnIndexes& target = result.primary_keys[view.oid];
        target.insert(target.end(), ways[0].begin(), ways[0].end());
      }
      result.bases.push_back(std::move(base));
    }
  }
  return result;
}

std::vector<Relationship> make_relationships(const Catalog& catalog,
                                             const ViewKeys& view_keys) {
  return Maker(catalog, view_keys).make();
}

}  // namespace trestle::catalog
