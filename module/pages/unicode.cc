#include "pages/unicode.h"

#include <unicode/ucasemap.h>
#include <unicode/uchar.h>
#include <unicode/ustring.h>

#include "base/text.h"

namespace trestle::pages::unicode {

namespace {

UChar32 icu(char32_t c) { return static_cast<UChar32>(c); }

int category(char32_t c) { return u_charType(icu(c)); }

using Mapper = std::int32_t (*)(UChar*, std::int32_t, const UChar*,
                                std::int32_t);

// Maps text through UTF-16, which ICU's full mappings want.
std::string mapped(std::string_view text, Mapper mapper) {
  UErrorCode status = U_ZERO_ERROR;
  std::u16string in(text.size() + 1, u'\0');
  std::int32_t length = 0;
  u_strFromUTF8WithSub(in.data(), static_cast<std::int32_t>(in.size()), &length,
                       text.data(), static_cast<std::int32_t>(text.size()),
                       0xfffd, nullptr, &status);
  std::u16string out(static_cast<std::size_t>(length) * 3 + 1, u'\0');
  std::int32_t made = mapper(out.data(), static_cast<std::int32_t>(out.size()),
                             in.data(), length);
  std::string result(static_cast<std::size_t>(made) * 3 + 1, '\0');
  std::int32_t bytes = 0;
  status = U_ZERO_ERROR;
  u_strToUTF8(result.data(), static_cast<std::int32_t>(result.size()), &bytes,
              out.data(), made, &status);
  result.resize(static_cast<std::size_t>(bytes));
  return result;
}

std::int32_t to_upper(UChar* out, std::int32_t room, const UChar* in,
                      std::int32_t length) {
  UErrorCode status = U_ZERO_ERROR;
  return u_strToUpper(out, room, in, length, "", &status);
}
std::int32_t to_lower(UChar* out, std::int32_t room, const UChar* in,
                      std::int32_t length) {
  UErrorCode status = U_ZERO_ERROR;
  return u_strToLower(out, room, in, length, "", &status);
}
std::int32_t to_fold(UChar* out, std::int32_t room, const UChar* in,
                     std::int32_t length) {
  UErrorCode status = U_ZERO_ERROR;
  return u_strFoldCase(out, room, in, length, U_FOLD_CASE_DEFAULT, &status);
}

// Python's titlecase of one character: full mapping where there is one.
std::string title_char(char32_t c) {
  std::string one;
  append(one, c);
  if (u_totitle(icu(c)) != icu(c)) {
    std::string out;
    append(out, static_cast<char32_t>(u_totitle(icu(c))));
    return out;
  }
  std::string up = upper(one);
  if (length(up) < 2) return up;
  std::size_t at = 0;
  char32_t first = next(up, at);
  std::string out;
  append(out, first);
  return out + lower(std::string_view(up).substr(at));
}

}  // namespace

char32_t next(std::string_view text, std::size_t& at) {
  auto byte = [&](std::size_t i) {
    return static_cast<unsigned char>(text[i]);
  };
  unsigned char lead = byte(at);
  std::size_t more = lead < 0xc2   ? 0
                     : lead < 0xe0 ? 1
                     : lead < 0xf0 ? 2
                     : lead < 0xf5 ? 3
                                   : 0;
  if (more == 0 || at + more >= text.size()) {
    at++;
    return lead;
  }
  char32_t c = lead & (0x3f >> more);
  for (std::size_t i = 1; i <= more; i++) {
    if ((byte(at + i) & 0xc0) != 0x80) {
      at++;
      return lead;
    }
    c = (c << 6) | (byte(at + i) & 0x3f);
  }
  at += more + 1;
  return c;
}

bool is_ascii(std::string_view text) {
  for (char c : text)
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  return true;
}

std::size_t length(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); count++) {
    if (static_cast<unsigned char>(text[at]) < 0x80)
      at++;
    else
      (void)next(text, at);
  }
  return count;
}

std::size_t offset(std::string_view text, std::size_t index) {
  std::size_t at = 0;
  for (; index > 0 && at < text.size(); index--) (void)next(text, at);
  return at;
}

std::u32string decode(std::string_view text) {
  std::u32string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) out.push_back(next(text, at));
  return out;
}

void append(std::string& out, char32_t c) {
  append_utf8(out, static_cast<std::uint32_t>(c));
}

std::string encode(std::u32string_view text) {
  std::string out;
  out.reserve(text.size());
  for (char32_t c : text) append(out, c);
  return out;
}

std::string upper(std::string_view text) {
  if (!is_ascii(text)) return mapped(text, to_upper);
  std::string out(text);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  return out;
}

std::string lower(std::string_view text) {
  if (!is_ascii(text)) return mapped(text, to_lower);
  return ascii_lower(text);
}

std::string casefold(std::string_view text) {
  if (!is_ascii(text)) return mapped(text, to_fold);
  return ascii_lower(text);
}

std::string swapcase(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t start = at;
    char32_t c = next(text, at);
    std::string_view one = text.substr(start, at - start);
    out += is_upper(c) ? lower(one) : is_lower(c) ? upper(one) : one;
  }
  return out;
}

std::string capitalize(std::string_view text) {
  if (text.empty()) return {};
  std::size_t at = 0;
  char32_t first = next(text, at);
  return title_char(first) + lower(text.substr(at));
}

std::string title(std::string_view text) {
  std::string out;
  bool in_word = false;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t start = at;
    char32_t c = next(text, at);
    std::string_view one = text.substr(start, at - start);
    out += in_word ? lower(one) : title_char(c);
    in_word = is_cased(c);
  }
  return out;
}

bool is_space(char32_t c) {
  if (c < 0x80) return c == ' ' || (c >= 9 && c <= 13) || (c >= 28 && c <= 31);
  return c == 0x85 || category(c) == U_SPACE_SEPARATOR || c == 0x2028 ||
         c == 0x2029;
}
bool is_alpha(char32_t c) { return (U_MASK(category(c)) & U_GC_L_MASK) != 0; }
bool is_decimal(char32_t c) { return category(c) == U_DECIMAL_DIGIT_NUMBER; }
bool is_digit(char32_t c) {
  auto type = u_getIntPropertyValue(icu(c), UCHAR_NUMERIC_TYPE);
  return type == U_NT_DECIMAL || type == U_NT_DIGIT;
}
bool is_numeric(char32_t c) {
  return u_getIntPropertyValue(icu(c), UCHAR_NUMERIC_TYPE) != U_NT_NONE;
}
bool is_alnum(char32_t c) { return is_alpha(c) || is_numeric(c); }
bool is_upper(char32_t c) {
  return u_hasBinaryProperty(icu(c), UCHAR_UPPERCASE);
}
bool is_lower(char32_t c) {
  return u_hasBinaryProperty(icu(c), UCHAR_LOWERCASE);
}
bool is_title(char32_t c) { return category(c) == U_TITLECASE_LETTER; }
bool is_cased(char32_t c) { return is_upper(c) || is_lower(c) || is_title(c); }

bool is_printable(char32_t c) {
  if (c < 0x7f) return c >= 0x20;
  switch (category(c)) {
    case U_CONTROL_CHAR:
    case U_FORMAT_CHAR:
    case U_SURROGATE:
    case U_PRIVATE_USE_CHAR:
    case U_UNASSIGNED:
    case U_LINE_SEPARATOR:
    case U_PARAGRAPH_SEPARATOR:
    case U_SPACE_SEPARATOR:
      return false;
    default:
      return true;
  }
}

bool is_word(char32_t c) { return c == '_' || is_alnum(c); }

bool is_identifier(std::string_view text) {
  bool first = true;
  for (std::size_t at = 0; at < text.size(); first = false) {
    char32_t c = next(text, at);
    if (c == '_') continue;
    bool good = first ? u_hasBinaryProperty(icu(c), UCHAR_XID_START)
                      : u_hasBinaryProperty(icu(c), UCHAR_XID_CONTINUE);
    if (!good) return false;
  }
  return !first;
}

char32_t by_name(std::string_view name) {
  UErrorCode status = U_ZERO_ERROR;
  UChar32 c =
      u_charFromName(U_UNICODE_CHAR_NAME, std::string(name).c_str(), &status);
  if (U_FAILURE(status))
    c = u_charFromName(U_CHAR_NAME_ALIAS, std::string(name).c_str(),
                       &(status = U_ZERO_ERROR));
  return U_FAILURE(status) ? 0 : static_cast<char32_t>(c);
}

int digit_value(char32_t c) {
  return is_decimal(c) ? u_charDigitValue(icu(c)) : -1;
}

std::string_view strip(std::string_view text, bool left, bool right) {
  std::size_t begin = 0;
  std::size_t end = text.size();
  while (left && begin < end) {
    std::size_t at = begin;
    if (!is_space(next(text, at))) break;
    begin = at;
  }
  while (right && end > begin) {
    std::size_t start = end - 1;
    while (start > begin &&
           (static_cast<unsigned char>(text[start]) & 0xc0) == 0x80)
      start--;
    std::size_t at = start;
    if (!is_space(next(text, at))) break;
    end = start;
  }
  return text.substr(begin, end - begin);
}

std::vector<std::string_view> split_lines(std::string_view text,
                                          bool keep_ends) {
  std::vector<std::string_view> lines;
  std::size_t start = 0;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t begin = at;
    char32_t c = next(text, at);
    bool is_end = (c >= 10 && c <= 13) || (c >= 28 && c <= 30) || c == 0x85 ||
                  c == 0x2028 || c == 0x2029;
    if (!is_end) continue;
    if (c == '\r' && at < text.size() && text[at] == '\n') at++;
    lines.push_back(text.substr(start, (keep_ends ? at : begin) - start));
    start = at;
  }
  if (start < text.size()) lines.push_back(text.substr(start));
  return lines;
}

}  // namespace trestle::pages::unicode
