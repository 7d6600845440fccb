#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/text.h"
#include "pages/bigint.h"
#include "pages/filter_tables.h"
#include "pages/machine.h"
#include "pages/numbers.h"

namespace trestle::pages {

namespace {

Value filter_abs(Machine& m, const Value* a) {
  const Value& v = a[0];
  switch (v.kind) {
    case Kind::real:
      return real(std::fabs(v.real));
    case Kind::boolean:
      return integer(v.integer);
    case Kind::integer:
      return v.integer < 0 ? m.negate(v) : v;
    case Kind::bigint:
    case Kind::decimal:
      return v.text().starts_with('-') ? m.negate(v) : v;
    default:
      return m.fail("TypeError", concat({"bad operand type for abs(): '",
                                         type_name(v), "'"}));
  }
}

// int(d) of a float: missing when it is not finite.
Value whole(Machine& m, double d) {
  if (!std::isfinite(d)) return {};
  return m.big(bigint::from_double(d));
}

Value filter_int(Machine& m, const Value* a) {
  const Value& v = a[0];
  Value fallback = given(a[1], integer(0));
  if (v.is(Kind::boolean)) return integer(v.integer);
  if (v.is_int()) return v;
  if (v.is(Kind::undefined)) return m.fail_undefined(v);
  if (v.is_string()) {
    std::int64_t base = 10;
    if (!m.as_index(given(a[2], integer(10)), base)) return failure();
    Value i = parse_integer(m, v.text(), static_cast<int>(base));
    if (!i.is(Kind::missing)) return i;
    std::optional<double> d = parse_real(v.text());
    if (!d || std::isnan(*d)) return fallback;
    if (std::isinf(*d))
      return m.fail("OverflowError",
                    "cannot convert float infinity to integer");
    return whole(m, *d);
  }
  double d = 0;
  if (!m.as_real(v, d)) return fallback;
  if (std::isinf(d))
    return m.fail("OverflowError", "cannot convert float infinity to integer");
  if (std::isnan(d)) return fallback;
  return whole(m, d);
}

Value filter_float(Machine& m, const Value* a) {
  const Value& v = a[0];
  Value fallback = given(a[1], real(0));
  if (v.is(Kind::undefined)) return m.fail_undefined(v);
  if (v.is_string()) {
    std::optional<double> d = parse_real(v.text());
    return d ? real(*d) : fallback;
  }
  double d = 0;
  if (m.as_real(v, d)) return real(d);
  return m.failed() ? failure() : fallback;
}

// round() of an integer to a negative number of digits: half to even.
Value round_integer(Machine& m, const Value& v, std::int64_t digits) {
  if (digits >= 0) return v.is(Kind::boolean) ? integer(v.integer) : v;
  if (digits < -4000) return integer(0);
  Value unit = m.binary(Binary::power, integer(10), integer(-digits));
  Value half = m.binary(Binary::floor_divide, unit, integer(2));
  Value rest = m.binary(Binary::modulo, v, unit);
  if (m.failed()) return failure();
  Value down = m.binary(Binary::subtract, v, rest);
  int order = m.compare(Compare::gt, rest, half) == 1   ? 1
              : m.compare(Compare::lt, rest, half) == 1 ? -1
                                                        : 0;
  if (order == 0) {
    Value odd = m.binary(
        Binary::modulo, m.binary(Binary::floor_divide, down, unit), integer(2));
    order = m.truth(odd) ? 1 : -1;
  }
  return order > 0 ? m.binary(Binary::add, down, unit) : down;
}

Value filter_round(Machine& m, const Value* a) {
  const Value& v = a[0];
  std::string method = a[2].is(Kind::missing) ? "common" : m.str(a[2]);
  std::int64_t digits = 0;
  if (method != "common" && method != "ceil" && method != "floor")
    return m.fail("FilterArgumentError",
                  "method must be common, ceil or floor");
  if (!v.is_number()) {
    if (v.is(Kind::undefined) && method != "common") return m.fail_undefined(v);
    return m.fail("TypeError", concat({"type ", type_name(v),
                                       " doesn't define __round__ method"}));
  }
  if (!a[1].is(Kind::missing) && !m.as_index(a[1], digits)) return failure();
  if (method == "common") {
    if (v.is_int()) return round_integer(m, v, digits);
    double d = 0;
    if (!m.as_real(v, d)) return failure();
    auto wanted = static_cast<int>(std::clamp<std::int64_t>(digits, -400, 400));
    return real(round_real(d, wanted));
  }
  Value unit = m.binary(Binary::power, integer(10), integer(digits));
  Value scaled = unit.failed() ? unit : m.binary(Binary::multiply, v, unit);
  if (scaled.failed()) return failure();
  if (!scaled.is_int()) {
    double d = 0;
    if (!m.as_real(scaled, d)) return failure();
    scaled = whole(m, method == "ceil" ? std::ceil(d) : std::floor(d));
    if (scaled.is(Kind::missing))
      return m.fail("OverflowError",
                    "cannot convert float infinity to integer");
  }
  return m.binary(Binary::divide, scaled, unit);
}

Value filter_filesizeformat(Machine& m, const Value* a) {
  double bytes = 0;
  if (a[0].is_string()) {
    std::optional<double> d = parse_real(a[0].text());
    if (!d)
      return m.fail("ValueError", concat({"could not convert string to float: ",
                                          m.repr(a[0])}));
    bytes = *d;
  } else if (a[0].is(Kind::undefined)) {
    return m.fail_undefined(a[0]);
  } else if (!m.as_real(a[0], bytes)) {
    return m.fail("TypeError",
                  concat({"float() argument must be a string or a real number, "
                          "not '",
                          type_name(a[0]), "'"}));
  }
  bool binary = m.truth(a[1]);
  double base = binary ? 1024 : 1000;
  if (bytes == 1) return string("1 Byte");
  char buffer[64];
  if (bytes < base) {
    if (!std::isfinite(bytes))
      return m.fail("OverflowError",
                    "cannot convert float infinity to integer");
    std::snprintf(buffer, sizeof buffer, "%.0f Bytes", std::trunc(bytes));
    return m.text(buffer[0] == '-' && std::trunc(bytes) == 0 ? buffer + 1
                                                             : buffer);
  }
  static constexpr std::string_view kPrefixes = "kMGTPEZY";
  double unit = base * base;
  std::size_t i = 0;
  for (; i + 1 < kPrefixes.size() && bytes >= unit; i++) unit *= base;
  char prefix =
      binary ? static_cast<char>(i == 0 ? 'K' : kPrefixes[i]) : kPrefixes[i];
  std::snprintf(buffer, sizeof buffer, "%.1f %c%s", base * bytes / unit, prefix,
                binary ? "iB" : "B");
  return m.text(buffer);
}

constexpr Callable kTable[] = {
    {"abs", "abs", filter_abs, nullptr, 1, {"x"}},
    {"int", "do_int", filter_int, nullptr, 1, {"value", "default", "base"}},
    {"float", "do_float", filter_float, nullptr, 1, {"value", "default"}},
    {"round",
     "do_round",
     filter_round,
     nullptr,
     1,
     {"value", "precision", "method"}},
    {"filesizeformat",
     "do_filesizeformat",
     filter_filesizeformat,
     nullptr,
     1,
     {"value", "binary"}},
};

}  // namespace

std::span<const Callable> number_filters() { return kTable; }

}  // namespace trestle::pages
