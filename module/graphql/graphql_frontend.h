// The front-end of trestle_graphql: one endpoint over the schemas of a
// database, in Hasura v2's dialect.
//
//   request   HTTP to requests (request.h), text to document (document_cache.h)
//   plan, sql operation to statements (planner.h)
//   response  GraphqlAnswer (answer.h)
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "frontend/frontend.h"
#include "graphql/limits.h"
#include "graphql/model.h"

namespace trestle::graphql {

struct GraphqlOptions {
  // Exposed schemas; names of the first are not prefixed.
  std::vector<std::string> schemas = {"public"};
  Limits limits = {};
  bool stringify_numbers = false;
  // Roles that may ask __schema and __type; nullopt: all.
  std::optional<std::vector<std::string>> introspection_roles = std::nullopt;
  // Documents by the SHA-256 of their text, in hexadecimal digits.
  std::unordered_map<std::string, std::string> trusted = {};
  bool trusted_only = false;
};

// Configuration load.
[[nodiscard]] std::unique_ptr<Frontend> make_graphql_frontend(
    GraphqlOptions options);

// The schema of a role as a schema file.
[[nodiscard]] std::string print_schema(const catalog::CatalogRef& catalog,
                                       std::vector<std::string> schemas,
                                       std::string_view role);

}  // namespace trestle::graphql
