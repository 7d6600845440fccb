// CatalogLinker ties the parts of a catalog together once all rows are there:
// names to relations, keys to columns, foreign keys to relations, relations to
// each other. Item by item, since a large schema has too many of them for one
// turn of an event loop.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "catalog/catalog.h"
#include "catalog/relationships.h"

namespace trestle::catalog {

struct PendingKey {
  Oid relation = 0;
  std::string name;
  bool primary = false;
  std::vector<int> columns;  // numbers, as in pg_attribute
};

struct PendingForeignKey {
  std::string name;
  Oid from = 0;
  Oid to = 0;
  std::vector<int> from_columns;
  std::vector<int> to_columns;
};

// What rows say of other rows.
struct PendingLinks {
  std::unordered_map<Oid, std::size_t> relation_at;  // position in the catalog
  std::vector<PendingKey> keys;
  std::vector<PendingForeignKey> foreign_keys;
  ViewColumns views;
};

class CatalogLinker {
 public:
  // `catalog` outlives it; from here on none of its lists of rows grows, so
  // that pointers into them stay.
  CatalogLinker(Catalog& catalog, PendingLinks links);

  // Links a few items more. False: all are linked.
  [[nodiscard]] bool step();

 private:
  // Each links one item of its kind; false: there is none of that number.
  using Stage = bool (CatalogLinker::*)(std::size_t);
  static const Stage kStages[];

  bool index_relation(std::size_t i);
  bool link_key(std::size_t i);
  bool link_foreign_key(std::size_t i);
  bool index_foreign_key(std::size_t i);
  bool link_function(std::size_t i);
  bool link_view(std::size_t relation);
  template <bool (RelationshipMaker::*Make)(std::size_t)>
  bool relate(std::size_t i);
  bool index_relationship(std::size_t i);

  Catalog& catalog_;
  PendingLinks links_;
  RelationshipMaker maker_;
  std::size_t stage_ = 0;
  std::size_t item_ = 0;
};

}  // namespace trestle::catalog
