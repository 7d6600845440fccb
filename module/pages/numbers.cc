#include "pages/numbers.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "base/text.h"
#include "pages/bigint.h"
#include "pages/machine.h"
#include "pages/unicode.h"

namespace trestle::pages {

namespace {

// Blanks off, digits of all scripts as ASCII, underscores between digits gone;
// nullopt where an underscore stands elsewhere.
std::optional<std::string> plain_digits(std::string_view text) {
  std::string out;
  std::string_view s = unicode::strip(text);
  auto is_word = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z');
  };
  for (std::size_t at = 0; at < s.size();) {
    char32_t c = unicode::next(s, at);
    if (c == '_') {
      if (out.empty() || !is_word(out.back()) || at >= s.size() || s[at] == '_')
        return std::nullopt;
      continue;
    }
    int digit = c < 0x80 ? -1 : unicode::digit_value(c);
    if (digit >= 0)
      out.push_back(static_cast<char>('0' + digit));
    else
      unicode::append(out, c);
  }
  return out;
}

}  // namespace

std::optional<double> parse_real(std::string_view text) {
  std::optional<std::string> digits = plain_digits(text);
  if (!digits || digits->empty()) return std::nullopt;
  std::string lower = ascii_lower(*digits);
  std::string_view word = lower;
  if (word.starts_with('+') || word.starts_with('-')) word.remove_prefix(1);
  bool named = word == "inf" || word == "infinity" || word == "nan";
  // strtod also reads hexadecimal, which Python's float() does not.
  if (!named &&
      word.find_first_not_of("0123456789.e+-") != std::string_view::npos)
    return std::nullopt;
  char* end = nullptr;
  double d = std::strtod(digits->c_str(), &end);
  if (end != digits->c_str() + digits->size()) return std::nullopt;
  return d;
}

Value parse_integer(Machine& m, std::string_view text, int base) {
  std::optional<std::string> digits = plain_digits(text);
  if (!digits) return {};
  std::string_view s = *digits;
  bool negative = s.starts_with('-');
  if (negative || s.starts_with('+')) s.remove_prefix(1);
  if (s.size() > 2 && s[0] == '0') {
    char prefix = static_cast<char>(s[1] | 0x20);
    int meant = prefix == 'x' ? 16 : prefix == 'o' ? 8 : prefix == 'b' ? 2 : 0;
    if (meant != 0 && (base == meant || base == 0)) {
      base = meant;
      s.remove_prefix(2);
    }
  }
  if (base == 0) base = 10;
  if (base < 2 || base > 36 || s.empty()) return {};
  std::uint64_t u = 0;
  auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), u, base);
  if (end != s.data() + s.size()) return {};
  if (error == std::errc() && u <= INT64_MAX)
    return integer(negative ? -static_cast<std::int64_t>(u)
                            : static_cast<std::int64_t>(u));
  if (s.size() > 4300) return {};
  if (base != 10 && base != 16 && base != 8 && base != 2) return {};
  std::optional<std::string> big = bigint::parse(s, base);
  if (!big) return {};
  // Leading zeros go.
  std::string shown = bigint::add(*big, "0");
  return m.big(negative ? bigint::negate(shown) : shown);
}

double round_real(double value, int digits) {
  if (!std::isfinite(value)) return value;
  if (digits > 300) return value;
  if (digits < -310) return std::copysign(0.0, value);
  if (digits < 0) {
    double unit = std::pow(10.0, -digits);
    double scaled = value / unit;
    double rounded = std::nearbyint(scaled);
    return rounded * unit;
  }
  char buffer[700];
  std::snprintf(buffer, sizeof buffer, "%.*f", digits, value);
  return std::strtod(buffer, nullptr);
}

}  // namespace trestle::pages
