// Expressions as PostgreSQL prints them in a plan (EXPLAIN VERBOSE): each
// operator in parentheses of its own, text and names in quotes that are doubled
// inside.
#pragma once

#include <string_view>
#include <vector>

namespace trestle::live {

[[nodiscard]] bool is_name_character(char c);

// Behind the quoted text that begins at `at`.
[[nodiscard]] std::size_t skip_quoted(std::string_view text, std::size_t at);

// Without the outermost parentheses, if they belong together.
[[nodiscard]] std::string_view without_parentheses(std::string_view text);

// The operands of " AND ", " OR " or " = " on the outermost level; one, when
// there is none.
[[nodiscard]] std::vector<std::string_view> operands(std::string_view text,
                                                     std::string_view word);
[[nodiscard]] inline std::vector<std::string_view> conjunction(
    std::string_view text) {
  return operands(text, " AND ");
}

}  // namespace trestle::live
