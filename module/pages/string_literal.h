// What the escapes in a quoted string of a template stand for: Python's
// unicode-escape codec (Python Language Reference 2.4.1).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace trestle::pages {

// The value of a hexadecimal digit, or -1.
[[nodiscard]] int hex_value(char c);

// `text` stands between the quotes. nullopt: an escape is not complete, or
// names no character.
[[nodiscard]] std::optional<std::string> unescape_literal(
    std::string_view text);

}  // namespace trestle::pages
