#include "pages/entities.h"

#include <algorithm>
#include <cstdint>

#include "base/text.h"
#include "pages/unicode.h"

namespace trestle::pages {

namespace {

// HTML 4.01 24.2: the names of U+00A0 to U+00FF, in order.
constexpr std::string_view kLatin1[] = {
    "nbsp",   "iexcl",  "cent",   "pound",  "curren", "yen",    "brvbar",
    "sect",   "uml",    "copy",   "ordf",   "laquo",  "not",    "shy",
    "reg",    "macr",   "deg",    "plusmn", "sup2",   "sup3",   "acute",
    "micro",  "para",   "middot", "cedil",  "sup1",   "ordm",   "raquo",
    "frac14", "frac12", "frac34", "iquest", "Agrave", "Aacute", "Acirc",
    "Atilde", "Auml",   "Aring",  "AElig",  "Ccedil", "Egrave", "Eacute",
    "Ecirc",  "Euml",   "Igrave", "Iacute", "Icirc",  "Iuml",   "ETH",
    "Ntilde", "Ograve", "Oacute", "Ocirc",  "Otilde", "Ouml",   "times",
    "Oslash", "Ugrave", "Uacute", "Ucirc",  "Uuml",   "Yacute", "THORN",
    "szlig",  "agrave", "aacute", "acirc",  "atilde", "auml",   "aring",
    "aelig",  "ccedil", "egrave", "eacute", "ecirc",  "euml",   "igrave",
    "iacute", "icirc",  "iuml",   "eth",    "ntilde", "ograve", "oacute",
    "ocirc",  "otilde", "ouml",   "divide", "oslash", "ugrave", "uacute",
    "ucirc",  "uuml",   "yacute", "thorn",  "yuml"};

struct Name {
  std::string_view name;
  std::uint32_t code;
};
// And the ones outside that range which pages use.
constexpr Name kOthers[] = {
    {"amp", '&'},       {"lt", '<'},        {"gt", '>'},
    {"quot", '"'},      {"apos", '\''},     {"OElig", 0x152},
    {"oelig", 0x153},   {"Scaron", 0x160},  {"scaron", 0x161},
    {"Yuml", 0x178},    {"fnof", 0x192},    {"circ", 0x2c6},
    {"tilde", 0x2dc},   {"ensp", 0x2002},   {"emsp", 0x2003},
    {"thinsp", 0x2009}, {"zwnj", 0x200c},   {"zwj", 0x200d},
    {"lrm", 0x200e},    {"rlm", 0x200f},    {"ndash", 0x2013},
    {"mdash", 0x2014},  {"lsquo", 0x2018},  {"rsquo", 0x2019},
    {"sbquo", 0x201a},  {"ldquo", 0x201c},  {"rdquo", 0x201d},
    {"bdquo", 0x201e},  {"dagger", 0x2020}, {"Dagger", 0x2021},
    {"bull", 0x2022},   {"hellip", 0x2026}, {"permil", 0x2030},
    {"prime", 0x2032},  {"lsaquo", 0x2039}, {"rsaquo", 0x203a},
    {"euro", 0x20ac},   {"trade", 0x2122},  {"larr", 0x2190},
    {"uarr", 0x2191},   {"rarr", 0x2192},   {"darr", 0x2193},
    {"harr", 0x2194},   {"minus", 0x2212},  {"infin", 0x221e},
    {"ne", 0x2260},     {"le", 0x2264},     {"ge", 0x2265},
    {"hearts", 0x2665}, {"check", 0x2713},  {"times", 0xd7}};

std::uint32_t named(std::string_view name) {
  const auto* latin = std::ranges::find(kLatin1, name);
  if (latin != std::end(kLatin1))
    return 0xa0 + static_cast<std::uint32_t>(latin - kLatin1);
  const auto* other = std::ranges::find(kOthers, name, &Name::name);
  return other == std::end(kOthers) ? 0 : other->code;
}

// Appends what "#..." stands for. False: no reference.
bool append_numeric(std::string& out, std::string_view digits) {
  int base = 10;
  if (digits.starts_with('x') || digits.starts_with('X')) {
    base = 16;
    digits.remove_prefix(1);
  }
  std::uint32_t code = 0;
  if (digits.empty()) return false;
  for (char c : digits) {
    char lower = static_cast<char>(c | 0x20);
    int digit = c >= '0' && c <= '9'           ? c - '0'
                : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10
                                               : 99;
    if (digit >= base) return false;
    code = std::min<std::uint32_t>(code * static_cast<std::uint32_t>(base) +
                                       static_cast<std::uint32_t>(digit),
                                   0x110000);
  }
  if (code == 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
    code = 0xfffd;
  append_utf8(out, code);
  return true;
}

std::string without(std::string_view text, std::string_view open,
                    std::string_view close) {
  std::string out;
  for (;;) {
    std::size_t start = text.find(open);
    std::size_t end = start == std::string_view::npos
                          ? start
                          : text.find(close, start + open.size());
    if (end == std::string_view::npos) return out.append(text);
    out.append(text.substr(0, start));
    text.remove_prefix(end + close.size());
  }
}

}  // namespace

std::string unescape_html(std::string_view html) {
  std::string out;
  for (std::size_t at = 0; at < html.size();) {
    std::size_t amp = std::min(html.find('&', at), html.size());
    out.append(html.substr(at, amp - at));
    at = amp;
    if (at == html.size()) break;
    std::size_t end = at + 1;
    while (end < html.size() && end - at < 34 &&
           (html[end] == '#' || (html[end] >= '0' && html[end] <= '9') ||
            (static_cast<char>(html[end] | 0x20) >= 'a' &&
             static_cast<char>(html[end] | 0x20) <= 'z')))
      end++;
    std::string_view name = html.substr(at + 1, end - at - 1);
    bool closed = end < html.size() && html[end] == ';';
    bool good = false;
    if (name.starts_with('#')) {
      good = append_numeric(out, name.substr(1));
    } else if (closed) {
      std::uint32_t code = named(name);
      good = code != 0;
      if (good) append_utf8(out, code);
    }
    if (good) {
      at = end + (closed ? 1 : 0);
    } else {
      out.push_back('&');
      at++;
    }
  }
  return out;
}

std::string strip_tags(std::string_view html) {
  std::string plain = without(without(html, "<!--", "-->"), "<", ">");
  std::string out;
  bool pending = false;
  for (std::size_t at = 0; at < plain.size();) {
    std::size_t start = at;
    if (unicode::is_space(unicode::next(plain, at))) {
      pending = !out.empty();
      continue;
    }
    if (pending) out.push_back(' ');
    pending = false;
    out.append(plain, start, at - start);
  }
  return unescape_html(out);
}

}  // namespace trestle::pages
