// How relations hang together: foreign keys seen from both ends, through views
// that show their columns, through junction tables, and by functions.
#pragma once

#include <deque>
#include <unordered_map>
#include <vector>

#include "catalog/catalog.h"

namespace trestle::catalog {

// A column of a view that shows a column of another relation unchanged.
struct ViewColumn {
  std::int16_t number = 0;  // of the view
  Oid origin = 0;
  std::int16_t origin_number = 0;
};

// By the view's OID.
using ViewColumns = std::unordered_map<Oid, std::vector<ViewColumn>>;

// The columns of a view that are plain columns of what it selects from, read
// from the tree of its rule (pg_rewrite.ev_action). Unknown shapes yield fewer
// columns, never wrong ones.
[[nodiscard]] std::vector<ViewColumn> parse_view_tree(std::string_view tree);

// Where a view shows columns of one relation below it (through other views).
struct ViewBase {
  const Relation* view = nullptr;
  const Relation* base = nullptr;
  // base column position -> the view's columns that show it
  std::unordered_map<std::uint16_t, ColumnIndexes> shown;
};

// Those of one view, in the order of the bases' OIDs.
[[nodiscard]] std::vector<ViewBase> find_view_bases(const Catalog& catalog,
                                                    const ViewColumns& columns,
                                                    const Relation& view);
// The primary keys of a view's bases that it shows whole, one behind the other.
[[nodiscard]] ColumnIndexes shown_primary_keys(
    const std::vector<ViewBase>& bases);

// Makes all relationships: foreign keys (tables, then views), junctions, the
// inverse of each, then computed ones. Messages list candidates in this order.
// Each function does one item and is false when there is none of that number;
// they are called in this order, each until then.
class RelationshipMaker {
 public:
  // Both outlive it.
  RelationshipMaker(const Catalog& catalog, std::deque<Relationship>& out)
      : catalog_(catalog), out_(out) {}

  // All views' bases come first.
  void add_base(ViewBase base);

  [[nodiscard]] bool add_key(std::size_t foreign_key);
  [[nodiscard]] bool add_views(std::size_t foreign_key);
  [[nodiscard]] bool group(std::size_t relationship);
  [[nodiscard]] bool add_junctions(std::size_t group);
  [[nodiscard]] bool add_inverse(std::size_t relationship);
  [[nodiscard]] bool add_computed(std::size_t function);

 private:
  void add_junction(const Relationship& a, const Relationship& b);

  const Catalog& catalog_;
  std::deque<Relationship>& out_;
  std::deque<ViewBase> bases_;
  std::unordered_map<const Relation*, std::vector<const ViewBase*>> bases_of_;
  std::size_t referring_ = 0;  // foreign keys and those of views
  // Of relationships that are part of one relation's primary key.
  std::vector<std::vector<std::size_t>> groups_;
  std::unordered_map<const Relation*, std::size_t> group_of_;
};

}  // namespace trestle::catalog
