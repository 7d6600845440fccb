#include "pages/string_literal.h"

#include <algorithm>
#include <cstdint>

#include "base/text.h"
#include "pages/unicode.h"

namespace trestle::pages {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> unescape_literal(std::string_view text) {
  static constexpr std::string_view kFrom = "\\'\"abfnrtv";
  static constexpr std::string_view kTo = "\\'\"\a\b\f\n\r\t\v";
  std::string out;
  for (std::size_t i = 0; i < text.size(); i++) {
    if (text[i] != '\\') {
      out.push_back(text[i]);
      continue;
    }
    char c = text[++i];
    if (c == '\n') continue;
    if (std::size_t k = kFrom.find(c); k != std::string_view::npos) {
      out.push_back(kTo[k]);
    } else if (c >= '0' && c <= '7') {
      std::uint32_t code = 0;
      std::size_t end = std::min(i + 3, text.size());
      for (; i < end && text[i] >= '0' && text[i] <= '7'; i++)
        code = code * 8 + static_cast<std::uint32_t>(text[i] - '0');
      i--;
      append_utf8(out, code);
    } else if (c == 'x' || c == 'u' || c == 'U') {
      std::size_t count = c == 'x' ? 2 : c == 'u' ? 4 : 8;
      std::uint32_t code = 0;
      for (std::size_t n = 0; n < count; n++) {
        int digit = i + 1 < text.size() ? hex_value(text[i + 1]) : -1;
        if (digit < 0) return std::nullopt;
        code = code * 16 + static_cast<std::uint32_t>(digit);
        i++;
      }
      if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
        return std::nullopt;
      append_utf8(out, code);
    } else if (c == 'N') {
      std::size_t end = text.find('}', i);
      if (i + 1 >= text.size() || text[i + 1] != '{' ||
          end == std::string_view::npos)
        return std::nullopt;
      char32_t named = unicode::by_name(text.substr(i + 2, end - i - 2));
      if (named == 0) return std::nullopt;
      unicode::append(out, named);
      i = end;
    } else {
      out.push_back('\\');
      out.push_back(c);
    }
  }
  return out;
}

}  // namespace trestle::pages
