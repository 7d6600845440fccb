// Tokens of HTTP (RFC 9110 5.6.2): names of headers, cookies and parameters.
#pragma once

#include <algorithm>
#include <string_view>

namespace trestle {

[[nodiscard]] inline bool is_token_char(char c) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || kMarks.find(c) != std::string_view::npos;
}

[[nodiscard]] inline bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_token_char);
}

}  // namespace trestle
