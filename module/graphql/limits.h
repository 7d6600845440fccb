// How much one request may ask for. Checked right after parsing and before
// anything grows with it: a fragment is looked at once however often it is
// spread, so that a document that would expand to 2^30 fields is refused as
// fast as any other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "graphql/ast.h"
#include "graphql/error.h"

namespace trestle::graphql {

struct Limits {
  std::size_t max_tokens = 10'000;
  std::size_t max_document_bytes = 256 * 1024;
  std::size_t max_variables_bytes = 1024 * 1024;
  std::uint64_t max_depth = 15;     // levels of fields; introspection apart
  std::uint64_t max_fields = 1000;  // after expanding fragments
  std::uint64_t max_aliases = 500;
  std::uint64_t max_root_fields = 20;
  std::uint64_t max_directives = 50;
  std::size_t max_batch = 10;
  std::uint64_t max_where_depth = 16;
  // Rows a list answers at most; 0: as many as there are.
  std::uint64_t max_rows = 0;
  // Rows that an operation may answer, estimated (complexity.h); 0: any number.
  std::uint64_t max_complexity = 1'000'000;
};

// The first limit that a document exceeds.
[[nodiscard]] std::optional<GraphqlError> check_limits(const Document& document,
                                                       const Limits& limits);

}  // namespace trestle::graphql
