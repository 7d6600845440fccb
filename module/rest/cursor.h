// Cursors of pages by keys: what after= holds. Opaque to clients: a mark of the
// order, and the last row's values in its columns.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rest/query.h"

namespace trestle::rest {

// nullopt: no cursor of ours. "" is the one of the first page.
[[nodiscard]] std::optional<Cursor> parse_cursor(std::string_view text);

[[nodiscard]] std::string write_cursor(
    std::string_view order,
    const std::vector<std::optional<std::string>>& values);

}  // namespace trestle::rest
