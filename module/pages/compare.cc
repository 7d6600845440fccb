// Ordering, membership and sorting.
#include <algorithm>
#include <cmath>
#include <vector>

#include "base/text.h"
#include "pages/bigint.h"
#include "pages/machine.h"

namespace trestle::pages {

namespace {

constexpr std::string_view kSymbols[] = {"==", "!=", "<", "<=", ">", ">="};

template <class T>
bool ordered(Compare op, const T& a, const T& b) {
  switch (op) {
    case Compare::lt:
      return a < b;
    case Compare::le:
      return a <= b;
    case Compare::gt:
      return a > b;
    default:
      return a >= b;
  }
}

bool order_numbers(Compare op, const Value& a, const Value& b) {
  if (a.is_int() && b.is_int()) {
    if (!a.is(Kind::bigint) && !b.is(Kind::bigint))
      return ordered(op, a.integer, b.integer);
    auto digits = [](const Value& v) {
      return v.is(Kind::bigint) ? std::string(v.text())
                                : std::to_string(v.integer);
    };
    return ordered(op, bigint::compare(digits(a), digits(b)), 0);
  }
  auto wide = [](const Value& v) -> long double {
    if (v.is(Kind::real)) return v.real;
    if (v.is(Kind::bigint) || v.is(Kind::decimal))
      return std::strtold(std::string(v.text()).c_str(), nullptr);
    return static_cast<long double>(v.integer);
  };
  return ordered(op, wide(a), wide(b));
}

}  // namespace

int Machine::compare(Compare op, const Value& a, const Value& b) {
  if (op == Compare::eq) return equal(a, b);
  if (op == Compare::ne) return !equal(a, b);
  if (op == Compare::in) return contains(b, a);
  if (op == Compare::not_in) {
    int found = contains(b, a);
    return found < 0 ? found : 1 - found;
  }
  if (a.is_number() && b.is_number()) return order_numbers(op, a, b);
  if (a.is_string() && b.is_string()) return ordered(op, a.text(), b.text());
  if (a.is(Kind::undefined) || b.is(Kind::undefined)) {
    fail_undefined(a.is(Kind::undefined) ? a : b);
    return -1;
  }
  if (a.is_sequence() && a.kind == b.kind) {
    std::uint32_t common = std::min(a.list->size, b.list->size);
    for (std::uint32_t i = 0; i < common; i++) {
      if (!charge(1)) return -1;
      const Value &x = a.list->items[i], &y = b.list->items[i];
      if (equal(x, y)) continue;
      if (!deeper()) return -1;
      int result = compare(op, x, y);
      depth_--;
      return result;
    }
    return ordered(op, a.list->size, b.list->size);
  }
  fail("TypeError", concat({"'", kSymbols[static_cast<int>(op)],
                            "' not supported between instances of '",
                            type_name(a), "' and '", type_name(b), "'"}));
  return -1;
}

int Machine::contains(const Value& container, const Value& item) {
  switch (container.kind) {
    case Kind::string:
      if (!item.is_string()) {
        fail("TypeError",
             concat({"'in <string>' requires string as left operand, not ",
                     type_name(item)}));
        return -1;
      }
      return container.text().find(item.text()) != std::string_view::npos;
    case Kind::dict:
    case Kind::row: {
      if (!hashable(item)) {
        fail("TypeError", concat({"unhashable type: '", type_name(item), "'"}));
        return -1;
      }
      if (container.is(Kind::row))
        return item.is_string() && container.rows->column(item.text()) >= 0;
      return container.dict->find(item) != nullptr;
    }
    default:
      break;
  }
  Cursor cursor;
  if (!iterate(container, cursor)) {
    if (error_ && error_->message.ends_with("is not iterable"))
      error_->message = concat({"TypeError: argument of type '",
                                type_name(container), "' is not iterable"});
    return -1;
  }
  Value each;
  while (next(cursor, each)) {
    if (!charge(1)) return -1;
    if (equal(each, item)) return 1;
  }
  return failed() ? -1 : 0;
}

bool Machine::sort_by(List& items, const List& keys, bool reverse) {
  std::vector<std::uint32_t> order(items.size);
  for (std::uint32_t i = 0; i < items.size; i++) order[i] = i;
  if (!charge(items.size)) return false;
  // Once a comparison has failed all others say no, which ends the sort.
  std::ranges::stable_sort(order, [&](std::uint32_t x, std::uint32_t y) {
    if (failed()) return false;
    if (reverse) std::swap(x, y);
    return compare(Compare::lt, keys.items[x], keys.items[y]) == 1;
  });
  if (failed()) return false;
  std::vector<Value> copy(items.items, items.items + items.size);
  for (std::uint32_t i = 0; i < items.size; i++)
    items.items[i] = copy[order[i]];
  return true;
}

bool Machine::sort(List& items, bool reverse) {
  List keys;
  for (const Value& v : items.span()) keys.push(arena_, v);
  return sort_by(items, keys, reverse);
}

}  // namespace trestle::pages
