// Tests: what stands behind `is`.
#include "base/text.h"
#include "pages/machine.h"
#include "pages/methods.h"
#include "pages/unicode.h"

namespace trestle::pages {

namespace {

Value holds(int result) {
  return result < 0 ? failure() : boolean(result == 1);
}

template <Compare kOp>
Value test_compare(Machine& m, const Value* a) {
  return holds(m.compare(kOp, a[0], a[1]));
}

template <Kind kKind>
Value test_kind(Machine&, const Value* a) {
  return boolean(a[0].is(kKind));
}

Value test_defined(Machine&, const Value* a) {
  return boolean(!a[0].is(Kind::undefined));
}
Value test_true(Machine&, const Value* a) {
  return boolean(a[0].is(Kind::boolean) && a[0].integer != 0);
}
Value test_false(Machine&, const Value* a) {
  return boolean(a[0].is(Kind::boolean) && a[0].integer == 0);
}
Value test_integer(Machine&, const Value* a) {
  return boolean(a[0].is(Kind::integer) || a[0].is(Kind::bigint));
}
Value test_number(Machine&, const Value* a) {
  return boolean(a[0].is_number());
}
Value test_mapping(Machine&, const Value* a) {
  return boolean(a[0].is(Kind::dict) || a[0].is(Kind::row));
}

Value test_sequence(Machine& m, const Value* a) {
  return boolean(m.length(a[0]) >= 0 && !a[0].is(Kind::view) &&
                 !a[0].is(Kind::loop));
}

Value test_iterable(Machine& m, const Value* a) {
  return boolean(m.length(a[0]) >= 0 || a[0].is(Kind::iterator));
}

Value test_callable(Machine&, const Value* a) {
  switch (a[0].kind) {
    case Kind::undefined:
    case Kind::macro:
    case Kind::function:
    case Kind::method:
    case Kind::super:
    case Kind::loop:
    case Kind::joiner:
      return boolean(true);
    default:
      return boolean(false);
  }
}

Value test_escaped(Machine&, const Value* a) {
  return boolean((a[0].is_string() && a[0].safe) || a[0].is(Kind::module));
}

template <bool (*kGood)(char32_t), bool (*kBad)(char32_t)>
Value test_case(Machine& m, const Value* a) {
  std::string s = m.str(a[0]);
  bool any = false;
  for (std::size_t at = 0; at < s.size();) {
    char32_t c = unicode::next(s, at);
    if (kBad(c) || unicode::is_title(c)) return boolean(false);
    any = any || kGood(c);
  }
  return boolean(any);
}

Value remainder(Machine& m, const Value& v, const Value& divisor) {
  return m.binary(Binary::modulo, v, divisor);
}

Value test_odd(Machine& m, const Value* a) {
  Value r = remainder(m, a[0], integer(2));
  return r.failed() ? r : boolean(equal(r, integer(1)));
}
Value test_even(Machine& m, const Value* a) {
  Value r = remainder(m, a[0], integer(2));
  return r.failed() ? r : boolean(equal(r, integer(0)));
}
Value test_divisibleby(Machine& m, const Value* a) {
  Value r = remainder(m, a[0], a[1]);
  return r.failed() ? r : boolean(equal(r, integer(0)));
}

// Python's `is`: the same object, or equal values of the small immutable kinds.
Value test_sameas(Machine&, const Value* a) {
  if (a[0].kind != a[1].kind) return boolean(false);
  switch (a[0].kind) {
    case Kind::none:
    case Kind::boolean:
    case Kind::integer:
    case Kind::string:
      return boolean(equal(a[0], a[1]));
    default:
      return boolean(a[0].integer == a[1].integer && a[0].size == a[1].size);
  }
}

Value test_filter(Machine& m, const Value* a) {
  return boolean(find_filter(m.str(a[0])) != nullptr);
}
Value test_test(Machine& m, const Value* a) {
  return boolean(find_test(m.str(a[0])) != nullptr);
}

constexpr auto kEq = test_compare<Compare::eq>;
constexpr auto kNe = test_compare<Compare::ne>;
constexpr auto kLt = test_compare<Compare::lt>;
constexpr auto kLe = test_compare<Compare::le>;
constexpr auto kGt = test_compare<Compare::gt>;
constexpr auto kGe = test_compare<Compare::ge>;

constexpr Callable kTests[] = {
    {"defined", "test_defined", test_defined, nullptr, 1, {"value"}},
    {"undefined",
     "test_undefined",
     test_kind<Kind::undefined>,
     nullptr,
     1,
     {"value"}},
    {"none", "test_none", test_kind<Kind::none>, nullptr, 1, {"value"}},
    {"boolean",
     "test_boolean",
     test_kind<Kind::boolean>,
     nullptr,
     1,
     {"value"}},
    {"true", "test_true", test_true, nullptr, 1, {"value"}},
    {"false", "test_false", test_false, nullptr, 1, {"value"}},
    {"integer", "test_integer", test_integer, nullptr, 1, {"value"}},
    {"float", "test_float", test_kind<Kind::real>, nullptr, 1, {"value"}},
    {"number", "test_number", test_number, nullptr, 1, {"value"}},
    {"string", "test_string", test_kind<Kind::string>, nullptr, 1, {"value"}},
    {"mapping", "test_mapping", test_mapping, nullptr, 1, {"value"}},
    {"sequence", "test_sequence", test_sequence, nullptr, 1, {"value"}},
    {"iterable", "test_iterable", test_iterable, nullptr, 1, {"value"}},
    {"callable", "callable", test_callable, nullptr, 1, {"obj"}},
    {"escaped", "test_escaped", test_escaped, nullptr, 1, {"value"}},
    {"lower",
     "test_lower",
     test_case<unicode::is_lower, unicode::is_upper>,
     nullptr,
     1,
     {"value"}},
    {"upper",
     "test_upper",
     test_case<unicode::is_upper, unicode::is_lower>,
     nullptr,
     1,
     {"value"}},
    {"odd", "test_odd", test_odd, nullptr, 1, {"value"}},
    {"even", "test_even", test_even, nullptr, 1, {"value"}},
    {"divisibleby",
     "test_divisibleby",
     test_divisibleby,
     nullptr,
     2,
     {"value", "num"}},
    {"sameas", "test_sameas", test_sameas, nullptr, 2, {"value", "other"}},
    {"filter", "test_filter", test_filter, nullptr, 1, {"value"}},
    {"test", "test_test", test_test, nullptr, 1, {"value"}},
    {"in", "test_in", test_compare<Compare::in>, nullptr, 2, {"value", "seq"}},
    {"==", "eq", kEq, nullptr, 2, {"a", "b"}},
    {"eq", "eq", kEq, nullptr, 2, {"a", "b"}},
    {"equalto", "eq", kEq, nullptr, 2, {"a", "b"}},
    {"!=", "ne", kNe, nullptr, 2, {"a", "b"}},
    {"ne", "ne", kNe, nullptr, 2, {"a", "b"}},
    {"<", "lt", kLt, nullptr, 2, {"a", "b"}},
    {"lt", "lt", kLt, nullptr, 2, {"a", "b"}},
    {"lessthan", "lt", kLt, nullptr, 2, {"a", "b"}},
    {"<=", "le", kLe, nullptr, 2, {"a", "b"}},
    {"le", "le", kLe, nullptr, 2, {"a", "b"}},
    {">", "gt", kGt, nullptr, 2, {"a", "b"}},
    {"gt", "gt", kGt, nullptr, 2, {"a", "b"}},
    {"greaterthan", "gt", kGt, nullptr, 2, {"a", "b"}},
    {">=", "ge", kGe, nullptr, 2, {"a", "b"}},
    {"ge", "ge", kGe, nullptr, 2, {"a", "b"}},
};

}  // namespace

const Callable* find_test(std::string_view name) {
  return find_in(kTests, name);
}

}  // namespace trestle::pages
