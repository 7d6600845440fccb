#include <algorithm>

#include "base/text.h"
#include "pages/filter_tables.h"
#include "pages/machine.h"
#include "pages/numbers.h"
#include "pages/unicode.h"

namespace trestle::pages {

namespace {

// What sorting and grouping compare: lower case unless case matters.
Value fold_case(Machine& m, const Value& v, bool case_sensitive) {
  if (case_sensitive || !v.is_string()) return v;
  return m.text(unicode::lower(v.text()));
}

// The keys of sort(attribute="a,b"): a tuple for several attributes.
bool sort_keys(Machine& m, const List& items, const Value& attribute,
               bool case_sensitive, List& keys) {
  std::vector<std::string_view> names;
  if (attribute.is_string()) names = split(attribute.text(), ',');
  for (const Value& item : items.span()) {
    if (!m.charge(1)) return false;
    // A list in each case: what is equal is not compared further, so that
    // values without an order may be sorted among their like.
    Value key = m.list();
    if (absent(attribute))
      key.list->push(m.arena(), fold_case(m, item, case_sensitive));
    std::size_t parts =
        absent(attribute) ? 0 : std::max<std::size_t>(names.size(), 1);
    for (std::size_t i = 0; i < parts; i++) {
      Value v = m.path(item, names.empty() ? attribute : string(names[i]));
      if (v.failed()) return false;
      key.list->push(m.arena(), fold_case(m, v, case_sensitive));
    }
    keys.push(m.arena(), key);
  }
  return true;
}

Value filter_sort(Machine& m, const Value* a) {
  List* items = m.to_list(a[0]);
  if (items == nullptr) return failure();
  List keys;
  if (!sort_keys(m, *items, a[3], m.truth(a[2]), keys) ||
      !m.sort_by(*items, keys, m.truth(a[1])))
    return failure();
  return list_of(items);
}

// The items of a map as tuples, or null when it is none.
List* pairs_of(Machine& m, const Value& v) {
  Dict* dict = v.is(Kind::dict)  ? v.dict
               : v.is(Kind::row) ? m.row_dict(v)
                                 : nullptr;
  if (dict == nullptr) return nullptr;
  List* pairs = new_list(m.arena(), dict->size);
  for (std::uint32_t i = 0; i < dict->size; i++) {
    Value pair = m.list(Kind::tuple);
    pair.list->push(m.arena(), dict->entries[i].key);
    pair.list->push(m.arena(), dict->entries[i].value);
    pairs->push(m.arena(), pair);
  }
  return pairs;
}

Value filter_dictsort(Machine& m, const Value* a) {
  std::string by = a[2].is(Kind::missing) ? "key" : m.str(a[2]);
  if (by != "key" && by != "value")
    return m.fail("FilterArgumentError",
                  "You can only sort by either \"key\" or \"value\"");
  List* pairs = pairs_of(m, a[0]);
  if (pairs == nullptr) {
    if (a[0].is(Kind::undefined)) return m.fail_undefined(a[0]);
    return m.fail(
        "AttributeError",
        concat({"'", type_name(a[0]), "' object has no attribute 'items'"}));
  }
  List keys;
  for (const Value& pair : pairs->span())
    keys.push(m.arena(), fold_case(m, pair.list->items[by == "key" ? 0 : 1],
                                   m.truth(a[1])));
  return m.sort_by(*pairs, keys, m.truth(a[3])) ? list_of(pairs) : failure();
}

Value filter_items(Machine& m, const Value* a) {
  if (a[0].is(Kind::undefined)) return m.iterator(new_list(m.arena()));
  List* pairs = pairs_of(m, a[0]);
  if (pairs == nullptr)
    return m.fail("TypeError", "Can only get item pairs from a mapping.");
  return m.iterator(pairs);
}

Value filter_unique(Machine& m, const Value* a) {
  List* items = m.to_list(a[0]);
  if (items == nullptr) return failure();
  Dict seen;
  List* kept = new_list(m.arena());
  for (const Value& item : items->span()) {
    Value key = absent(a[2]) ? item : m.path(item, a[2]);
    if (key.failed()) return key;
    key = fold_case(m, key, m.truth(a[1]));
    if (!hashable(key))
      return m.fail("TypeError",
                    concat({"unhashable type: '", type_name(key), "'"}));
    if (seen.find(key) != nullptr) continue;
    seen.set(m.arena(), key, none());
    kept->push(m.arena(), item);
  }
  return m.iterator(kept);
}

Value extreme(Machine& m, const Value* a, Compare better) {
  List* items = m.to_list(a[0]);
  if (items == nullptr) return failure();
  if (items->size == 0)
    return m.undefined_hint("No aggregated item, sequence was empty.");
  Value best, best_key;
  for (const Value& item : items->span()) {
    Value key = absent(a[2]) ? item : m.path(item, a[2]);
    if (key.failed()) return key;
    key = fold_case(m, key, m.truth(a[1]));
    if (!best.is(Kind::missing)) {
      int wins = m.compare(better, key, best_key);
      if (wins < 0) return failure();
      if (wins == 0) continue;
    }
    best = item;
    best_key = key;
  }
  return best;
}

Value filter_min(Machine& m, const Value* a) {
  return extreme(m, a, Compare::lt);
}
Value filter_max(Machine& m, const Value* a) {
  return extreme(m, a, Compare::gt);
}

Value filter_sum(Machine& m, const Value* a) {
  Value total = given(a[2], integer(0));
  if (total.is_string())
    return m.fail("TypeError",
                  "sum() can't sum strings [use ''.join(seq) instead]");
  List* items = m.to_list(a[0]);
  if (items == nullptr) return failure();
  for (const Value& item : items->span()) {
    Value v = absent(a[1]) ? item : m.path(item, a[1]);
    if (v.failed() || !m.charge(1)) return failure();
    total = m.binary(Binary::add, total, v);
    if (total.failed()) return total;
  }
  return total;
}

Value filter_first(Machine& m, const Value* a) {
  Cursor cursor;
  if (!m.iterate(a[0], cursor)) return failure();
  Value v;
  if (m.next(cursor, v)) return v;
  return m.undefined_hint("No first item, sequence was empty.");
}

Value filter_last(Machine& m, const Value* a) {
  if (a[0].is(Kind::iterator))
    return m.fail("TypeError", "'generator' object is not reversible");
  if (m.length(a[0]) < 0)
    return m.fail("TypeError",
                  concat({"'", type_name(a[0]), "' object is not reversible"}));
  List* items = m.to_list(a[0]);
  if (items == nullptr) return failure();
  if (items->size > 0) return items->items[items->size - 1];
  return m.undefined_hint("No last item, sequence was empty.");
}

Value filter_random(Machine& m, const Value* a) {
  std::int64_t length = m.length(a[0]);
  if (length < 0)
    return m.fail("TypeError", concat({"object of type '", type_name(a[0]),
                                       "' has no len()"}));
  if (length == 0)
    return m.undefined_hint("No random item, sequence was empty.");
  return m.get_item(a[0],
                    integer(static_cast<std::int64_t>(
                        m.random() % static_cast<std::uint64_t>(length))));
}

Value filter_length(Machine& m, const Value* a) {
  std::int64_t length = m.length(a[0]);
  if (length < 0)
    return m.fail("TypeError", concat({"object of type '", type_name(a[0]),
                                       "' has no len()"}));
  return integer(length);
}

Value filter_list(Machine& m, const Value* a) {
  List* items = m.to_list(a[0]);
  return items == nullptr ? failure() : list_of(items);
}

Value filter_reverse(Machine& m, const Value* a) {
  if (a[0].is_string()) {
    Value r = m.slice(a[0], none(), none(), integer(-1));
    return r;
  }
  if (m.length(a[0]) < 0 && !a[0].is(Kind::iterator))
    return m.fail("FilterArgumentError", "argument must be iterable");
  List* items = m.to_list(a[0]);
  if (items == nullptr) return failure();
  std::ranges::reverse(items->span());
  return a[0].is(Kind::iterator) ? list_of(items) : m.iterator(items);
}

Value filter_batch(Machine& m, const Value* a) {
  List* items = m.to_list(a[0]);
  if (items == nullptr) return failure();
  // A size that is no integer never equals a length: all in one batch.
  std::int64_t size = a[1].is(Kind::integer) ? a[1].integer : -1;
  List* batches = new_list(m.arena());
  Value batch = m.list();
  for (const Value& item : items->span()) {
    if (batch.list->size == static_cast<std::uint64_t>(size)) {
      batches->push(m.arena(), batch);
      batch = m.list();
    }
    batch.list->push(m.arena(), item);
  }
  if (batch.list->size > 0) {
    if (!absent(a[2]) && size > batch.list->size) {
      if (!m.allow(static_cast<std::uint64_t>(size))) return failure();
      while (batch.list->size < static_cast<std::uint64_t>(size))
        batch.list->push(m.arena(), a[2]);
    }
    batches->push(m.arena(), batch);
  }
  return m.iterator(batches);
}

Value filter_slice(Machine& m, const Value* a) {
  List* items = m.to_list(a[0]);
  std::int64_t slices = 0;
  if (items == nullptr || !m.as_index(a[1], slices)) return failure();
  if (slices == 0)
    return m.fail("ZeroDivisionError", "integer division or modulo by zero");
  if (slices < 0) return m.iterator(new_list(m.arena()));
  if (!m.allow(static_cast<std::uint64_t>(slices))) return failure();
  std::int64_t each = items->size / slices;
  std::int64_t extra = items->size % slices;
  List* out = new_list(m.arena());
  std::int64_t at = 0;
  for (std::int64_t n = 0; n < slices; n++) {
    Value part = m.list();
    std::int64_t end = at + each + (n < extra ? 1 : 0);
    for (; at < end; at++) part.list->push(m.arena(), items->items[at]);
    if (!absent(a[2]) && n >= extra) part.list->push(m.arena(), a[2]);
    out->push(m.arena(), part);
  }
  return m.iterator(out);
}

Value filter_groupby(Machine& m, const Value* a) {
  bool case_sensitive = m.truth(a[3]);
  List* items = m.to_list(a[0]);
  if (items == nullptr) return failure();
  List raw, keys;
  for (const Value& item : items->span()) {
    Value key = m.path(item, a[1], a[2]);
    if (key.failed()) return key;
    raw.push(m.arena(), key);
    keys.push(m.arena(), fold_case(m, key, case_sensitive));
  }
  List order;
  for (std::uint32_t i = 0; i < items->size; i++)
    order.push(m.arena(), integer(i));
  if (!m.sort_by(order, keys, false)) return failure();
  List* groups = new_list(m.arena());
  Value last;
  Value members;
  for (const Value& position : order.span()) {
    const auto i = static_cast<std::size_t>(position.integer);
    if (groups->size == 0 || !equal(keys.span()[i], last)) {
      last = keys.span()[i];
      members = m.list();
      Value group = m.list(Kind::tuple);
      group.list->group = true;
      // Jinja shows the first spelling of the group.
      group.list->push(m.arena(), raw.span()[i]);
      group.list->push(m.arena(), members);
      groups->push(m.arena(), group);
    }
    members.list->push(m.arena(), items->items[i]);
  }
  return list_of(groups);
}

Value filter_join(Machine& m, const Value* a) {
  List* items = m.to_list(a[0]);
  if (items == nullptr) return failure();
  Value joint = given(a[1], string(""));
  List parts;
  bool safe = false;
  for (const Value& item : items->span()) {
    Value v = absent(a[2]) ? item : m.path(item, a[2]);
    if (v.failed()) return v;
    safe = safe || (v.is_string() && v.safe) || v.is(Kind::module);
    parts.push(m.arena(), v);
  }
  safe = m.autoescape() && (safe || (joint.is_string() && joint.safe));
  Value between = safe ? m.escape(joint) : m.soft_str(joint);
  std::string out;
  for (std::uint32_t i = 0; i < parts.size && !m.failed(); i++) {
    if (i > 0) out += between.text();
    Value part = safe ? m.escape(parts.items[i]) : m.soft_str(parts.items[i]);
    if (part.failed() || !m.charge(1 + part.size / 64)) return failure();
    out += part.text();
  }
  return m.failed() ? failure() : m.text(out, safe);
}

constexpr Callable kTable[] = {
    {"sort",
     "do_sort",
     filter_sort,
     nullptr,
     1,
     {"value", "reverse", "case_sensitive", "attribute"}},
    {"dictsort",
     "do_dictsort",
     filter_dictsort,
     nullptr,
     1,
     {"value", "case_sensitive", "by", "reverse"}},
    {"items", "do_items", filter_items, nullptr, 1, {"value"}},
    {"unique",
     "do_unique",
     filter_unique,
     nullptr,
     1,
     {"value", "case_sensitive", "attribute"}},
    {"min",
     "do_min",
     filter_min,
     nullptr,
     1,
     {"value", "case_sensitive", "attribute"}},
    {"max",
     "do_max",
     filter_max,
     nullptr,
     1,
     {"value", "case_sensitive", "attribute"}},
    {"sum",
     "do_sum",
     filter_sum,
     nullptr,
     1,
     {"iterable", "attribute", "start"}},
    {"first", "do_first", filter_first, nullptr, 1, {"seq"}},
    {"last", "do_last", filter_last, nullptr, 1, {"seq"}},
    {"random", "do_random", filter_random, nullptr, 1, {"seq"}},
    {"length", "len", filter_length, nullptr, 1, {"obj"}},
    {"count", "len", filter_length, nullptr, 1, {"obj"}},
    {"list", "do_list", filter_list, nullptr, 1, {"value"}},
    {"reverse", "do_reverse", filter_reverse, nullptr, 1, {"value"}},
    {"batch",
     "do_batch",
     filter_batch,
     nullptr,
     2,
     {"value", "linecount", "fill_with"}},
    {"slice",
     "do_slice",
     filter_slice,
     nullptr,
     2,
     {"value", "slices", "fill_with"}},
    {"groupby",
     "do_groupby",
     filter_groupby,
     nullptr,
     2,
     {"value", "attribute", "default", "case_sensitive"}},
    {"join", "do_join", filter_join, nullptr, 1, {"value", "d", "attribute"}},
};

}  // namespace

std::span<const Callable> list_filters() { return kTable; }

}  // namespace trestle::pages
