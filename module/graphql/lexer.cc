#include "graphql/lexer.h"

#include <string>
#include <vector>

#include "base/text.h"

namespace trestle::graphql {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_name_continue(char c) { return is_name_start(c) || is_digit(c); }

std::string printed(std::string_view source, std::size_t at) {
  if (at >= source.size()) return "<EOF>";
  auto c = static_cast<unsigned char>(source[at]);
  if (c >= 0x20 && c < 0x7f) return concat({"\"", source.substr(at, 1), "\""});
  return concat({"byte 0x", hex_encode(source.substr(at, 1))});
}

// Section 2.9.4, BlockStringValue(): the common indentation goes, and blank
// lines at both ends.
std::string dedent(std::string_view raw) {
  std::vector<std::string_view> lines;
  std::size_t start = 0;
  for (std::size_t i = 0; i <= raw.size(); i++) {
    if (i < raw.size() && raw[i] != '\n' && raw[i] != '\r') continue;
    lines.push_back(raw.substr(start, i - start));
    if (i + 1 < raw.size() && raw[i] == '\r' && raw[i + 1] == '\n') i++;
    start = i + 1;
  }
  auto indent_of = [](std::string_view line) {
    std::size_t n = line.find_first_not_of(" \t");
    return n == std::string_view::npos ? line.size() : n;
  };
  std::size_t common = std::string_view::npos;
  for (std::size_t i = 1; i < lines.size(); i++) {
    std::size_t indent = indent_of(lines[i]);
    if (indent < lines[i].size() && indent < common) common = indent;
  }
  if (common != std::string_view::npos)
    for (std::size_t i = 1; i < lines.size(); i++)
      lines[i].remove_prefix(std::min(common, lines[i].size()));
  std::size_t first = 0;
  std::size_t last = lines.size();
  while (first < last && indent_of(lines[first]) == lines[first].size())
    first++;
  while (last > first && indent_of(lines[last - 1]) == lines[last - 1].size())
    last--;
  std::string out;
  for (std::size_t i = first; i < last; i++) {
    if (i > first) out.push_back('\n');
    out.append(lines[i]);
  }
  return out;
}

}  // namespace

Lexer::Lexer(std::string_view source, Arena& arena, std::size_t max_tokens)
    : source_(source), arena_(arena), max_tokens_(max_tokens) {
  if (source_.starts_with("\xef\xbb\xbf")) pos_ = 3;
}

Token Lexer::fail(std::size_t at, std::string_view message,
                  std::string_view code) {
  failed_ = true;
  error_ = {.message = concat({"not a valid graphql query: ", message}),
            .path = "$.query",
            .code = code,
            .location = locate(source_, at)};
  return {.kind = TokenKind::error, .at = static_cast<std::uint32_t>(at)};
}

void Lexer::skip_ignored() {
  while (pos_ < source_.size()) {
    char c = source_[pos_];
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ',') {
      pos_++;
    } else if (c == '#') {
      while (pos_ < source_.size() && source_[pos_] != '\n' &&
             source_[pos_] != '\r')
        pos_++;
    } else if (source_.substr(pos_).starts_with("\xef\xbb\xbf")) {
      pos_ += 3;  // a byte order mark is ignored anywhere between tokens
    } else {
      return;
    }
  }
}

Token Lexer::next() {
  if (failed_)
    return {.kind = TokenKind::error, .at = static_cast<std::uint32_t>(pos_)};
  skip_ignored();
  auto at = static_cast<std::uint32_t>(pos_);
  if (pos_ >= source_.size()) return {.kind = TokenKind::end, .at = at};
  if (++tokens_ > max_tokens_)
    return fail(pos_, "the document has too many tokens", code::kLimit);

  char c = source_[pos_];
  if (is_name_start(c)) {
    while (pos_ < source_.size() && is_name_continue(source_[pos_])) pos_++;
    return {.kind = TokenKind::name,
            .at = at,
            .text = source_.substr(at, pos_ - at)};
  }
  if (is_digit(c) || c == '-') return lex_number();
  if (c == '"')
    return source_.substr(pos_).starts_with("\"\"\"") ? lex_block_string()
                                                      : lex_string();
  if (c == '.') {
    if (!source_.substr(pos_).starts_with("..."))
      return fail(pos_, "expected \"...\"");
    pos_ += 3;
    return {.kind = TokenKind::spread, .at = at};
  }
  if (std::string_view("!$&():=@[]{|}").find(c) != std::string_view::npos) {
    pos_++;
    return {.kind = TokenKind::punctuator, .punctuator = c, .at = at};
  }
  return fail(pos_, concat({"unexpected character ", printed(source_, pos_)}));
}

Token Lexer::lex_number() {
  std::size_t start = pos_;
  bool floating = false;
  if (peek() == '-') pos_++;
  if (peek() == '0') {
    pos_++;
    if (is_digit(peek()))
      return fail(pos_, "a number must not begin with 0 and another digit");
  } else if (is_digit(peek())) {
    while (is_digit(peek())) pos_++;
  } else {
    return fail(pos_, concat({"invalid number, expected a digit but found ",
                              printed(source_, pos_)}));
  }
  if (peek() == '.') {
    floating = true;
    pos_++;
    if (!is_digit(peek())) return fail(pos_, "expected a digit behind \".\"");
    while (is_digit(peek())) pos_++;
  }
  if (peek() == 'e' || peek() == 'E') {
    floating = true;
    pos_++;
    if (peek() == '+' || peek() == '-') pos_++;
    if (!is_digit(peek())) return fail(pos_, "expected a digit in exponent");
    while (is_digit(peek())) pos_++;
  }
  // Section 2.9.1: a name or a dot must not follow directly.
  if (peek() == '.' || is_name_start(peek()))
    return fail(pos_, concat({"invalid number, expected a digit but found ",
                              printed(source_, pos_)}));
  return {.kind = floating ? TokenKind::floating : TokenKind::integer,
          .at = static_cast<std::uint32_t>(start),
          .text = source_.substr(start, pos_ - start)};
}

Token Lexer::lex_string() {
  std::size_t start = pos_++;
  // Most strings have no escape: those are slices of the source.
  while (pos_ < source_.size() && source_[pos_] != '"' &&
         source_[pos_] != '\\' && source_[pos_] != '\n' &&
         source_[pos_] != '\r')
    pos_++;
  if (peek() == '"' && pos_ < source_.size()) {
    std::string_view text = source_.substr(start + 1, pos_ - start - 1);
    pos_++;
    return {.kind = TokenKind::string,
            .at = static_cast<std::uint32_t>(start),
            .text = text};
  }
  std::string decoded(source_.substr(start + 1, pos_ - start - 1));
  while (pos_ < source_.size()) {
    char c = source_[pos_];
    if (c == '"') {
      pos_++;
      return {.kind = TokenKind::string,
              .at = static_cast<std::uint32_t>(start),
              .text = arena_.copy(std::string_view(decoded))};
    }
    if (c == '\n' || c == '\r') break;
    if (c == '\\') {
      if (!lex_escape(decoded))
        return fail(pos_, "invalid character escape sequence");
    } else {
      decoded.push_back(c);
      pos_++;
    }
  }
  return fail(pos_, "unterminated string");
}

bool Lexer::lex_escape(std::string& out) {
  char c = peek(1);
  constexpr std::string_view kFrom = "\"\\/bfnrt";
  constexpr std::string_view kTo = "\"\\/\b\f\n\r\t";
  if (std::size_t i = kFrom.find(c);
      i != std::string_view::npos && pos_ + 1 < source_.size()) {
    out.push_back(kTo[i]);
    pos_ += 2;
    return true;
  }
  return c == 'u' && lex_unicode_escape(out);
}

bool Lexer::read_hex(std::size_t from, std::size_t digits,
                     std::uint32_t& value) {
  value = 0;
  if (from + digits > source_.size()) return false;
  for (std::size_t i = from; i < from + digits; i++) {
    char c = source_[i];
    int digit = is_digit(c)            ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : -1;
    if (digit < 0) return false;
    value = value * 16 + static_cast<std::uint32_t>(digit);
  }
  return true;
}

bool Lexer::lex_unicode_escape(std::string& out) {
  std::uint32_t value = 0;
  if (peek(2) == '{') {
    std::size_t end = source_.find('}', pos_);
    if (end == std::string_view::npos) return false;
    std::size_t digits = end - pos_ - 3;
    if (digits < 1 || digits > 7 || !read_hex(pos_ + 3, digits, value))
      return false;
    if (value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return false;
    pos_ = end + 1;
  } else {
    if (!read_hex(pos_ + 2, 4, value)) return false;
    if (value >= 0xdc00 && value <= 0xdfff) return false;
    if (value >= 0xd800 && value <= 0xdbff) {
      std::uint32_t low = 0;
      if (peek(6) != '\\' || peek(7) != 'u' || !read_hex(pos_ + 8, 4, low) ||
          low < 0xdc00 || low > 0xdfff)
        return false;
      value = 0x10000 + ((value - 0xd800) << 10) + (low - 0xdc00);
      pos_ += 6;
    }
    pos_ += 6;
  }
  append_utf8(out, value);
  return true;
}

Token Lexer::lex_block_string() {
  std::size_t start = pos_;
  pos_ += 3;
  std::string raw;
  while (pos_ < source_.size()) {
    std::string_view rest = source_.substr(pos_);
    if (rest.starts_with("\"\"\"")) {
      pos_ += 3;
      return {.kind = TokenKind::string,
              .at = static_cast<std::uint32_t>(start),
              .text = arena_.copy(std::string_view(dedent(raw)))};
    }
    if (rest.starts_with("\\\"\"\"")) {
      raw.append("\"\"\"");
      pos_ += 4;
    } else {
      raw.push_back(source_[pos_++]);
    }
  }
  return fail(pos_, "unterminated string");
}

}  // namespace trestle::graphql
