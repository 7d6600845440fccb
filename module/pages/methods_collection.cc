// Methods of lists, tuples, maps, numbers and Jinja's own objects.
#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "pages/bigint.h"
#include "pages/machine.h"
#include "pages/methods.h"

namespace trestle::pages {

namespace {

// Rows of a result are read-only; a method that only reads sees them as a list.
List* items_of(Machine& m, const Value& v) {
  return v.is(Kind::list) || v.is(Kind::tuple) ? v.list : m.to_list(v);
}

Value read_only(Machine& m) {
  return m.fail("TypeError", "rows of a result cannot be changed");
}

// --- list
// -------------------------------------------------------------------------

Value list_append(Machine& m, const Value* a) {
  if (!a[0].is(Kind::list)) return read_only(m);
  if (!m.charge(1)) return failure();
  m.keep();
  a[0].list->push(m.arena(), a[1]);
  return none();
}

Value list_extend(Machine& m, const Value* a) {
  if (!a[0].is(Kind::list)) return read_only(m);
  List* more = m.to_list(a[1]);
  if (more == nullptr) return failure();
  m.keep();
  for (const Value& v : more->span()) a[0].list->push(m.arena(), v);
  return none();
}

Value list_insert(Machine& m, const Value* a) {
  if (!a[0].is(Kind::list)) return read_only(m);
  std::int64_t at = 0;
  if (!m.as_index(a[1], at)) return failure();
  List& list = *a[0].list;
  at = std::clamp<std::int64_t>(at < 0 ? at + list.size : at, 0, list.size);
  m.keep();
  list.push(m.arena(), a[2]);
  std::rotate(list.items + at, list.items + list.size - 1,
              list.items + list.size);
  return none();
}

Value list_pop(Machine& m, const Value* a) {
  if (!a[0].is(Kind::list)) return read_only(m);
  List& list = *a[0].list;
  std::int64_t at = -1;
  if (!a[1].is(Kind::missing) && !m.as_index(a[1], at)) return failure();
  if (list.size == 0) return m.fail("IndexError", "pop from empty list");
  if (at < 0) at += list.size;
  if (at < 0 || at >= list.size)
    return m.fail("IndexError", "pop index out of range");
  Value v = list.items[at];
  std::copy(list.items + at + 1, list.items + list.size, list.items + at);
  list.size--;
  return v;
}

std::int64_t position(const List& list, const Value& v) {
  for (std::uint32_t i = 0; i < list.size; i++)
    if (equal(list.items[i], v)) return i;
  return -1;
}

Value list_remove(Machine& m, const Value* a) {
  if (!a[0].is(Kind::list)) return read_only(m);
  std::int64_t at = position(*a[0].list, a[1]);
  if (at < 0) return m.fail("ValueError", "list.remove(x): x not in list");
  Value index[] = {a[0], integer(at)};
  return list_pop(m, index).failed() ? failure() : none();
}

Value list_index(Machine& m, const Value* a) {
  List* list = items_of(m, a[0]);
  if (list == nullptr) return failure();
  std::int64_t from = 0, to = list->size;
  if (!a[2].is(Kind::missing) && !m.as_index(a[2], from)) return failure();
  if (!a[3].is(Kind::missing) && !m.as_index(a[3], to)) return failure();
  auto clip = [&](std::int64_t i) {
    return std::clamp<std::int64_t>(i < 0 ? i + list->size : i, 0, list->size);
  };
  for (std::int64_t i = clip(from); i < clip(to); i++)
    if (equal(list->items[i], a[1])) return integer(i);
  if (a[0].is(Kind::tuple))
    return m.fail("ValueError", "tuple.index(x): x not in tuple");
  return m.fail("ValueError", concat({m.repr(a[1]), " is not in list"}));
}

Value list_count(Machine& m, const Value* a) {
  List* list = items_of(m, a[0]);
  if (list == nullptr) return failure();
  std::int64_t n = 0;
  for (const Value& v : list->span()) n += equal(v, a[1]) ? 1 : 0;
  return integer(n);
}

Value list_sort(Machine& m, const Value* a) {
  if (!a[0].is(Kind::list)) return read_only(m);
  if (!a[1].is(Kind::missing) && !a[1].is(Kind::none)) {
    List keys;
    for (const Value& v : a[0].list->span()) {
      Value key = m.call(a[1], Args{{&v, 1}, {}});
      if (key.failed()) return key;
      keys.push(m.arena(), key);
    }
    return m.sort_by(*a[0].list, keys, m.truth(a[2])) ? none() : failure();
  }
  return m.sort(*a[0].list, m.truth(a[2])) ? none() : failure();
}

Value list_reverse(Machine& m, const Value* a) {
  if (!a[0].is(Kind::list)) return read_only(m);
  std::ranges::reverse(a[0].list->span());
  return none();
}

Value list_clear(Machine& m, const Value* a) {
  if (!a[0].is(Kind::list)) return read_only(m);
  a[0].list->size = 0;
  return none();
}

Value list_copy(Machine& m, const Value* a) {
  List* copy = m.to_list(a[0]);
  return copy == nullptr ? failure() : list_of(copy);
}

constexpr Callable kListMethods[] = {
    {"append", "list.append", list_append, nullptr, 2, {"self", "object"}},
    {"extend", "list.extend", list_extend, nullptr, 2, {"self", "iterable"}},
    {"insert",
     "list.insert",
     list_insert,
     nullptr,
     3,
     {"self", "index", "object"}},
    {"pop", "list.pop", list_pop, nullptr, 1, {"self", "index"}},
    {"remove", "list.remove", list_remove, nullptr, 2, {"self", "value"}},
    {"index",
     "list.index",
     list_index,
     nullptr,
     2,
     {"self", "value", "start", "stop"}},
    {"count", "list.count", list_count, nullptr, 2, {"self", "value"}},
    {"sort", "list.sort", list_sort, nullptr, 1, {"self", "key", "reverse"}},
    {"reverse", "list.reverse", list_reverse, nullptr, 1, {"self"}},
    {"clear", "list.clear", list_clear, nullptr, 1, {"self"}},
    {"copy", "list.copy", list_copy, nullptr, 1, {"self"}},
};

constexpr Callable kTupleMethods[] = {
    {"index",
     "tuple.index",
     list_index,
     nullptr,
     2,
     {"self", "value", "start", "stop"}},
    {"count", "tuple.count", list_count, nullptr, 2, {"self", "value"}},
};

// --- dict
// -------------------------------------------------------------------------

Dict* dict_behind(Machine& m, const Value& v) {
  return v.is(Kind::row) ? m.row_dict(v) : v.dict;
}

template <View::Part kPart>
Value dict_view(Machine& m, const Value* a) {
  Value v = make(Kind::view);
  v.view = m.arena().make<View>();
  v.view->part = kPart;
  v.view->dict = dict_behind(m, a[0]);
  return v;
}

bool usable_key(Machine& m, const Value& key) {
  if (hashable(key)) return true;
  m.fail("TypeError", concat({"unhashable type: '", type_name(key), "'"}));
  return false;
}

Value dict_get(Machine& m, const Value* a) {
  if (!usable_key(m, a[1])) return failure();
  Value v = m.subscript(a[0], a[1]);
  if (!v.is(Kind::missing)) return v;
  return a[2].is(Kind::missing) ? none() : a[2];
}

Value dict_pop(Machine& m, const Value* a) {
  if (!a[0].is(Kind::dict)) return read_only(m);
  if (!usable_key(m, a[1])) return failure();
  if (const Value* found = a[0].dict->find(a[1])) {
    Value v = *found;
    m.keep();
    a[0].dict->erase(m.arena(), a[1]);
    return v;
  }
  if (!a[2].is(Kind::missing)) return a[2];
  return m.fail("KeyError", m.repr(a[1]));
}

Value dict_popitem(Machine& m, const Value* a) {
  if (!a[0].is(Kind::dict)) return read_only(m);
  Dict& d = *a[0].dict;
  if (d.size == 0)
    return m.fail("KeyError", "'popitem(): dictionary is empty'");
  Dict::Entry last = d.entries[d.size - 1];
  m.keep();
  d.erase(m.arena(), last.key);
  Value pair = m.list(Kind::tuple);
  pair.list->push(m.arena(), last.key);
  pair.list->push(m.arena(), last.value);
  return pair;
}

Value dict_setdefault(Machine& m, const Value* a) {
  if (!a[0].is(Kind::dict)) return read_only(m);
  if (!usable_key(m, a[1]) || !m.charge(1)) return failure();
  if (const Value* found = a[0].dict->find(a[1])) return *found;
  Value v = a[2].is(Kind::missing) ? none() : a[2];
  m.keep();
  a[0].dict->set(m.arena(), a[1], v);
  return v;
}

Value dict_update(Machine& m, const Args& args) {
  const Value& self = args.positional[0];
  if (!self.is(Kind::dict)) return read_only(m);
  Value more = m.call(standard_globals()[1],
                      Args{args.positional.subspan(1), args.keywords});
  if (more.failed()) return more;
  m.keep();
  for (std::uint32_t i = 0; i < more.dict->size; i++) {
    if (!m.charge(1)) return failure();
    self.dict->set(m.arena(), more.dict->entries[i].key,
                   more.dict->entries[i].value);
  }
  return none();
}

Value dict_clear(Machine& m, const Value* a) {
  if (!a[0].is(Kind::dict)) return read_only(m);
  a[0].dict->clear();
  return none();
}

Value dict_copy(Machine& m, const Value* a) {
  Dict* copy = m.arena().make<Dict>();
  const Dict& d = *dict_behind(m, a[0]);
  if (!m.charge(d.size)) return failure();
  for (std::uint32_t i = 0; i < d.size; i++)
    copy->set(m.arena(), d.entries[i].key, d.entries[i].value);
  return dict_of(copy);
}

constexpr Callable kDictMethods[] = {
    {"items", "dict.items", dict_view<View::Part::items>, nullptr, 1, {"self"}},
    {"keys", "dict.keys", dict_view<View::Part::keys>, nullptr, 1, {"self"}},
    {"values",
     "dict.values",
     dict_view<View::Part::values>,
     nullptr,
     1,
     {"self"}},
    {"get", "dict.get", dict_get, nullptr, 2, {"self", "key", "default"}},
    {"pop", "dict.pop", dict_pop, nullptr, 2, {"self", "key", "default"}},
    {"popitem", "dict.popitem", dict_popitem, nullptr, 1, {"self"}},
    {"setdefault",
     "dict.setdefault",
     dict_setdefault,
     nullptr,
     2,
     {"self", "key", "default"}},
    {"update", "dict.update", nullptr, dict_update, 1, {}},
    {"clear", "dict.clear", dict_clear, nullptr, 1, {"self"}},
    {"copy", "dict.copy", dict_copy, nullptr, 1, {"self"}},
};

// --- numbers
// ----------------------------------------------------------------------

Value int_bit_length(Machine&, const Value* a) {
  if (a[0].is(Kind::bigint)) return integer(bigint::bit_length(a[0].text()));
  return integer(bigint::bit_length(std::to_string(a[0].integer)));
}
Value int_bit_count(Machine&, const Value* a) {
  std::string bits = bigint::to_radix(
      a[0].is(Kind::bigint) ? a[0].text() : std::to_string(a[0].integer), 2);
  return integer(std::ranges::count(bits, '1'));
}
Value number_conjugate(Machine&, const Value* a) {
  return a[0].is(Kind::boolean) ? integer(a[0].integer) : a[0];
}
Value real_is_integer(Machine&, const Value* a) {
  return boolean(std::isfinite(a[0].real) &&
                 std::floor(a[0].real) == a[0].real);
}

constexpr Callable kIntMethods[] = {
    {"bit_length", "int.bit_length", int_bit_length, nullptr, 1, {"self"}},
    {"bit_count", "int.bit_count", int_bit_count, nullptr, 1, {"self"}},
    {"conjugate", "int.conjugate", number_conjugate, nullptr, 1, {"self"}},
};
constexpr Callable kRealMethods[] = {
    {"is_integer", "float.is_integer", real_is_integer, nullptr, 1, {"self"}},
    {"conjugate", "float.conjugate", number_conjugate, nullptr, 1, {"self"}},
};

// --- loop, cycler
// -----------------------------------------------------------------

Value loop_cycle(Machine& m, const Args& args) {
  std::span<const Value> choices = args.positional.subspan(1);
  if (choices.empty()) return m.fail("TypeError", "no items for cycling given");
  auto i = static_cast<std::size_t>(args.positional[0].loop->index0);
  return choices[i % choices.size()];
}

Value loop_changed(Machine& m, const Args& args) {
  Loop& loop = *args.positional[0].loop;
  List* now = new_list(m.arena());
  for (const Value& v : args.positional.subspan(1)) now->push(m.arena(), v);
  bool same = loop.last_changed != nullptr &&
              equal(list_of(loop.last_changed), list_of(now));
  if (!same) {
    loop.last_changed = now;
    m.keep();
  }
  return boolean(!same);
}

Value cycler_next(Machine&, const Value* a) {
  Cycler& c = *a[0].cycler;
  Value v = c.items->items[c.position];
  c.position = (c.position + 1) % c.items->size;
  return v;
}
Value cycler_reset(Machine&, const Value* a) {
  a[0].cycler->position = 0;
  return none();
}

constexpr Callable kLoopMethods[] = {
    {"cycle", "LoopContext.cycle", nullptr, loop_cycle, 1, {}},
    {"changed", "LoopContext.changed", nullptr, loop_changed, 1, {}},
};
constexpr Callable kCyclerMethods[] = {
    {"next", "Cycler.next", cycler_next, nullptr, 1, {"self"}},
    {"reset", "Cycler.reset", cycler_reset, nullptr, 1, {"self"}},
};

}  // namespace

const Callable* find_list_method(std::string_view name) {
  return find_in(kListMethods, name);
}
const Callable* find_tuple_method(std::string_view name) {
  return find_in(kTupleMethods, name);
}
const Callable* find_dict_method(std::string_view name) {
  return find_in(kDictMethods, name);
}
const Callable* find_number_method(const Value& v, std::string_view name) {
  return v.is(Kind::real) ? find_in(kRealMethods, name)
                          : find_in(kIntMethods, name);
}
const Callable* find_object_method(const Value& v, std::string_view name) {
  if (v.is(Kind::loop)) return find_in(kLoopMethods, name);
  if (v.is(Kind::cycler)) return find_in(kCyclerMethods, name);
  return nullptr;
}

}  // namespace trestle::pages
