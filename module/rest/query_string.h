// From the raw query string to a Query.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "rest/query.h"

namespace trestle::rest {

// How much one request may ask.
struct QueryLimits {
  std::size_t max_parameters = 1000;
};

// One parameter, decoded.
struct QueryParameter {
  std::string name;
  std::string value;
  // Its value, or the end of it, is a parameter of the statement under that
  // number (shape_key.h); 0: the statement may depend on all of it.
  int slot = 0;
};
using QueryParameters = std::vector<QueryParameter>;

// Refuses what is no UTF-8 and NUL.
Result<QueryParameters> split_query(std::string_view raw,
                                    const QueryLimits& limits = {});

// What a parameter is about, by its name.
enum class ParameterKind { select, names, order, window, logic, filter };
[[nodiscard]] ParameterKind kind_of_parameter(std::string_view name);

// `of_function`: the request calls a function by GET or HEAD, so parameters
// without an operator are its arguments.
Result<Query> parse_query(const QueryParameters& parameters, bool of_function);
// The same from the raw text.
Result<Query> parse_query(std::string_view raw, bool of_function);

}  // namespace trestle::rest
