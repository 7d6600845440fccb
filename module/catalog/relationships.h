// How relations hang together: foreign keys seen from both ends, through views
// that show their columns, through junction tables, and by functions.
#pragma once

#include <unordered_map>
#include <vector>

#include "catalog/builder.h"
#include "catalog/catalog.h"

namespace trestle::catalog {

// Where a view shows columns of one relation below it (through other views).
struct ViewBase {
  const Relation* view = nullptr;
  const Relation* base = nullptr;
  // base column position -> the view's columns that show it
  std::unordered_map<std::uint16_t, ColumnIndexes> shown;
};

struct ViewKeys {
  std::vector<ViewBase> bases;  // in the order of the views
  // By the view's OID: the primary keys of its bases that it shows whole.
  std::unordered_map<Oid, ColumnIndexes> primary_keys;
};

[[nodiscard]] ViewKeys find_view_keys(
    const Catalog& catalog,
    const std::unordered_map<Oid, std::vector<ViewColumn>>& columns);

// All relationships: foreign keys (tables, then views), junctions, the inverse
// of each, then computed ones. Messages list candidates in this order.
[[nodiscard]] std::vector<Relationship> make_relationships(
    const Catalog& catalog, const ViewKeys& view_keys);

}  // namespace trestle::catalog
