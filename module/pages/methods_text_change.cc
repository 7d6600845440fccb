// Methods of str that answer it trimmed, padded or with parts replaced.
#include <algorithm>

#include "base/text.h"
#include "pages/machine.h"
#include "pages/methods_text.h"
#include "pages/unicode.h"

namespace trestle::pages {

namespace {

template <bool kLeft, bool kRight>
Value strip(Machine& m, const Value* a) {
  std::string_view s = a[0].text();
  if (absent(a[1])) return string(unicode::strip(s, kLeft, kRight), a[0].safe);
  Value chars;
  if (!text_argument(m, a[0], a[1], chars)) return failure();
  std::u32string set = unicode::decode(chars.text());
  std::u32string all = unicode::decode(s);
  std::size_t begin = 0, end = all.size();
  while (kLeft && begin < end && set.find(all[begin]) != std::u32string::npos)
    begin++;
  while (kRight && end > begin &&
         set.find(all[end - 1]) != std::u32string::npos)
    end--;
  return m.text(
      unicode::encode(std::u32string_view(all).substr(begin, end - begin)),
      a[0].safe);
}

Value replace(Machine& m, const Value* a) {
  Value from, to;
  std::int64_t most = -1;
  if (!text_argument(m, a[0], a[1], from) || !text_argument(m, a[0], a[2], to))
    return failure();
  if (is_given(a[3]) && !m.as_index(a[3], most)) return failure();
  std::string_view s = a[0].text();
  std::string out;
  std::size_t at = 0;
  while (most != 0) {
    std::size_t found = s.find(from.text(), at);
    if (found == std::string_view::npos) break;
    out.append(s.substr(at, found - at)).append(to.text());
    if (!m.allow(out.size())) return failure();
    at = found + from.size;
    most--;
    if (from.size > 0) continue;
    // An empty pattern stands between all characters.
    if (at >= s.size()) return m.text(out, a[0].safe);
    std::size_t end = at;
    (void)unicode::next(s, end);
    out.append(s.substr(at, end - at));
    at = end;
  }
  if (at < s.size()) out.append(s.substr(at));
  return m.text(out, a[0].safe);
}

Value padded(Machine& m, const Value* a, std::size_t left_share,
             std::size_t right_share) {
  std::int64_t width = 0;
  if (!m.as_index(a[1], width)) return failure();
  Value fill = string(" ");
  if (is_given(a[2]) && !text_argument(m, a[0], a[2], fill)) return failure();
  if (m.length(fill) != 1)
    return m.fail("TypeError",
                  "The fill character must be exactly one character long");
  std::int64_t length = m.length(a[0]);
  if (width <= length) return a[0];
  auto room = static_cast<std::size_t>(width - length);
  if (!m.allow(room * fill.size)) return failure();
  std::size_t left = left_share == 0 ? 0 : room;
  // str.center puts the odd blank on the left when the width is odd.
  if (left_share > 0 && right_share > 0)
    left = room / 2 + (room & static_cast<std::size_t>(width) & 1);
  std::string out;
  for (std::size_t i = 0; i < left; i++) out += fill.text();
  out += a[0].text();
  for (std::size_t i = left; i < room; i++) out += fill.text();
  return m.text(out, a[0].safe);
}
Value center(Machine& m, const Value* a) { return padded(m, a, 1, 1); }
Value ljust(Machine& m, const Value* a) { return padded(m, a, 0, 1); }
Value rjust(Machine& m, const Value* a) { return padded(m, a, 1, 0); }

Value zfill(Machine& m, const Value* a) {
  std::int64_t width = 0;
  if (!m.as_index(a[1], width)) return failure();
  std::int64_t length = m.length(a[0]);
  if (width <= length) return a[0];
  auto room = static_cast<std::size_t>(width - length);
  if (!m.allow(room)) return failure();
  std::string out(a[0].text());
  bool sign = out.starts_with('-') || out.starts_with('+');
  out.insert(sign ? 1 : 0, room, '0');
  return m.text(out, a[0].safe);
}

Value expandtabs(Machine& m, const Value* a) {
  std::int64_t size = 8;
  if (is_given(a[1]) && !m.as_index(a[1], size)) return failure();
  std::string out;
  std::int64_t column = 0;
  std::string_view s = a[0].text();
  for (std::size_t at = 0; at < s.size();) {
    std::size_t start = at;
    char32_t c = unicode::next(s, at);
    if (c == '\t') {
      std::int64_t blanks = size > 0 ? size - column % size : 0;
      if (!m.allow(out.size() + static_cast<std::size_t>(blanks)))
        return failure();
      out.append(static_cast<std::size_t>(blanks), ' ');
      column += blanks;
      continue;
    }
    out.append(s.substr(start, at - start));
    column = c == '\n' || c == '\r' ? 0 : column + 1;
  }
  return m.text(out, a[0].safe);
}

template <bool kSuffix>
Value without(Machine& m, const Value* a) {
  Value part;
  if (!text_argument(m, a[0], a[1], part)) return failure();
  std::string_view s = a[0].text();
  if (kSuffix ? !s.ends_with(part.text()) : !s.starts_with(part.text()))
    return a[0];
  return string(
      kSuffix ? s.substr(0, s.size() - part.size) : s.substr(part.size),
      a[0].safe);
}

constexpr Callable kTable[] = {
    {"strip", "str.strip", strip<true, true>, nullptr, 1, {"self", "chars"}},
    {"lstrip", "str.lstrip", strip<true, false>, nullptr, 1, {"self", "chars"}},
    {"rstrip", "str.rstrip", strip<false, true>, nullptr, 1, {"self", "chars"}},
    {"replace",
     "str.replace",
     replace,
     nullptr,
     3,
     {"self", "old", "new", "count"}},
    {"center", "str.center", center, nullptr, 2, {"self", "width", "fillchar"}},
    {"ljust", "str.ljust", ljust, nullptr, 2, {"self", "width", "fillchar"}},
    {"rjust", "str.rjust", rjust, nullptr, 2, {"self", "width", "fillchar"}},
    {"zfill", "str.zfill", zfill, nullptr, 2, {"self", "width"}},
    {"expandtabs",
     "str.expandtabs",
     expandtabs,
     nullptr,
     1,
     {"self", "tabsize"}},
    {"removeprefix",
     "str.removeprefix",
     without<false>,
     nullptr,
     2,
     {"self", "prefix"}},
    {"removesuffix",
     "str.removesuffix",
     without<true>,
     nullptr,
     2,
     {"self", "suffix"}},
};

}  // namespace

std::span<const Callable> text_change_methods() { return kTable; }

}  // namespace trestle::pages
