#include "pages/format_digits.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/text.h"

namespace trestle::pages {

namespace {

std::string printed(const char* format, int precision, double d) {
  char buffer[900];
  int n = std::snprintf(buffer, sizeof buffer, format, precision, d);
  return {buffer,
          static_cast<std::size_t>(std::min<int>(n, sizeof buffer - 1))};
}

}  // namespace

std::string digits_of(const Value& v) {
  return v.is(Kind::bigint) ? std::string(v.text()) : std::to_string(v.integer);
}

std::string real_digits(double d, char type, int precision, bool alternate) {
  bool upper = type >= 'A' && type <= 'Z';
  if (std::isnan(d)) return upper ? "NAN" : "nan";
  if (std::isinf(d))
    return upper ? (d < 0 ? "-INF" : "INF") : (d < 0 ? "-inf" : "inf");
  std::string format =
      concat({"%", alternate ? "#" : "", ".*", std::string_view(&type, 1)});
  return printed(format.c_str(), precision, d);
}

}  // namespace trestle::pages
