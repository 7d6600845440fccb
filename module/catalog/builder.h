// CatalogBuilder makes a Catalog of the rows that the statements of
// queries.h answer. It is fed row by row from the event loop, and what remains
// (links between the parts, linker.h) is done a little at a time, so that no
// step takes long however large the schema is.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "catalog/catalog.h"
#include "catalog/linker.h"
#include "catalog/queries.h"
#include "sql/row_sink.h"

namespace trestle::catalog {

class CatalogBuilder {
 public:
  CatalogBuilder();
  ~CatalogBuilder();

  // One row of `query`'s result.
  void add(Query query, std::span<const Cell> row);

  // Behind the last row: does some of what remains, in a fraction of a
  // millisecond. False: nothing remains.
  [[nodiscard]] bool link_some();

  // The catalog, with all that remained; the builder is spent.
  [[nodiscard]] CatalogRef finish() &&;

 private:
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

  std::shared_ptr<Catalog> catalog_;
  PendingLinks links_;
  std::optional<CatalogLinker> linker_;
};

}  // namespace trestle::catalog
