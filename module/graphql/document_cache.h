// Documents that were parsed and validated, by their text and the role's
// schema, and the texts of automatic persisted queries. A request that repeats
// a document parses nothing. Bounded; the least recently used goes first.
#pragma once

#include <cstddef>
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
  Arena arena{1024};  // most are small
  Document document;
  std::vector<GraphqlError> errors;  // why it is refused; empty: valid
  bool introspects = false;          // asks __schema or __type somewhere

  // What it takes in memory.
  [[nodiscard]] std::size_t bytes() const {
    std::size_t sum = sizeof *this + source.size() + arena.total_bytes();
    for (const GraphqlError& error : errors)
      sum += sizeof error + error.message.size();
    return sum;
  }
};

using DocumentRef = std::shared_ptr<const CachedDocument>;

}  // namespace trestle::graphql
