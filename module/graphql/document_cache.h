// Documents that were parsed and validated, by their text and the role's
// schema, and the texts of automatic persisted queries. A request that repeats
// a document parses nothing. Bounded; the least recently used goes first.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/arena.h"
#include "base/lru_cache.h"
#include "graphql/ast.h"
#include "graphql/error.h"

namespace trestle::graphql {

// A document and all that it points to.
struct CachedDocument {
  std::string source;
  Arena arena;
  Document document;
  std::vector<GraphqlError> errors;  // why it is refused; empty: valid
  bool introspects = false;          // asks __schema or __type somewhere
};

using DocumentRef = std::shared_ptr<const CachedDocument>;

}  // namespace trestle::graphql
