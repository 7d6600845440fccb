// Arithmetic, concatenation and truth, with Python's types and messages and
// Markup's algebra: what is joined to safe text is escaped first.
#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "pages/bigint.h"
#include "pages/machine.h"
#include "pages/numbers.h"

namespace trestle::pages {

namespace {

std::string_view symbol(Binary op) {
  switch (op) {
    case Binary::add:
      return "+";
    case Binary::subtract:
      return "-";
    case Binary::multiply:
      return "*";
    case Binary::divide:
      return "/";
    case Binary::floor_divide:
      return "//";
    case Binary::modulo:
      return "%";
    case Binary::power:
      break;
  }
  return "** or pow()";
}

std::string digits_of(const Value& v) {
  return v.is(Kind::bigint) ? std::string(v.text()) : std::to_string(v.integer);
}

std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  std::int64_t q = a / b;
  return (a % b != 0 && (a < 0) != (b < 0)) ? q - 1 : q;
}

double floor_mod(double a, double b) {
  double r = std::fmod(a, b);
  if (r != 0 && (r < 0) != (b < 0)) r += b;
  return r == 0 ? std::copysign(0.0, b) : r;
}

}  // namespace

bool Machine::truth(const Value& v) {
  switch (v.kind) {
    case Kind::failed:
    case Kind::missing:
    case Kind::undefined:
    case Kind::none:
      return false;
    case Kind::boolean:
    case Kind::integer:
      return v.integer != 0;
    case Kind::real:
      return v.real != 0;
    case Kind::decimal:
      return v.text().find_first_of("123456789") != std::string_view::npos ||
             v.text() == "NaN" || v.text().ends_with("Infinity");
    case Kind::string:
      return v.size > 0;
    case Kind::list:
    case Kind::tuple:
      return v.list->size > 0;
    case Kind::dict:
      return v.dict->size > 0;
    case Kind::range:
      return v.range->length > 0;
    case Kind::view:
      return v.view->dict->size > 0;
    case Kind::rows:
      return v.rows->count > 0;
    case Kind::loop:
      return v.loop->length > 0;
    default:
      return true;
  }
}

bool Machine::as_real(const Value& v, double& out) {
  switch (v.kind) {
    case Kind::boolean:
    case Kind::integer:
      out = static_cast<double>(v.integer);
      return true;
    case Kind::real:
      out = v.real;
      return true;
    case Kind::bigint:
      out = std::strtod(std::string(v.text()).c_str(), nullptr);
      if (std::isfinite(out)) return true;
      fail("OverflowError", "int too large to convert to float");
      return false;
    case Kind::decimal:
      out = std::strtod(std::string(v.text()).c_str(), nullptr);
      return true;
    default:
      return false;
  }
}

bool Machine::as_index(const Value& v, std::int64_t& out) {
  if (v.is(Kind::integer) || v.is(Kind::boolean)) {
    out = v.integer;
    return true;
  }
  if (v.is(Kind::undefined)) {
    fail_undefined(v);
  } else if (v.is(Kind::bigint)) {
    fail("OverflowError", "Python int too large to convert to C ssize_t");
  } else {
    fail("TypeError", concat({"'", type_name(v),
                              "' object cannot be interpreted as an integer"}));
  }
  return false;
}

namespace {

class Arithmetic {
 public:
  Arithmetic(Machine& m, Binary op, const Value& a, const Value& b)
      : m_(m), op_(op), a_(a), b_(b) {}

  Value run() {
    if (op_ == Binary::modulo && a_.is_string())
      return percent_format(m_, a_, b_);
    if (a_.is(Kind::undefined)) return m_.fail_undefined(a_);
    if (b_.is(Kind::undefined)) return m_.fail_undefined(b_);
    if (a_.is_number() && b_.is_number()) return numbers();
    if (op_ == Binary::add) return add();
    if (op_ == Binary::multiply) return repeat();
    return unsupported();
  }

 private:
  Value unsupported() {
    return m_.fail("TypeError", concat({"unsupported operand type(s) for ",
                                        symbol(op_), ": '", type_name(a_),
                                        "' and '", type_name(b_), "'"}));
  }

  // --- numbers ---------------------------------------------------------------

  Value numbers() {
    if (a_.is_int() && b_.is_int()) return integers();
    double x = 0, y = 0;
    if (!m_.as_real(a_, x) || !m_.as_real(b_, y)) return failure();
    switch (op_) {
      case Binary::add:
        return real(x + y);
      case Binary::subtract:
        return real(x - y);
      case Binary::multiply:
        return real(x * y);
      case Binary::divide:
        if (y == 0) return zero("float division by zero");
        return real(x / y);
      case Binary::floor_divide:
        if (y == 0) return zero("float floor division by zero");
        return real(floor_quotient(x, y));
      case Binary::modulo:
        if (y == 0) return zero("float modulo");
        return real(floor_mod(x, y));
      case Binary::power:
        return real_power(x, y);
    }
    return unsupported();
  }

  static double floor_quotient(double x, double y) {
    double mod = std::fmod(x, y);
    double quotient = (x - mod) / y;
    if (mod != 0 && (mod < 0) != (y < 0)) quotient -= 1;
    if (quotient == 0) return std::copysign(0.0, x / y);
    double floored = std::floor(quotient);
    return quotient - floored > 0.5 ? floored + 1 : floored;
  }

  Value zero(std::string_view message) {
    return m_.fail("ZeroDivisionError", message);
  }

  Value real_power(double x, double y) {
    if (x == 0 && y < 0)
      return zero("0.0 cannot be raised to a negative power");
    if (x < 0 && y != std::floor(y) && std::isfinite(y))
      return m_.fail("TypeError", "a complex result is not supported");
    double r = std::pow(x, y);
    if (std::isinf(r) && std::isfinite(x) && std::isfinite(y))
      return m_.fail("OverflowError", "(34, 'Numerical result out of range')");
    return real(r);
  }

  Value integers() {
    if (op_ == Binary::divide) return divide();
    if (op_ == Binary::power) return power();
    if (a_.is(Kind::bigint) || b_.is(Kind::bigint)) return big_integers();
    std::int64_t x = a_.integer, y = b_.integer, r = 0;
    bool overflow = false;
    switch (op_) {
      case Binary::add:
        overflow = __builtin_add_overflow(x, y, &r);
        break;
      case Binary::subtract:
        overflow = __builtin_sub_overflow(x, y, &r);
        break;
      case Binary::multiply:
        overflow = __builtin_mul_overflow(x, y, &r);
        break;
      case Binary::floor_divide:
        if (y == 0) return zero("integer division or modulo by zero");
        overflow = y == -1 && x == INT64_MIN;
        if (!overflow) r = floor_div(x, y);
        break;
      default:
        if (y == 0) return zero("integer modulo by zero");
        if (y != -1) r = x - floor_div(x, y) * y;
        break;
    }
    return overflow ? big_integers() : integer(r);
  }

  Value big_integers() {
    std::string x = digits_of(a_), y = digits_of(b_);
    if (!m_.allow(x.size() + y.size()) || !m_.charge(x.size() + y.size()))
      return failure();
    switch (op_) {
      case Binary::add:
        return m_.big(bigint::add(x, y));
      case Binary::subtract:
        return m_.big(bigint::subtract(x, y));
      case Binary::multiply:
        return m_.big(bigint::multiply(x, y));
      case Binary::floor_divide:
        if (y == "0") return zero("integer division or modulo by zero");
        return m_.big(bigint::floor_divide(x, y));
      default:
        if (y == "0") return zero("integer modulo by zero");
        return m_.big(bigint::modulo(x, y));
    }
  }

  Value divide() {
    if (digits_of(b_) == "0") return zero("division by zero");
    if (!a_.is(Kind::bigint) && !b_.is(Kind::bigint) &&
        std::abs(a_.integer) < (1LL << 53) &&
        std::abs(b_.integer) < (1LL << 53))
      return real(static_cast<double>(a_.integer) /
                  static_cast<double>(b_.integer));
    long double x = std::strtold(digits_of(a_).c_str(), nullptr);
    long double y = std::strtold(digits_of(b_).c_str(), nullptr);
    auto r = static_cast<double>(x / y);
    if (!std::isfinite(r))
      return m_.fail("OverflowError",
                     "integer division result too large for a float");
    return real(r);
  }

  Value power() {
    if (b_.is(Kind::bigint) || b_.integer < 0) {
      if (b_.is(Kind::bigint) && !b_.text().starts_with('-'))
        return m_.fail("LimitError", "the power is too large");
      double x = 0, y = 0;
      if (!m_.as_real(a_, x) || !m_.as_real(b_, y)) return failure();
      return real_power(x, y);
    }
    constexpr std::size_t kMaxBits = 20'000;
    auto exponent = static_cast<std::uint64_t>(b_.integer);
    auto digits = bigint::power(digits_of(a_), exponent, kMaxBits);
    if (!digits) return m_.fail("LimitError", "the power is too large");
    if (!m_.charge(digits->size())) return failure();
    return m_.big(std::move(*digits));
  }

  // --- sequences -------------------------------------------------------------

  Value add() {
    if (a_.is_string() && b_.is_string()) {
      bool safe = a_.safe || b_.safe;
      Value x = safe ? m_.escape(a_) : a_;
      Value y = safe ? m_.escape(b_) : b_;
      if (!m_.charge((x.size + y.size) / 64)) return failure();
      return m_.text(concat({x.text(), y.text()}), safe);
    }
    if (a_.is_sequence() && a_.kind == b_.kind) {
      List* joined =
          new_list(m_.arena(), a_.list->size + std::size_t{b_.list->size});
      if (!m_.charge(a_.list->size + b_.list->size)) return failure();
      for (const Value& v : a_.list->span()) joined->push(m_.arena(), v);
      for (const Value& v : b_.list->span()) joined->push(m_.arena(), v);
      return list_of(joined, a_.kind);
    }
    if (a_.is_string() || a_.is_sequence()) {
      std::string_view type = a_.is_string() ? "str" : type_name(a_);
      return m_.fail("TypeError",
                     concat({"can only concatenate ", type, " (not \"",
                             type_name(b_), "\") to ", type}));
    }
    return unsupported();
  }

  Value repeat() {
    bool left = a_.is_string() || a_.is_sequence();
    const Value& what = left ? a_ : b_;
    const Value& times = left ? b_ : a_;
    if (!what.is_string() && !what.is_sequence()) return unsupported();
    if (!times.is_int())
      return m_.fail("TypeError",
                     concat({"can't multiply sequence by non-int of type '",
                             type_name(times), "'"}));
    std::int64_t count = 0;
    if (!m_.as_index(times, count)) return failure();
    count = std::max<std::int64_t>(count, 0);
    std::uint64_t unit = what.is_string() ? what.size : what.list->size;
    if (unit == 0) count = 0;
    const auto times_u = static_cast<std::uint64_t>(count);
    const bool overflows = count > 0 && times_u > UINT64_MAX / unit;
    if (!m_.allow(overflows ? UINT64_MAX : unit * times_u)) return failure();
    if (what.is_string()) {
      std::string out;
      out.reserve(unit * static_cast<std::size_t>(count));
      for (; count > 0; count--) out.append(what.text());
      return m_.text(out, what.safe);
    }
    List* list = new_list(m_.arena(), unit * static_cast<std::size_t>(count));
    for (; count > 0; count--)
      for (const Value& v : what.list->span()) list->push(m_.arena(), v);
    return list_of(list, what.kind);
  }

  Machine& m_;
  Binary op_;
  const Value& a_;
  const Value& b_;
};

}  // namespace

Value Machine::binary(Binary op, const Value& a, const Value& b) {
  return Arithmetic(*this, op, a, b).run();
}

Value Machine::negate(const Value& v) {
  switch (v.kind) {
    case Kind::boolean:
    case Kind::integer:
      if (v.integer == INT64_MIN) return big("9223372036854775808");
      return integer(-v.integer);
    case Kind::bigint:
      return big(bigint::negate(v.text()));
    case Kind::real:
      return real(-v.real);
    case Kind::decimal: {
      std::string_view t = v.text();
      Value r = t.starts_with('-') ? text(t.substr(1)) : text(concat({"-", t}));
      r.kind = Kind::decimal;
      return r;
    }
    case Kind::undefined:
      return fail_undefined(v);
    default:
      return fail("TypeError", concat({"bad operand type for unary -: '",
                                       type_name(v), "'"}));
  }
}

Value Machine::positive(const Value& v) {
  if (v.is(Kind::boolean)) return integer(v.integer);
  if (v.is_number()) return v;
  if (v.is(Kind::undefined)) return fail_undefined(v);
  return fail("TypeError",
              concat({"bad operand type for unary +: '", type_name(v), "'"}));
}

}  // namespace trestle::pages
