#include "pages/value.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "pages/bigint.h"

namespace trestle::pages {

namespace {

std::uint64_t mix(std::uint64_t h) {
  h ^= h >> 33;
  h *= 0xff51afd7ed558ccdULL;
  return h ^ (h >> 29);
}

bool equal_numbers(const Value& a, const Value& b) {
  if (a.is(Kind::bigint) && b.is(Kind::bigint)) return a.text() == b.text();
  auto as_real = [](const Value& v) -> long double {
    if (v.is(Kind::real)) return v.real;
    if (v.is(Kind::bigint) || v.is(Kind::decimal))
      return std::strtold(std::string(v.text()).c_str(), nullptr);
    return static_cast<long double>(v.integer);
  };
  if (a.is(Kind::bigint) || b.is(Kind::bigint)) {
    const Value& other = a.is(Kind::bigint) ? b : a;
    const Value& big = a.is(Kind::bigint) ? a : b;
    if (!other.is(Kind::real)) return false;
    return std::isfinite(other.real) &&
           bigint::from_double(other.real) == big.text();
  }
  return as_real(a) == as_real(b);
}

bool equal_items(const List& a, const List& b) {
  if (a.size != b.size) return false;
  for (std::uint32_t i = 0; i < a.size; i++)
    if (!equal(a.items[i], b.items[i])) return false;
  return true;
}

bool equal_dicts(const Dict& a, const Dict& b) {
  if (a.size != b.size) return false;
  for (std::uint32_t i = 0; i < a.size; i++) {
    const Value* other = b.find(a.entries[i].key);
    if (other == nullptr || !equal(a.entries[i].value, *other)) return false;
  }
  return true;
}

}  // namespace

void List::push(Arena& arena, Value v) {
  if (size == capacity) {
    std::uint32_t larger = capacity == 0 ? 8 : capacity * 2;
    Value* moved = static_cast<Value*>(arena.allocate(larger * sizeof(Value)));
    std::copy(items, items + size, moved);
    items = moved;
    capacity = larger;
  }
  items[size++] = v;
}

List* new_list(Arena& arena, std::size_t capacity) {
  List* list = arena.make<List>();
  if (capacity > 0) {
    list->items = static_cast<Value*>(arena.allocate(capacity * sizeof(Value)));
    list->capacity = static_cast<std::uint32_t>(capacity);
  }
  return list;
}

Value list_of(List* list, Kind kind) {
  Value v = make(kind);
  v.list = list;
  return v;
}

Value dict_of(Dict* dict) {
  Value v = make(Kind::dict);
  v.dict = dict;
  return v;
}

std::uint64_t hash_of(std::string_view text) {
  std::uint64_t h = 0xcbf29ce484222325ULL;
  for (char c : text) {
    h ^= static_cast<unsigned char>(c);
    h *= 0x100000001b3ULL;
  }
  return mix(h);
}

std::uint64_t hash_of(const Value& v) {
  switch (v.kind) {
    case Kind::string:
    case Kind::bigint:
      return hash_of(v.text());
    case Kind::boolean:
    case Kind::integer:
      return mix(static_cast<std::uint64_t>(v.integer));
    case Kind::real: {
      double whole = std::trunc(v.real);
      if (whole == v.real && std::fabs(whole) < 9.2e18)
        return mix(
            static_cast<std::uint64_t>(static_cast<std::int64_t>(whole)));
      if (std::isfinite(v.real) && whole == v.real)
        return hash_of(bigint::from_double(v.real));
      return mix(std::bit_cast<std::uint64_t>(v.real));
    }
    case Kind::decimal:
      return hash_of(real(std::strtod(std::string(v.text()).c_str(), nullptr)));
    case Kind::tuple: {
      std::uint64_t h = 17;
      for (const Value& item : v.list->span()) h = mix(h * 31 + hash_of(item));
      return h;
    }
    case Kind::undefined:
      return mix(static_cast<std::uint64_t>(v.kind));
    default:
      return mix(
          static_cast<std::uint64_t>(v.kind) +
          (v.kind == Kind::none ? 0 : static_cast<std::uint64_t>(v.integer)));
  }
}

bool hashable(const Value& v) {
  if (v.is(Kind::tuple)) return std::ranges::all_of(v.list->span(), hashable);
  return !v.is(Kind::list) && !v.is(Kind::dict) && !v.is(Kind::rows) &&
         !v.is(Kind::row) && !v.is(Kind::view);
}

bool equal(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) return equal_numbers(a, b);
  if (a.kind != b.kind) return false;
  switch (a.kind) {
    case Kind::string:
      return a.text() == b.text();
    case Kind::none:
    case Kind::undefined:
    case Kind::missing:
      return true;
    case Kind::list:
    case Kind::tuple:
      return a.list == b.list || equal_items(*a.list, *b.list);
    case Kind::dict:
      return a.dict == b.dict || equal_dicts(*a.dict, *b.dict);
    case Kind::range: {
      const Range &x = *a.range, &y = *b.range;
      return x.length == y.length &&
             (x.length == 0 ||
              (x.start == y.start && (x.length == 1 || x.step == y.step)));
    }
    case Kind::row:
      return a.rows == b.rows && a.size == b.size;
    default:
      return a.integer == b.integer;
  }
}

// --- Dict

std::int64_t Dict::position(const Value& key, std::uint64_t hash) const {
  if (index_size == 0) {
    for (std::uint32_t i = 0; i < size; i++)
      if (entries[i].hash == hash && equal(entries[i].key, key)) return i;
    return -1;
  }
  for (std::uint64_t at = hash & (index_size - 1);;
       at = (at + 1) & (index_size - 1)) {
    std::uint32_t i = index[at];
    if (i == 0) return -1;
    if (entries[i - 1].hash == hash && equal(entries[i - 1].key, key))
      return i - 1;
  }
}

const Value* Dict::find(const Value& key) const {
  std::int64_t at = position(key, hash_of(key));
  return at < 0 ? nullptr : &entries[at].value;
}

const Value* Dict::find(std::string_view key) const {
  return find(string(key));
}

Value* Dict::find(std::string_view key, std::uint64_t hash) const {
  std::int64_t at = position(string(key), hash);
  return at < 0 ? nullptr : &entries[at].value;
}

void Dict::rebuild(Arena& arena) {
  if (size < 9) {
    index_size = 0;
    return;
  }
  index_size = std::bit_ceil(capacity * 2);
  index = arena.array<std::uint32_t>(index_size);
  for (std::uint32_t i = 0; i < size; i++) {
    std::uint64_t at = entries[i].hash & (index_size - 1);
    while (index[at] != 0) at = (at + 1) & (index_size - 1);
    index[at] = i + 1;
  }
}

void Dict::set(Arena& arena, Value key, Value value) {
  std::uint64_t hash = hash_of(key);
  std::int64_t at = position(key, hash);
  if (at >= 0) {
    entries[at].value = value;
    return;
  }
  bool grown = size == capacity;
  if (grown) {
    std::uint32_t larger = capacity == 0 ? 4 : capacity * 2;
    Entry* moved = arena.array<Entry>(larger);
    std::copy(entries, entries + size, moved);
    entries = moved;
    capacity = larger;
  }
  entries[size++] = {key, value, hash};
  if (grown || (index_size == 0 && size >= 9)) {
    rebuild(arena);
    return;
  }
  if (index_size == 0) return;
  std::uint64_t slot = hash & (index_size - 1);
  while (index[slot] != 0) slot = (slot + 1) & (index_size - 1);
  index[slot] = size;
}

bool Dict::erase(Arena& arena, const Value& key) {
  std::int64_t at = position(key, hash_of(key));
  if (at < 0) return false;
  std::copy(entries + at + 1, entries + size, entries + at);
  size--;
  rebuild(arena);
  return true;
}

// --- Rows

int Rows::column(std::string_view name) const {
  for (std::size_t i = 0; i < columns.size(); i++)
    if (columns[i].name == name) return static_cast<int>(i);
  return -1;
}

std::string_view type_name(const Value& v) {
  switch (v.kind) {
    case Kind::failed:
    case Kind::missing:
      return "missing";
    case Kind::undefined:
      return "Undefined";
    case Kind::none:
      return "NoneType";
    case Kind::boolean:
      return "bool";
    case Kind::integer:
    case Kind::bigint:
      return "int";
    case Kind::real:
      return "float";
    case Kind::decimal:
      return "decimal.Decimal";
    case Kind::string:
      return v.safe ? "Markup" : "str";
    case Kind::rows:
    case Kind::list:
      return "list";
    case Kind::tuple:
      return "tuple";
    case Kind::row:
    case Kind::dict:
      return "dict";
    case Kind::range:
      return "range";
    case Kind::iterator:
    case Kind::stream:
      return "generator";
    case Kind::view:
      return v.view->part == View::Part::keys     ? "dict_keys"
             : v.view->part == View::Part::values ? "dict_values"
                                                  : "dict_items";
    case Kind::macro:
      return "Macro";
    case Kind::function:
      return "function";
    case Kind::method:
      return "builtin_function_or_method";
    case Kind::module:
      return "TemplateModule";
    case Kind::self:
      return "TemplateReference";
    case Kind::super:
      return "BlockReference";
    case Kind::loop:
      return "LoopContext";
    case Kind::name_space:
      return "Namespace";
    case Kind::cycler:
      return "Cycler";
    case Kind::joiner:
      return "Joiner";
  }
  return "object";
}

}  // namespace trestle::pages
