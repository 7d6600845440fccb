// The methods of str, and of Markup where it differs: its own methods escape
// their text arguments and answer Markup. Here are those that ask and those
// that map every character; methods_text_search.cc, _change.cc and _split.cc
// hold the others.
#include "pages/methods_text.h"

#include "base/text.h"
#include "pages/entities.h"
#include "pages/machine.h"
#include "pages/methods.h"
#include "pages/numbers.h"
#include "pages/unicode.h"

namespace trestle::pages {

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

namespace {

// --- case

template <std::string (*kMap)(std::string_view)>
Value mapped(Machine& m, const Value* a) {
  return m.text(kMap(a[0].text()), a[0].safe);
}
Value casefold(Machine& m, const Value* a) {
  return m.text(unicode::casefold(a[0].text()));
}

// --- questions

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

// --- formatting

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
  for (std::span<const Callable> table :
       {std::span<const Callable>(kTable), text_search_methods(),
        text_change_methods(), text_split_methods()})
    if (const Callable* found = find_in(table, name)) return found;
  return nullptr;
}

}  // namespace trestle::pages
