// What one worker knows of one endpoint: role schemas, documents and plans,
// kept between requests. A request that repeats a document parses and validates
// nothing; one whose variables have a shape that came before plans nothing and
// fills in its parameters. Each part is bounded, and all of it goes when the
// catalog changes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/lru_cache.h"
#include "graphql/document_cache.h"
#include "graphql/documents.h"
#include "graphql/options.h"
#include "graphql/planner.h"
#include "graphql/request.h"
#include "graphql/role_schema.h"

namespace trestle::graphql {

// Which operations the way that a request has come by may carry.
enum class Carrier : std::uint8_t {
  get,    // queries
  post,   // queries and mutations
  stream  // subscriptions as well
};

// A request that may be run, or why it may not.
struct Prepared {
  OperationPlan plan;
  OperationKind kind = OperationKind::query;
  std::vector<GraphqlError> errors;
  int status = 200;       // of a refusal
  bool executed = false;  // the refusal has "data": null
};

// One for each location and worker; requests are prepared one at a time.
class Endpoint {
 public:
  // `options` outlives it.
  explicit Endpoint(const GraphqlOptions& options);

  // `catalog` is never null. Texts of the request need to live for the call.
  // `cursor`: where a stream begins, null at its initial value.
  [[nodiscard]] Prepared prepare(const catalog::CatalogRef& catalog,
                                 const std::string& role,
                                 const GraphqlRequest& request, Carrier carrier,
                                 const std::string* cursor = nullptr);

 private:
  struct Compiled {
    DocumentRef document;  // whose texts the plan borrows
    OperationPlan plan;
  };

  void follow(const catalog::CatalogRef& catalog);
  std::shared_ptr<RoleSchema> role_schema(const std::string& role);
  [[nodiscard]] std::optional<GraphqlError> refuse(const CachedDocument& known,
                                                   const std::string& role,
                                                   const Operation* operation,
                                                   std::string_view name,
                                                   Carrier carrier) const;
  void plan(const RoleSchema& schema, const std::string& role,
            const DocumentRef& document, const Operation& operation,
            const Value* variables, const std::string* cursor, Prepared& out);

  const GraphqlOptions& options_;
  std::shared_ptr<const Model> model_;
  LruCache<std::shared_ptr<RoleSchema>> roles_;
  Documents documents_;
  LruCache<std::shared_ptr<const Compiled>> plans_;
};

}  // namespace trestle::graphql
