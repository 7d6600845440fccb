#include "catalog/queries.h"

namespace trestle::catalog {

Plan load_plan() {
  Plan plan;
  for (std::size_t i = 0; i < kQueryCount; ++i) {
    // Nameless: each connection runs them once in a while.
    Sql sql;
    sql.text = query_text(static_cast<Query>(i));
    plan.statements.push_back(
        {.sql = std::make_shared<const Sql>(std::move(sql)), .params = {}});
  }
  plan.access = Access::read;
  plan.isolation = "REPEATABLE READ";
  return plan;
}

Settings load_settings() { return {{.name = "search_path", .value = ""}}; }

}  // namespace trestle::catalog
