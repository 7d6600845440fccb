// Filters that apply other filters and tests, and those on any value.
#include <algorithm>

#include "base/text.h"
#include "pages/filter_tables.h"
#include "pages/machine.h"
#include "pages/numbers.h"

namespace trestle::pages {

namespace {

Value filter_default(Machine& m, const Value* a) {
  bool replace = a[0].is(Kind::undefined) || (m.truth(a[2]) && !m.truth(a[0]));
  return replace ? given(a[1], string("")) : a[0];
}

Value filter_attr(Machine& m, const Value* a) {
  if (a[0].is(Kind::undefined)) return m.undefined_of(a[0], a[1]);
  // Unlike a dot, it does not look at items.
  if (a[0].is(Kind::dict) || a[0].is(Kind::row) || !a[1].is_string())
    return m.undefined_of(a[0], a[1]);
  return m.get_attribute(a[0], a[1].text());
}

Value filter_map(Machine& m, const Args& args) {
  if (args.positional.empty())
    return m.fail("TypeError", "map() needs a value");
  const Value& source = args.positional[0];
  std::span<const Value> rest = args.positional.subspan(1);
  const Callable* filter = nullptr;
  Value attribute, fallback;
  if (rest.empty() && args.keyword("attribute") != nullptr) {
    attribute = *args.keyword("attribute");
    if (const Value* v = args.keyword("default")) fallback = *v;
    for (const Keyword& k : args.keywords)
      if (k.name != "attribute" && k.name != "default")
        return m.fail("FilterArgumentError",
                      concat({"Unexpected keyword argument '", k.name, "'"}));
  } else {
    if (rest.empty())
      return m.fail("FilterArgumentError", "map requires a filter argument");
    std::string name = m.str(rest[0]);
    filter = find_filter(name);
    if (filter == nullptr)
      return m.fail("TemplateRuntimeError",
                    concat({"No filter named '", name, "'."}));
  }
  List* items = m.to_list(source);
  if (items == nullptr) return failure();
  List* out = new_list(m.arena(), items->size);
  for (const Value& item : items->span()) {
    if (!m.charge(1)) return failure();
    Value v = filter == nullptr
                  ? m.path(item, attribute, fallback)
                  : m.call(*filter, item, Args{rest.subspan(1), args.keywords});
    if (v.failed()) return v;
    out->push(m.arena(), v);
  }
  return m.iterator(out);
}

Value select(Machine& m, const Args& args, bool wanted, bool by_attribute) {
  if (args.positional.empty())
    return m.fail("TypeError", "select() needs a value");
  std::span<const Value> rest = args.positional.subspan(1);
  Value attribute;
  if (by_attribute) {
    if (rest.empty())
      return m.fail("FilterArgumentError",
                    "Missing parameter for attribute name");
    attribute = rest[0];
    rest = rest.subspan(1);
  }
  const Callable* test = nullptr;
  if (!rest.empty()) {
    std::string name = m.str(rest[0]);
    test = find_test(name);
    if (test == nullptr)
      return m.fail("TemplateRuntimeError",
                    concat({"No test named '", name, "'."}));
    rest = rest.subspan(1);
  }
  List* items = m.to_list(args.positional[0]);
  if (items == nullptr) return failure();
  List* out = new_list(m.arena());
  for (const Value& item : items->span()) {
    if (!m.charge(1)) return failure();
    Value v = by_attribute ? m.path(item, attribute) : item;
    if (test != nullptr && !v.failed())
      v = m.call(*test, v, Args{rest, args.keywords});
    if (v.failed()) return v;
    if (m.truth(v) == wanted) out->push(m.arena(), item);
  }
  return m.iterator(out);
}

Value filter_select(Machine& m, const Args& args) {
  return select(m, args, true, false);
}
Value filter_reject(Machine& m, const Args& args) {
  return select(m, args, false, false);
}
Value filter_selectattr(Machine& m, const Args& args) {
  return select(m, args, true, true);
}
Value filter_rejectattr(Machine& m, const Args& args) {
  return select(m, args, false, true);
}

// pprint: like repr, keys sorted, broken into lines of 80 columns.
class PrettyPrinter {
 public:
  explicit PrettyPrinter(Machine& m) : m_(m) {}

  // One line, maps in the order of their keys.
  std::string flat(const Value& v, int depth) {
    bool map = v.is(Kind::dict) || v.is(Kind::row);
    if (depth > 60 || (!map && !v.is_sequence() && !v.is(Kind::rows)))
      return m_.repr(v);
    std::string out = open(v);
    bool first = true;
    each(v, [&](const Value* key, const Value& item) {
      if (!first) out += ", ";
      first = false;
      if (key != nullptr) out += concat({m_.repr(*key), ": "});
      out += flat(item, depth + 1);
    });
    return out + close(v);
  }

  std::string lines(const Value& v, std::size_t indent, std::size_t behind,
                    int depth) {
    std::string one = flat(v, depth);
    bool map = v.is(Kind::dict) || v.is(Kind::row);
    if (one.size() + indent + behind <= 80 || depth > 30 ||
        (!map && !v.is_sequence() && !v.is(Kind::rows)) || m_.length(v) == 0)
      return one;
    std::string out = open(v);
    std::int64_t left = m_.length(v);
    bool first = true;
    each(v, [&](const Value* key, const Value& item) {
      if (!first) out += concat({",\n", std::string(indent + 1, ' ')});
      first = false;
      left--;
      std::string name = key == nullptr ? "" : concat({m_.repr(*key), ": "});
      out += name;
      out += lines(item, indent + 1 + name.size(), left == 0 ? behind + 1 : 1,
                   depth + 1);
    });
    return out + close(v);
  }

 private:
  static std::string open(const Value& v) {
    return v.is(Kind::dict) || v.is(Kind::row) ? "{"
           : v.is(Kind::tuple)                 ? "("
                                               : "[";
  }
  std::string close(const Value& v) {
    if (v.is(Kind::tuple)) return m_.length(v) == 1 ? ",)" : ")";
    return v.is(Kind::dict) || v.is(Kind::row) ? "}" : "]";
  }

  template <class Visit>
  void each(const Value& v, Visit visit) {
    if (!v.is(Kind::dict) && !v.is(Kind::row)) {
      Cursor cursor{v, 0};
      Value item;
      while (m_.charge(1) && m_.next(cursor, item)) visit(nullptr, item);
      return;
    }
    const Dict& d = v.is(Kind::dict) ? *v.dict : *m_.row_dict(v);
    std::vector<std::uint32_t> order(d.size);
    for (std::uint32_t i = 0; i < d.size; i++) order[i] = i;
    std::ranges::stable_sort(order, [&](std::uint32_t x, std::uint32_t y) {
      const Value &a = d.entries[x].key, &b = d.entries[y].key;
      if (a.is_string() && b.is_string()) return a.text() < b.text();
      if (a.is_number() && b.is_number())
        return m_.compare(Compare::lt, a, b) == 1;
      return type_name(a) < type_name(b);
    });
    for (std::uint32_t i : order)
      if (m_.charge(1)) visit(&d.entries[i].key, d.entries[i].value);
  }

  Machine& m_;
};

Value filter_pprint(Machine& m, const Value* a) {
  std::string out = PrettyPrinter(m).lines(a[0], 0, 0, 0);
  return m.failed() ? failure() : m.text(out);
}

constexpr Callable kTable[] = {
    {"default",
     "do_default",
     filter_default,
     nullptr,
     1,
     {"value", "default_value", "boolean"}},
    {"d",
     "do_default",
     filter_default,
     nullptr,
     1,
     {"value", "default_value", "boolean"}},
    {"attr", "do_attr", filter_attr, nullptr, 2, {"obj", "name"}},
    {"map", "do_map", nullptr, filter_map, 1, {}},
    {"select", "do_select", nullptr, filter_select, 1, {}},
    {"reject", "do_reject", nullptr, filter_reject, 1, {}},
    {"selectattr", "do_selectattr", nullptr, filter_selectattr, 1, {}},
    {"rejectattr", "do_rejectattr", nullptr, filter_rejectattr, 1, {}},
    {"pprint", "do_pprint", filter_pprint, nullptr, 1, {"value"}},
};

}  // namespace

std::span<const Callable> select_filters() { return kTable; }

}  // namespace trestle::pages
