// Methods of str that take it apart, and put pieces together.
#include <algorithm>

#include "base/text.h"
#include "pages/machine.h"
#include "pages/methods_text.h"
#include "pages/unicode.h"

namespace trestle::pages {

namespace {

using Views = std::vector<std::string_view>;

Value pieces(Machine& m, const Views& views, bool safe, bool tuple = false) {
  List* list = new_list(m.arena(), views.size());
  for (std::string_view v : views) list->push(m.arena(), string(v, safe));
  if (!m.charge(views.size())) return failure();
  return list_of(list, tuple ? Kind::tuple : Kind::list);
}

Views split_blanks(std::string_view s, std::int64_t most, bool from_right) {
  Views out;
  std::string_view rest = unicode::strip(s, !from_right, from_right);
  while (!rest.empty()) {
    if (most >= 0 && static_cast<std::int64_t>(out.size()) == most) {
      out.push_back(from_right ? unicode::strip(rest, false, true) : rest);
      break;
    }
    // The next word ends at the first blank, seen from the working end.
    std::size_t end = 0;
    if (!from_right) {
      while (end < rest.size()) {
        std::size_t next = end;
        if (unicode::is_space(unicode::next(rest, next))) break;
        end = next;
      }
      out.push_back(rest.substr(0, end));
      rest = unicode::strip(rest.substr(end), true, false);
    } else {
      std::size_t begin = 0;
      for (std::size_t at = 0; at < rest.size();)
        if (unicode::is_space(unicode::next(rest, at))) begin = at;
      out.push_back(rest.substr(begin));
      rest = unicode::strip(rest.substr(0, begin), false, true);
    }
  }
  if (from_right) {
    std::ranges::reverse(out);
    if (!out.empty() && most >= 0 &&
        static_cast<std::int64_t>(out.size()) == most + 1)
      out[0] = unicode::strip(out[0], false, true);
  } else if (!out.empty() &&
             (most < 0 || static_cast<std::int64_t>(out.size()) <= most)) {
    out.back() = unicode::strip(out.back(), false, true);
  }
  return out;
}

template <bool kRight>
Value split_text(Machine& m, const Value* a) {
  std::int64_t most = -1;
  if (is_given(a[2]) && !m.as_index(a[2], most)) return failure();
  std::string_view s = a[0].text();
  if (absent(a[1])) return pieces(m, split_blanks(s, most, kRight), a[0].safe);
  if (!a[1].is_string()) return wants_text(m, a[1], "sep");
  std::string_view sep = a[1].text();
  if (sep.empty()) return m.fail("ValueError", "empty separator");
  Views out;
  for (;;) {
    std::size_t at = most >= 0 && static_cast<std::int64_t>(out.size()) == most
                         ? std::string_view::npos
                     : kRight ? s.rfind(sep)
                              : s.find(sep);
    if (at == std::string_view::npos) break;
    out.push_back(kRight ? s.substr(at + sep.size()) : s.substr(0, at));
    s = kRight ? s.substr(0, at) : s.substr(at + sep.size());
  }
  out.push_back(s);
  if (kRight) std::ranges::reverse(out);
  return pieces(m, out, a[0].safe);
}

Value splitlines(Machine& m, const Value* a) {
  return pieces(m, unicode::split_lines(a[0].text(), m.truth(a[1])), a[0].safe);
}

template <bool kRight>
Value partition(Machine& m, const Value* a) {
  Value sep;
  if (!text_argument(m, a[0], a[1], sep)) return failure();
  if (sep.size == 0) return m.fail("ValueError", "empty separator");
  std::string_view s = a[0].text();
  std::size_t at = kRight ? s.rfind(sep.text()) : s.find(sep.text());
  Views out;
  if (at != std::string_view::npos)
    out = {s.substr(0, at), s.substr(at, sep.size), s.substr(at + sep.size)};
  else if (kRight)
    out = {"", "", s};
  else
    out = {s, "", ""};
  return pieces(m, out, a[0].safe, true);
}

Value join(Machine& m, const Value* a) {
  List* items = m.to_list(a[1]);
  if (items == nullptr) return failure();
  std::string out;
  for (std::uint32_t i = 0; i < items->size; i++) {
    const Value& item = items->items[i];
    if (!a[0].safe && !item.is_string())
      return m.fail("TypeError", concat({"sequence item ", std::to_string(i),
                                         ": expected str instance, ",
                                         type_name(item), " found"}));
    if (i > 0) out += a[0].text();
    Value part = a[0].safe ? m.escape(item) : item;
    if (part.failed() || !m.charge(1 + part.size / 64)) return failure();
    out += part.text();
  }
  return m.text(out, a[0].safe);
}

constexpr Callable kTable[] = {
    {"split",
     "str.split",
     split_text<false>,
     nullptr,
     1,
     {"self", "sep", "maxsplit"}},
    {"rsplit",
     "str.rsplit",
     split_text<true>,
     nullptr,
     1,
     {"self", "sep", "maxsplit"}},
    {"splitlines",
     "str.splitlines",
     splitlines,
     nullptr,
     1,
     {"self", "keepends"}},
    {"partition",
     "str.partition",
     partition<false>,
     nullptr,
     2,
     {"self", "sep"}},
    {"rpartition",
     "str.rpartition",
     partition<true>,
     nullptr,
     2,
     {"self", "sep"}},
    {"join", "str.join", join, nullptr, 2, {"self", "iterable"}},
};

}  // namespace

std::span<const Callable> text_split_methods() { return kTable; }

}  // namespace trestle::pages
