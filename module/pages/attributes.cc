// object.name and object[key]. Jinja looks for an attribute first in the one
// and for an item first in the other; here the keys of maps and the columns of
// rows win over methods in both, so that row.items is the column.
#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "pages/machine.h"
#include "pages/methods.h"
#include "pages/unicode.h"

namespace trestle::pages {

namespace {

Value method_value(Machine& m, const Value& self, const Callable* function) {
  Value v = make(Kind::method);
  v.method = m.arena().make<Method>();
  v.method->self = self;
  v.method->function = function;
  return v;
}

Value loop_attribute(Machine& m, const Loop& loop, std::string_view name) {
  std::int64_t i = loop.index0;
  bool needs_length =
      name == "length" || name == "revindex" || name == "revindex0";
  if (needs_length && loop.length < 0)
    return m.fail("TypeError",
                  "how many rows a stream has is known at its end only");
  if (name == "index") return integer(i + 1);
  if (name == "index0") return integer(i);
  if (name == "first") return boolean(i == 0);
  if (name == "last") return boolean(!loop.has_next);
  if (name == "length") return integer(loop.length);
  if (name == "revindex") return integer(loop.length - i);
  if (name == "revindex0") return integer(loop.length - i - 1);
  if (name == "depth") return integer(loop.depth + 1);
  if (name == "depth0") return integer(loop.depth);
  if (name == "previtem")
    return i > 0 ? loop.previous
                 : m.undefined_hint("there is no previous item");
  if (name == "nextitem")
    return loop.has_next ? loop.next
                         : m.undefined_hint("there is no next item");
  return {};
}

Value macro_attribute(Machine& m, const Macro& macro, std::string_view name) {
  const Node& n = *macro.node;
  if (name == "name") return string(n.name);
  if (name == "arguments") {
    Value names = m.list(Kind::tuple);
    for (const Node* p : n.items) names.list->push(m.arena(), string(p->name));
    return names;
  }
  if (name == "catch_kwargs") return boolean(n.routine->kwargs_slot >= 0);
  if (name == "catch_varargs") return boolean(n.routine->varargs_slot >= 0);
  if (name == "caller")
    return boolean(n.routine->caller_slot >= 0 || n.routine->explicit_caller);
  return {};
}

Value number_attribute(const Value& v, std::string_view name) {
  if (name == "real") return v.is(Kind::boolean) ? integer(v.integer) : v;
  if (name == "imag") return v.is(Kind::real) ? real(0) : integer(0);
  if (v.is_int() && name == "numerator")
    return v.is(Kind::boolean) ? integer(v.integer) : v;
  if (v.is_int() && name == "denominator") return integer(1);
  return {};
}

Value found_or_missing(const Value* v) { return v == nullptr ? Value{} : *v; }

// What Python finds with getattr() besides methods.
Value plain_attribute(Machine& m, const Value& v, std::string_view name) {
  switch (v.kind) {
    case Kind::loop:
      return loop_attribute(m, *v.loop, name);
    case Kind::macro:
      return macro_attribute(m, *v.macro, name);
    case Kind::module:
      return found_or_missing(v.module->names->find(name));
    case Kind::name_space:
      return found_or_missing(v.dict->find(name));
    case Kind::tuple:
      if (v.list->group && name == "grouper") return v.list->items[0];
      if (v.list->group && name == "list") return v.list->items[1];
      return {};
    case Kind::range:
      if (name == "start") return integer(v.range->start);
      if (name == "stop") return integer(v.range->stop);
      if (name == "step") return integer(v.range->step);
      return {};
    case Kind::cycler:
      if (name == "current") return v.cycler->items->items[v.cycler->position];
      return {};
    case Kind::super: {
      if (name != "super") return {};
      if (v.block->entry->next == nullptr)
        return m.undefined_hint(
            concat({"there is no parent block called '", v.block->name, "'."}));
      Value next = make(Kind::super);
      next.block = m.arena().make<BlockRef>();
      *next.block = *v.block;
      next.block->entry = v.block->entry->next;
      return next;
    }
    case Kind::self:
      for (auto& [known, entry] : *v.block->context->blocks) {
        if (known != name) continue;
        Value block = make(Kind::super);
        block.block = m.arena().make<BlockRef>();
        block.block->name = known;
        block.block->context = v.block->context;
        block.block->entry = entry;
        return block;
      }
      return {};
    case Kind::boolean:
    case Kind::integer:
    case Kind::bigint:
    case Kind::real:
      return number_attribute(v, name);
    default:
      return {};
  }
}

bool index_in(std::int64_t& i, std::int64_t length) {
  if (i < 0) i += length;
  return i >= 0 && i < length;
}

}  // namespace

const Callable* find_method(const Value& v, std::string_view name) {
  switch (v.kind) {
    case Kind::string:
      return find_text_method(name);
    case Kind::list:
    case Kind::rows:
      return find_list_method(name);
    case Kind::tuple:
    case Kind::range:
      return find_tuple_method(name);
    case Kind::dict:
    case Kind::row:
      return find_dict_method(name);
    case Kind::boolean:
    case Kind::integer:
    case Kind::bigint:
    case Kind::real:
      return find_number_method(v, name);
    default:
      return find_object_method(v, name);
  }
}

Value Machine::get_attribute(const Value& object, std::string_view name,
                             std::uint64_t hash, std::uint32_t cache) {
  if (object.is(Kind::row)) {
    ColumnCache& known = columns_[cache];
    if (known.rows != object.rows)
      known = {object.rows, object.rows->column(name)};
    if (known.column >= 0)
      return cell(*object.rows, object.size,
                  static_cast<std::size_t>(known.column));
  } else if (object.is(Kind::dict)) {
    if (const Value* v = object.dict->find(name, hash)) return *v;
  } else {
    if (object.is(Kind::undefined)) return fail_undefined(object);
    Value v = plain_attribute(*this, object, name);
    if (!v.is(Kind::missing)) return v;
  }
  if (const Callable* function = find_method(object, name))
    return method_value(*this, object, function);
  return undefined_of(object, string(name));
}

Value Machine::get_attribute(const Value& object, std::string_view name) {
  if (object.is(Kind::row)) {
    int column = object.rows->column(name);
    if (column >= 0)
      return cell(*object.rows, object.size, static_cast<std::size_t>(column));
    if (const Callable* function = find_method(object, name))
      return method_value(*this, object, function);
    return undefined_of(object, text(name));
  }
  Value v = get_attribute(object, name, hash_of(name), 0);
  // The name may not outlive this call.
  if (v.is(Kind::undefined) && v.undefined->name.is_string())
    v.undefined->name = text(name);
  return v;
}

Value Machine::subscript(const Value& object, const Value& key) {
  std::int64_t i = key.integer;
  bool is_index = key.is(Kind::integer) || key.is(Kind::boolean);
  switch (object.kind) {
    case Kind::list:
    case Kind::tuple:
      return is_index && index_in(i, object.list->size) ? object.list->items[i]
                                                        : Value{};
    case Kind::dict:
      return hashable(key) ? found_or_missing(object.dict->find(key)) : Value{};
    case Kind::row: {
      int column = key.is_string() ? object.rows->column(key.text()) : -1;
      return column < 0 ? Value{}
                        : cell(*object.rows, object.size,
                               static_cast<std::size_t>(column));
    }
    case Kind::rows:
      return is_index &&
                     index_in(i, static_cast<std::int64_t>(object.rows->count))
                 ? row_value(object.rows, static_cast<std::size_t>(i))
                 : Value{};
    case Kind::range:
      return is_index && index_in(i, object.range->length)
                 ? integer(object.range->at(i))
                 : Value{};
    case Kind::string: {
      if (!is_index || !index_in(i, length(object))) return {};
      std::string_view s = object.text();
      std::size_t at = unicode::offset(s, static_cast<std::size_t>(i));
      std::size_t end = at;
      (void)unicode::next(s, end);
      return string(s.substr(at, end - at), object.safe);
    }
    default:
      return {};
  }
}

Value Machine::get_item(const Value& object, const Value& key) {
  if (object.is(Kind::undefined)) return fail_undefined(object);
  Value v = subscript(object, key);
  if (!v.is(Kind::missing)) return v;
  if (key.is_string()) return get_attribute(object, key.text());
  return undefined_of(object, key);
}

Value Machine::slice(const Value& object, const Value& from, const Value& to,
                     const Value& step_value) {
  std::int64_t length = this->length(object);
  bool good = object.is_string() || object.is_sequence() ||
              object.is(Kind::range) || object.is(Kind::rows);
  if (object.is(Kind::undefined)) return fail_undefined(object);
  auto undefined_slice = [&] {
    Value v = undefined_hint(
        concat({type_name(object), " object has no such slice"}));
    return v;
  };
  if (!good) return undefined_slice();
  std::int64_t bounds[3] = {0, 0, 1};
  const Value* parts[3] = {&from, &to, &step_value};
  for (int i = 0; i < 3; i++) {
    if (parts[i]->is(Kind::none)) continue;
    if (parts[i]->is(Kind::bigint)) {
      bounds[i] =
          parts[i]->text().starts_with('-') ? INT64_MIN / 4 : INT64_MAX / 4;
    } else if (parts[i]->is(Kind::integer) || parts[i]->is(Kind::boolean)) {
      bounds[i] = std::clamp<std::int64_t>(parts[i]->integer, INT64_MIN / 4,
                                           INT64_MAX / 4);
    } else {
      return undefined_slice();
    }
  }
  std::int64_t step = bounds[2];
  if (step == 0) return fail("ValueError", "slice step cannot be zero");
  auto bound = [&](int i, std::int64_t otherwise) {
    if (parts[i]->is(Kind::none)) return otherwise;
    std::int64_t b = bounds[i] < 0 ? bounds[i] + length : bounds[i];
    return step > 0 ? std::clamp<std::int64_t>(b, 0, length)
                    : std::clamp<std::int64_t>(b, -1, length - 1);
  };
  std::int64_t start = bound(0, step > 0 ? 0 : length - 1);
  std::int64_t stop = bound(1, step > 0 ? length : -1);
  std::int64_t count = 0;
  if (step > 0 && start < stop) count = (stop - start - 1) / step + 1;
  if (step < 0 && start > stop) count = (start - stop - 1) / -step + 1;
  if (!charge(static_cast<std::uint64_t>(count) / 8)) return failure();

  if (object.is_string()) {
    if (step == 1) {
      std::string_view s = object.text();
      std::size_t at = unicode::offset(s, static_cast<std::size_t>(start));
      std::string_view rest = s.substr(at);
      return string(rest.substr(0, unicode::offset(
                                       rest, static_cast<std::size_t>(count))),
                    object.safe);
    }
    std::u32string all = unicode::decode(object.text());
    std::string out;
    for (std::int64_t i = 0; i < count; i++)
      unicode::append(out, all[static_cast<std::size_t>(start + i * step)]);
    return text(out, object.safe);
  }
  if (object.is(Kind::range)) {
    const Range& r = *object.range;
    Value v = make(Kind::range);
    v.range = arena_.make<Range>();
    *v.range = {r.at(start), r.at(stop), r.step * step, count};
    return v;
  }
  List* items = new_list(arena_, static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; i++)
    items->push(arena_, subscript(object, integer(start + i * step)));
  return list_of(items, object.is(Kind::tuple) ? Kind::tuple : Kind::list);
}

Value Machine::path(const Value& object, const Value& attribute,
                    const Value& fallback) {
  Value at = object;
  auto step = [&](const Value& key) {
    at = get_item(at, key);
    if (at.is(Kind::undefined) && !fallback.is(Kind::missing) &&
        !fallback.is(Kind::none))
      at = fallback;
    return !at.failed();
  };
  if (!attribute.is_string()) {
    if (attribute.is(Kind::none) || attribute.is(Kind::missing)) return at;
    step(attribute);
    return at;
  }
  for (std::string_view part : split(attribute.text(), '.')) {
    std::int64_t i = 0;
    bool digits = !part.empty() && std::ranges::all_of(part, [](char c) {
      return c >= '0' && c <= '9';
    });
    if (digits) std::from_chars(part.data(), part.data() + part.size(), i);
    if (!step(digits ? integer(i) : string(part))) break;
  }
  return at;
}

}  // namespace trestle::pages
