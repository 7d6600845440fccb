// Rows that a client follows (frontend/row_query.h), asked for in REST's own
// query strings: filters of one table, columns of it, no embedded resources.
#pragma once

#include "frontend/row_query.h"
#include "rest/config.h"

namespace trestle::rest {

class RestRowPlanner final : public RowQueryPlanner {
 public:
  explicit RestRowPlanner(RestConfig config) : config_(std::move(config)) {}

  [[nodiscard]] Result<std::shared_ptr<const RowQuery>> plan_rows(
      catalog::CatalogRef catalog, const RowRequest& request,
      std::string_view role) const override;

 private:
  RestConfig config_;
};

}  // namespace trestle::rest
