// The Range header of tables and functions: "0-9", "10-".
#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "rest/query.h"

namespace trestle::rest {

// nullopt: no range. Both ends are in; an end below its begin is PGRST103.
Result<std::optional<Range>> parse_range_header(
    std::optional<std::string_view> header);

// What both allow: `window` (from Range) cut by limit and offset of the query.
[[nodiscard]] Range intersect(const Range& window, const Range& query);

}  // namespace trestle::rest
