// How many rows an operation may answer, estimated before it runs: a list
// counts what its `limit` says; without one, 100 rows at the root and 10 below
// each row of another list. Lists in lists multiply.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "graphql/error.h"
#include "graphql/variables.h"

namespace trestle::graphql {

inline constexpr std::uint64_t kRowsAtRoot = 100;
inline constexpr std::uint64_t kRowsBelow = 10;

// One list of an operation.
struct ListEstimate {
  int parent = -1;         // the list that it stands in; -1: none
  std::uint64_t rows = 1;  // when no limit is given
  std::uint64_t most = 0;  // the largest limit; 0: any
  std::optional<Value> limit = std::nullopt;  // as in ValueSource::value
};

// Refuses what answers more rows than `max`; 0: nothing is refused.
[[nodiscard]] std::optional<GraphqlError> check_complexity(
    const std::vector<ListEstimate>& lists, const Variables& variables,
    std::uint64_t max);

}  // namespace trestle::graphql
