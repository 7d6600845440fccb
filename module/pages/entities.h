// Character references of HTML, back to text.
#pragma once

#include <string>
#include <string_view>

namespace trestle::pages {

// Numeric references and HTML 4's names; others stay as they are.
[[nodiscard]] std::string unescape_html(std::string_view html);

// Without comments and tags, whitespace collapsed, references resolved.
[[nodiscard]] std::string strip_tags(std::string_view html);

}  // namespace trestle::pages
