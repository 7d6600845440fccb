// The methods of str, and of Markup where it differs: its own methods escape
// their text arguments and answer Markup.
#include <algorithm>

#include "base/text.h"
#include "pages/entities.h"
#include "pages/machine.h"
#include "pages/methods.h"
#include "pages/numbers.h"
#include "pages/unicode.h"

namespace trestle::pages {

namespace {

using Views = std::vector<std::string_view>;

bool given(const Value& v) { return !v.is(Kind::missing); }
bool absent(const Value& v) { return v.is(Kind::missing) || v.is(Kind::none); }

Value wants_text(Machine& m, const Value& v, std::string_view name) {
  if (v.is(Kind::undefined)) return m.fail_undefined(v);
  return m.fail("TypeError",
                concat({name, " must be str, not ", type_name(v)}));
}

// A text argument as the text `self` joins with: escaped for Markup.
bool text_argument(Machine& m, const Value& self, const Value& v, Value& out) {
  if (!v.is_string()) {
    wants_text(m, v, "argument");
    return false;
  }
  out = self.safe ? m.escape(v) : v;
  return true;
}

// --- case
// ----------------------------------------------------------------------

template <std::string (*kMap)(std::string_view)>
Value mapped(Machine& m, const Value* a) {
  return m.text(kMap(a[0].text()), a[0].safe);
}
Value casefold(Machine& m, const Value* a) {
  return m.text(unicode::casefold(a[0].text()));
}

// --- questions
// ------------------------------------------------------------------

template <bool (*kGood)(char32_t), bool kEmpty>
Value all_are(Machine&, const Value* a) {
  std::string_view s = a[0].text();
  for (std::size_t at = 0; at < s.size();)
    if (!kGood(unicode::next(s, at))) return boolean(false);
  return boolean(kEmpty || !s.empty());
}
bool is_ascii_char(char32_t c) { return c < 0x80; }

template <bool (*kGood)(char32_t), bool (*kBad)(char32_t)>
Value in_case(Machine&, const Value* a) {
  std::string_view s = a[0].text();
  bool any = false;
  for (std::size_t at = 0; at < s.size();) {
    char32_t c = unicode::next(s, at);
    if (kBad(c) || unicode::is_title(c)) return boolean(false);
    any = any || kGood(c);
  }
  return boolean(any);
}

Value istitle(Machine&, const Value* a) {
  std::string_view s = a[0].text();
  bool cased = false, any = false;
  for (std::size_t at = 0; at < s.size();) {
    char32_t c = unicode::next(s, at);
    bool up = unicode::is_upper(c) || unicode::is_title(c);
    bool low = unicode::is_lower(c);
    if ((up && cased) || (low && !cased)) return boolean(false);
    cased = up || low;
    any = any || cased;
  }
  return boolean(any);
}

Value isidentifier(Machine&, const Value* a) {
  return boolean(unicode::is_identifier(a[0].text()));
}

// --- searching
// -----------------------------------------------------------------

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

// --- changing
// ------------------------------------------------------------------

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
  if (given(a[3]) && !m.as_index(a[3], most)) return failure();
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
  if (given(a[2]) && !text_argument(m, a[0], a[2], fill)) return failure();
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
  if (given(a[1]) && !m.as_index(a[1], size)) return failure();
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

// --- splitting and joining
// --------------------------------------------------------

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
  if (given(a[2]) && !m.as_index(a[2], most)) return failure();
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

// --- formatting
// -------------------------------------------------------------------

Value format(Machine& m, const Args& args) {
  return brace_format(m, args.positional[0],
                      Args{args.positional.subspan(1), args.keywords});
}

Value format_map(Machine& m, const Value* a) {
  if (!a[1].is(Kind::dict)) return wants_text(m, a[1], "mapping");
  std::vector<Keyword> keywords;
  for (std::uint32_t i = 0; i < a[1].dict->size; i++) {
    const Dict::Entry& entry = a[1].dict->entries[i];
    if (entry.key.is_string())
      keywords.push_back({entry.key.text(), entry.value});
  }
  return brace_format(m, a[0], Args{{}, keywords});
}

// --- Markup only
// --------------------------------------------------------------------

Value striptags(Machine& m, const Value* a) {
  return m.text(strip_tags(a[0].text()));
}
Value unescape(Machine& m, const Value* a) {
  return m.text(unescape_html(a[0].text()));
}

constexpr Callable kTable[] = {
    {"upper", "str.upper", mapped<unicode::upper>, nullptr, 1, {"self"}},
    {"lower", "str.lower", mapped<unicode::lower>, nullptr, 1, {"self"}},
    {"title", "str.title", mapped<unicode::title>, nullptr, 1, {"self"}},
    {"capitalize",
     "str.capitalize",
     mapped<unicode::capitalize>,
     nullptr,
     1,
     {"self"}},
    {"swapcase",
     "str.swapcase",
     mapped<unicode::swapcase>,
     nullptr,
     1,
     {"self"}},
    {"casefold", "str.casefold", casefold, nullptr, 1, {"self"}},
    {"strip", "str.strip", strip<true, true>, nullptr, 1, {"self", "chars"}},
    {"lstrip", "str.lstrip", strip<true, false>, nullptr, 1, {"self", "chars"}},
    {"rstrip", "str.rstrip", strip<false, true>, nullptr, 1, {"self", "chars"}},
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
    {"replace",
     "str.replace",
     replace,
     nullptr,
     3,
     {"self", "old", "new", "count"}},
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
    {"format", "str.format", nullptr, format, 1, {}},
    {"format_map",
     "str.format_map",
     format_map,
     nullptr,
     2,
     {"self", "mapping"}},
    {"isalpha",
     "str.isalpha",
     all_are<unicode::is_alpha, false>,
     nullptr,
     1,
     {"self"}},
    {"isalnum",
     "str.isalnum",
     all_are<unicode::is_alnum, false>,
     nullptr,
     1,
     {"self"}},
    {"isdigit",
     "str.isdigit",
     all_are<unicode::is_digit, false>,
     nullptr,
     1,
     {"self"}},
    {"isdecimal",
     "str.isdecimal",
     all_are<unicode::is_decimal, false>,
     nullptr,
     1,
     {"self"}},
    {"isnumeric",
     "str.isnumeric",
     all_are<unicode::is_numeric, false>,
     nullptr,
     1,
     {"self"}},
    {"isspace",
     "str.isspace",
     all_are<unicode::is_space, false>,
     nullptr,
     1,
     {"self"}},
    {"isprintable",
     "str.isprintable",
     all_are<unicode::is_printable, true>,
     nullptr,
     1,
     {"self"}},
    {"isascii",
     "str.isascii",
     all_are<is_ascii_char, true>,
     nullptr,
     1,
     {"self"}},
    {"islower",
     "str.islower",
     in_case<unicode::is_lower, unicode::is_upper>,
     nullptr,
     1,
     {"self"}},
    {"isupper",
     "str.isupper",
     in_case<unicode::is_upper, unicode::is_lower>,
     nullptr,
     1,
     {"self"}},
    {"istitle", "str.istitle", istitle, nullptr, 1, {"self"}},
    {"isidentifier", "str.isidentifier", isidentifier, nullptr, 1, {"self"}},
    {"striptags", "Markup.striptags", striptags, nullptr, 1, {"self"}},
    {"unescape", "Markup.unescape", unescape, nullptr, 1, {"self"}},
};

}  // namespace

const Callable* find_text_method(std::string_view name) {
  return find_in(kTable, name);
}

}  // namespace trestle::pages
