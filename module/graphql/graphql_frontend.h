// The front-end of trestle_graphql: one endpoint over the schemas of a
// database, in Hasura v2's dialect.
//
//   request   HTTP to requests (request.h)
//   plan, sql requests to statements (endpoint.h, planner.h)
//   response  GraphqlAnswer (answer.h)
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "frontend/frontend.h"
#include "graphql/model.h"
#include "graphql/options.h"

namespace trestle::graphql {

// Configuration load.
[[nodiscard]] std::unique_ptr<Frontend> make_graphql_frontend(
    GraphqlOptions options);

// The schema of a role as a schema file.
[[nodiscard]] std::string print_schema(const catalog::CatalogRef& catalog,
                                       std::vector<std::string> schemas,
                                       std::string_view role);

}  // namespace trestle::graphql
