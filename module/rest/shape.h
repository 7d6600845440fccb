// What requests of one shape (shape_key.h) share: request, plan, statements,
// where the answer finds its parts. Made once and kept, it spares the next
// request of that shape the stages request, plan and sql.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/lru_cache.h"
#include "frontend/judge.h"
#include "rest/plan.h"
#include "rest/shape_key.h"
#include "sql/sql_writer.h"

namespace trestle::rest {

struct ShapeStatement {
  SqlRef sql;
  // By parameter: the slot that it comes from, 0: it is the constant at its
  // place.
  std::vector<int> origins;
  std::vector<Param> constants;
};

// At a fixed place: the plan points into the request and the catalog.
struct Shape {
  std::shared_ptr<const Catalog> catalog;
  ApiRequest request;
  RestPlan plan;
  std::string search_path;

  std::vector<ShapeStatement> statements;
  Access access = Access::read;
  Judgement judgement;
  std::string_view isolation;  // as in Plan
  Plan::End end = Plan::End::commit;
  // Places of the plan's statements; -1: not there.
  int main_statement = -1;
  int count_statement = -1;
  int description_statement = -1;  // what OpenAPI may show
  // response.headers and response.status after the pre-request function, and
  // after a flat read.
  int early_settings_statement = -1;
  int late_settings_statement = -1;

  // Some parameter depends on the request in a way that no slot tells.
  bool once = false;

  // The statements with the values of one request.
  [[nodiscard]] Plan bind(const ShapeKey& key) const;
  // The root level's window of one request.
  [[nodiscard]] Range window(const ShapeKey& key) const;
};

using ShapeRef = std::shared_ptr<const Shape>;

// Stages plan and sql. OPTIONS and the root get no plan.
Result<ShapeRef> make_shape(std::shared_ptr<const Catalog> catalog,
                            const RestConfig& config, std::string_view role,
                            ApiRequest request);

// The shapes of one location that were asked for last. Belongs to one worker
// and one catalog: with another one it begins anew.
class ShapeCache {
 public:
  explicit ShapeCache(std::size_t max_bytes) : shapes_(max_bytes) {}

  // Null when there is none.
  [[nodiscard]] ShapeRef find(const std::shared_ptr<const Catalog>& catalog,
                              const ShapeKey& key);
  void put(const ShapeKey& key, ShapeRef shape);

 private:
  std::shared_ptr<const Catalog> catalog_;
  LruCache<ShapeRef> shapes_;
};

}  // namespace trestle::rest
