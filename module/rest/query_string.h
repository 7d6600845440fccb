// From the raw query string to a Query.
#pragma once

#include <string_view>

#include "base/result.h"
#include "rest/query.h"

namespace trestle::rest {

// How much one request may ask.
struct QueryLimits {
  std::size_t max_parameters = 1000;
};

// `of_function`: the request calls a function by GET or HEAD, so parameters
// without an operator are its arguments. Refuses what is no UTF-8 and NUL.
Result<Query> parse_query(std::string_view raw, bool of_function,
                          const QueryLimits& limits = {});

}  // namespace trestle::rest
