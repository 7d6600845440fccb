// Methods of str that look for text inside it.
#include <algorithm>

#include "base/text.h"
#include "pages/machine.h"
#include "pages/methods_text.h"
#include "pages/unicode.h"

namespace trestle::pages {

namespace {

// The part between two optional positions in code points; its byte offset.
bool window(Machine& m, const Value& self, const Value& from, const Value& to,
            std::string_view& part, std::size_t& start) {
  std::int64_t length = m.length(self);
  std::int64_t begin = 0, end = length;
  if (!absent(from) && !m.as_index(from, begin)) return false;
  if (!absent(to) && !m.as_index(to, end)) return false;
  auto clip = [&](std::int64_t i) {
    return std::clamp<std::int64_t>(i < 0 ? i + length : i, 0, length);
  };
  bool beyond = begin > length;
  begin = clip(begin);
  end = clip(end);
  std::string_view s = self.text();
  start = unicode::offset(s, static_cast<std::size_t>(begin));
  std::size_t stop = unicode::offset(s, static_cast<std::size_t>(end));
  part = begin <= end && !beyond ? s.substr(start, stop - start)
                                 : std::string_view();
  if (begin > end || beyond) part = {};
  return true;
}

template <bool kLast>
Value find(Machine& m, const Value* a) {
  if (!a[1].is_string()) return wants_text(m, a[1], "argument");
  std::string_view part;
  std::size_t start = 0;
  if (!window(m, a[0], a[2], a[3], part, start)) return failure();
  if (part.data() == nullptr) return integer(-1);
  std::size_t at = kLast ? part.rfind(a[1].text()) : part.find(a[1].text());
  if (at == std::string_view::npos) return integer(-1);
  return integer(static_cast<std::int64_t>(
      unicode::length(a[0].text().substr(0, start + at))));
}

template <bool kLast>
Value index(Machine& m, const Value* a) {
  Value v = find<kLast>(m, a);
  if (!v.failed() && v.integer < 0)
    return m.fail("ValueError", "substring not found");
  return v;
}

Value count(Machine& m, const Value* a) {
  if (!a[1].is_string()) return wants_text(m, a[1], "argument");
  std::string_view part;
  std::size_t start = 0;
  if (!window(m, a[0], a[2], a[3], part, start)) return failure();
  if (part.data() == nullptr) return integer(0);
  if (a[1].size == 0)
    return integer(static_cast<std::int64_t>(unicode::length(part)) + 1);
  std::int64_t n = 0;
  for (std::size_t at = part.find(a[1].text()); at != std::string_view::npos;
       at = part.find(a[1].text(), at + a[1].size))
    n++;
  return integer(n);
}

template <bool kEnd>
Value starts_or_ends(Machine& m, const Value* a) {
  std::string_view part;
  std::size_t start = 0;
  if (!window(m, a[0], a[2], a[3], part, start)) return failure();
  std::span<const Value> choices(&a[1], 1);
  if (a[1].is(Kind::tuple)) choices = a[1].list->span();
  for (const Value& choice : choices) {
    if (!choice.is_string())
      return m.fail("TypeError",
                    concat({kEnd ? "endswith" : "startswith",
                            " first arg must be str or a tuple of str, not ",
                            type_name(choice)}));
    if (part.data() == nullptr) continue;
    if (kEnd ? part.ends_with(choice.text()) : part.starts_with(choice.text()))
      return boolean(true);
  }
  return boolean(false);
}

constexpr Callable kTable[] = {
    {"find",
     "str.find",
     find<false>,
     nullptr,
     2,
     {"self", "sub", "start", "end"}},
    {"rfind",
     "str.rfind",
     find<true>,
     nullptr,
     2,
     {"self", "sub", "start", "end"}},
    {"index",
     "str.index",
     index<false>,
     nullptr,
     2,
     {"self", "sub", "start", "end"}},
    {"rindex",
     "str.rindex",
     index<true>,
     nullptr,
     2,
     {"self", "sub", "start", "end"}},
    {"count", "str.count", count, nullptr, 2, {"self", "sub", "start", "end"}},
    {"startswith",
     "str.startswith",
     starts_or_ends<false>,
     nullptr,
     2,
     {"self", "prefix", "start", "end"}},
    {"endswith",
     "str.endswith",
     starts_or_ends<true>,
     nullptr,
     2,
     {"self", "suffix", "start", "end"}},
};

}  // namespace

std::span<const Callable> text_search_methods() { return kTable; }

}  // namespace trestle::pages
