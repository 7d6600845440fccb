#include "catalog/linker.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

namespace trestle::catalog {
namespace {

// Some hundred microseconds of work, built without optimisation.
constexpr int kItemsAtOnce = 32;

// Positions of columns by their pg_attribute numbers; nullopt when one is
// missing.
std::optional<ColumnIndexes> column_indexes(const Relation& relation,
                                            const std::vector<int>& numbers) {
  ColumnIndexes indexes;
  for (int number : numbers) {
    auto at = std::find_if(relation.columns.begin(), relation.columns.end(),
                           [&](const Column& c) { return c.number == number; });
    if (at == relation.columns.end()) return std::nullopt;
    indexes.push_back(
        static_cast<std::uint16_t>(at - relation.columns.begin()));
  }
  return indexes;
}

}  // namespace

const CatalogLinker::Stage CatalogLinker::kStages[] = {
    &CatalogLinker::index_relation,
    &CatalogLinker::link_key,
    &CatalogLinker::link_foreign_key,
    &CatalogLinker::index_foreign_key,
    &CatalogLinker::link_function,
    &CatalogLinker::link_view,
    &CatalogLinker::relate<&RelationshipMaker::add_key>,
    &CatalogLinker::relate<&RelationshipMaker::add_views>,
    &CatalogLinker::relate<&RelationshipMaker::group>,
    &CatalogLinker::relate<&RelationshipMaker::add_junctions>,
    &CatalogLinker::relate<&RelationshipMaker::add_inverse>,
    &CatalogLinker::relate<&RelationshipMaker::add_computed>,
    &CatalogLinker::index_relationship,
};

CatalogLinker::CatalogLinker(Catalog& catalog, PendingLinks links)
    : catalog_(catalog),
      links_(std::move(links)),
      maker_(catalog, catalog.relationships_) {
  // Pointers into it stay.
  catalog_.foreign_keys_.reserve(links_.foreign_keys.size());
}

bool CatalogLinker::step() {
  for (int left = kItemsAtOnce; left > 0; --left) {
    if (stage_ == std::size(kStages)) return false;
    const Stage link = kStages[stage_];
    if ((this->*link)(item_)) {
      ++item_;
    } else {
      ++stage_;
      item_ = 0;
    }
  }
  return true;
}

bool CatalogLinker::index_relation(std::size_t i) {
  if (i >= catalog_.relations_.size()) return false;
  Relation& relation = catalog_.relations_[i];
  for (std::size_t c = 0; c < relation.columns.size(); ++c)
    relation.column_by_name.emplace(relation.columns[c].name,
                                    static_cast<std::uint16_t>(c));
  catalog_.relation_by_oid_.emplace(relation.oid, &relation);
  catalog_.relations_by_last_name_.emplace(relation.name, &relation);
  catalog_.relation_by_row_type_.emplace(relation.row_type, &relation);
  catalog_.relation_by_name_.emplace(
      Catalog::joined(relation.schema, relation.name), &relation);
  return true;
}

bool CatalogLinker::link_key(std::size_t i) {
  if (i >= links_.keys.size()) return false;
  PendingKey& key = links_.keys[i];
  auto at = links_.relation_at.find(key.relation);
  if (at == links_.relation_at.end()) return true;
  Relation& relation = catalog_.relations_[at->second];
  std::optional<ColumnIndexes> columns = column_indexes(relation, key.columns);
  if (!columns) return true;
  if (key.primary) relation.primary_key = *columns;
  relation.unique_keys.push_back(
      {.name = std::move(key.name), .columns = std::move(*columns)});
  return true;
}

bool CatalogLinker::link_foreign_key(std::size_t i) {
  if (i >= links_.foreign_keys.size()) return false;
  PendingForeignKey& pending = links_.foreign_keys[i];
  ForeignKey key;
  key.name = std::move(pending.name);
  key.from = catalog_.relation(pending.from);
  key.to = catalog_.relation(pending.to);
  if (key.from == nullptr || key.to == nullptr) return true;
  auto from = column_indexes(*key.from, pending.from_columns);
  auto to = column_indexes(*key.to, pending.to_columns);
  if (!from || !to) return true;
  key.from_columns = std::move(*from);
  key.to_columns = std::move(*to);
  ColumnIndexes sorted = key.from_columns;
  std::sort(sorted.begin(), sorted.end());
  for (const Key& unique : key.from->unique_keys) {
    ColumnIndexes other = unique.columns;
    std::sort(other.begin(), other.end());
    if (other == sorted) key.one_to_one = true;
  }
  catalog_.foreign_keys_.push_back(std::move(key));
  return true;
}

bool CatalogLinker::index_foreign_key(std::size_t i) {
  if (i >= catalog_.foreign_keys_.size()) return false;
  const ForeignKey& key = catalog_.foreign_keys_[i];
  catalog_.keys_from_[key.from].push_back(&key);
  catalog_.keys_to_[key.to].push_back(&key);
  return true;
}

bool CatalogLinker::link_function(std::size_t i) {
  if (i >= catalog_.functions_.size()) return false;
  Function& function = catalog_.functions_[i];
  for (Parameter& parameter : function.parameters)
    if (const Type* type = catalog_.type(parameter.type))
      parameter.type_text = type->text;
  catalog_.functions_by_name_[Catalog::joined(function.schema, function.name)]
      .push_back(&function);
  catalog_.function_by_oid_.emplace(function.oid, &function);
  if (function.parameters.size() != 1) return true;
  auto argument =
      catalog_.relation_by_row_type_.find(function.parameters[0].type);
  bool scalar = !function.returns_set && function.out_columns.empty() &&
                catalog_.relation_of_type(function.returns) == nullptr;
  if (argument != catalog_.relation_by_row_type_.end() && scalar)
    catalog_.computed_fields_[argument->second].push_back(&function);
  return true;
}

bool CatalogLinker::link_view(std::size_t relation) {
  if (relation >= catalog_.relations_.size()) return false;
  Relation& view = catalog_.relations_[relation];
  std::vector<ViewBase> bases = find_view_bases(catalog_, links_.views, view);
  if (ColumnIndexes key = shown_primary_keys(bases); !key.empty())
    view.primary_key = std::move(key);
  for (ViewBase& base : bases) maker_.add_base(std::move(base));
  return true;
}

template <bool (RelationshipMaker::*Make)(std::size_t)>
bool CatalogLinker::relate(std::size_t i) {
  return (maker_.*Make)(i);
}

bool CatalogLinker::index_relationship(std::size_t i) {
  if (i >= catalog_.relationships_.size()) return false;
  const Relationship& relationship = catalog_.relationships_[i];
  catalog_.relationships_from_[relationship.from].push_back(&relationship);
  return true;
}

}  // namespace trestle::catalog
