// CatalogBuilder makes a Catalog of the rows that the statements of
// queries.h answer. It is fed row by row from the event loop, so no step takes
// long; what remains (links between the parts, relationships through views and
// junctions) is done by finish(), linear in the number of keys.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "catalog/catalog.h"
#include "catalog/queries.h"
#include "sql/row_sink.h"

namespace trestle::catalog {

// A column of a view that shows a column of another relation unchanged.
struct ViewColumn {
  std::int16_t number = 0;  // of the view
  Oid origin = 0;
  std::int16_t origin_number = 0;
};

// The columns of a view that are plain columns of what it selects from, read
// from the tree of its rule (pg_rewrite.ev_action). Unknown shapes yield fewer
// columns, never wrong ones.
[[nodiscard]] std::vector<ViewColumn> parse_view_tree(std::string_view tree);

class CatalogBuilder {
 public:
  CatalogBuilder();
  ~CatalogBuilder();

  // One row of `query`'s result.
  void add(Query query, std::span<const Cell> row);

  // The catalog; the builder is spent.
  [[nodiscard]] CatalogRef finish() &&;

 private:
  struct PendingKey {
    Oid relation = 0;
    std::string name;
    bool primary = false;
    std::vector<int> columns;
  };
  struct PendingForeignKey {
    std::string name;
    Oid from = 0;
    Oid to = 0;
    std::vector<int> from_columns;
    std::vector<int> to_columns;
  };
  struct PendingView {
    Oid view = 0;
    std::vector<ViewColumn> columns;
  };

  void add_type(std::span<const Cell> row);
  void add_relation(std::span<const Cell> row);
  void add_column(std::span<const Cell> row);
  void add_key(std::span<const Cell> row);
  void add_foreign_key(std::span<const Cell> row);
  void add_function(std::span<const Cell> row);
  void add_cast(std::span<const Cell> row);
  void add_media_handler(std::span<const Cell> row);
  void add_role_setting(std::span<const Cell> row);
  void add_role(std::span<const Cell> row);
  void add_privilege(std::span<const Cell> row);
  void add_enum_rows(std::span<const Cell> row);

  void index_relations();
  void link_keys();
  void link_foreign_keys();
  void link_functions();

  std::shared_ptr<Catalog> catalog_;
  std::unordered_map<Oid, std::size_t> relation_at_;
  std::vector<PendingKey> keys_;
  std::vector<PendingForeignKey> foreign_keys_;
  std::vector<PendingView> views_;
};

}  // namespace trestle::catalog
