#include "pages/lexer.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "base/text.h"
#include "pages/string_literal.h"
#include "pages/unicode.h"

namespace trestle::pages {

namespace {

// The end of the white space at `at`.
std::size_t blanks_end(std::string_view s, std::size_t at) {
  while (at < s.size()) {
    std::size_t next = at;
    if (!unicode::is_space(unicode::next(s, next))) break;
    at = next;
  }
  return at;
}

// The end of s[begin, end) without white space at its end.
std::size_t stripped_end(std::string_view s, std::size_t begin,
                         std::size_t end) {
  return begin +
         unicode::strip(s.substr(begin, end - begin), false, true).size();
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word_byte(char c) {
  return c == '_' || is_digit(c) || (c >= 'a' && c <= 'z') ||
         (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}

// Digits with single underscores between them; returns the end, or `at` when
// there are none.
template <class IsDigit>
std::size_t digits_end(std::string_view s, std::size_t at, IsDigit good) {
  if (at >= s.size() || !good(s[at])) return at;
  at++;
  while (at < s.size()) {
    if (good(s[at]))
      at++;
    else if (s[at] == '_' && at + 1 < s.size() && good(s[at + 1]))
      at += 2;
    else
      break;
  }
  return at;
}

class Lexer {
 public:
  Lexer(Arena& arena, std::string_view source) : arena_(arena), s_(source) {}

  std::vector<Token> run() {
    while (!failed_ && at_ < s_.size()) root();
    if (!failed_) {
      // Jinja2 puts the end on the line of the last token.
      std::uint32_t where = tokens_.empty() ? 0 : tokens_.back().offset;
      tokens_.push_back({TokenType::eof, "", where});
    }
    return std::move(tokens_);
  }

 private:
  // --- template data
  // ----------------------------------------------------------

  void root() {
    std::size_t open = s_.find('{', at_);
    while (open != std::string_view::npos && open + 1 < s_.size() &&
           s_[open + 1] != '{' && s_[open + 1] != '%' && s_[open + 1] != '#')
      open = s_.find('{', open + 1);
    if (open == std::string_view::npos || open + 1 >= s_.size()) {
      data(at_, s_.size());
      at_ = s_.size();
      return;
    }
    std::size_t inside = open + 2;
    std::size_t end = open;
    if (inside < s_.size() && (s_[inside] == '-' || s_[inside] == '+')) {
      if (s_[inside] == '-') end = stripped_end(s_, at_, end);
      inside++;
    }
    data(at_, end);
    char type = s_[open + 1];
    at_ = inside;
    if (type == '#') return comment(open);
    if (type == '%' && raw(open)) return;
    push(type == '{' ? TokenType::variable_begin : TokenType::block_begin,
         s_.substr(open, 2), open);
    code(type == '{');
  }

  void data(std::size_t begin, std::size_t end) {
    if (end > begin)
      push(TokenType::data, s_.substr(begin, end - begin), begin);
  }

  void comment(std::size_t open) {
    std::size_t close = s_.find("#}", at_);
    if (close == std::string_view::npos)
      return fail(open, "Missing end of comment tag");
    bool strip = close > at_ && s_[close - 1] == '-';
    at_ = close + 2;
    if (strip) skip_blanks();
  }

  // {% raw %} ... {% endraw %}. False when it is another tag.
  bool raw(std::size_t open) {
    std::size_t at = skip_blanks_from(at_);
    if (s_.substr(at, 3) != "raw") return false;
    at = skip_blanks_from(at + 3);
    bool strip = at < s_.size() && s_[at] == '-';
    if (strip) at++;
    if (s_.substr(at, 2) != "%}") return false;
    at += 2;
    if (strip) at = skip_blanks_from(at);
    for (std::size_t tag = s_.find("{%", at); tag != std::string_view::npos;
         tag = s_.find("{%", tag + 2)) {
      std::size_t inside = tag + 2;
      bool strip_before = inside < s_.size() && s_[inside] == '-';
      if (strip_before || (inside < s_.size() && s_[inside] == '+')) inside++;
      inside = skip_blanks_from(inside);
      if (s_.substr(inside, 6) != "endraw") continue;
      inside = skip_blanks_from(inside + 6);
      bool strip_after = inside < s_.size() && s_[inside] == '-';
      if (strip_after || (inside < s_.size() && s_[inside] == '+')) inside++;
      if (s_.substr(inside, 2) != "%}") continue;
      std::size_t end = tag;
      if (strip_before) end = stripped_end(s_, at, end);
      data(at, end);
      at_ = inside + 2;
      if (strip_after) skip_blanks();
      return true;
    }
    fail(open, "Missing end of raw directive");
    return true;
  }

  // --- inside {{ }} and {% %}
  // ----------------------------------------------------

  void code(bool variable) {
    std::string balance;
    while (!failed_ && at_ < s_.size()) {
      if (balance.empty() && end_of_code(variable)) return;
      if (std::size_t end = blanks_end(s_, at_); end > at_) {
        at_ = end;
        continue;
      }
      token(balance);
    }
  }

  bool end_of_code(bool variable) {
    std::size_t start = at_;
    std::size_t at = at_;
    bool strip = s_[at] == '-';
    if (strip || (!variable && s_[at] == '+')) at++;
    if (s_.substr(at, 2) != (variable ? "}}" : "%}")) return false;
    push(variable ? TokenType::variable_end : TokenType::block_end,
         s_.substr(at, 2), start);
    at_ = at + 2;
    if (strip) skip_blanks();
    return true;
  }

  void token(std::string& balance) {
    char c = s_[at_];
    if (is_digit(c) && number()) return;
    if (is_word_byte(c)) return name();
    if ((c == '"' || c == '\'') && quoted(c)) return;
    op(balance);
  }

  bool number() {
    std::size_t start = at_;
    std::size_t whole = digits_end(s_, at_, is_digit);
    std::size_t end = whole;
    bool after_dot = start > 0 && s_[start - 1] == '.';
    if (!after_dot) {
      if (end + 1 < s_.size() && s_[end] == '.' && is_digit(s_[end + 1]))
        end = digits_end(s_, end + 1, is_digit);
      if (end < s_.size() && (s_[end] == 'e' || s_[end] == 'E')) {
        std::size_t exponent = end + 1;
        if (exponent < s_.size() &&
            (s_[exponent] == '+' || s_[exponent] == '-'))
          exponent++;
        std::size_t stop = digits_end(s_, exponent, is_digit);
        if (stop > exponent) end = stop;
      }
      if (end > whole) {
        push(TokenType::real, without_underscores(start, end), start);
        at_ = end;
        return true;
      }
    }
    integer(start, whole);
    return true;
  }

  void integer(std::size_t start, std::size_t end) {
    char prefix =
        start + 1 < s_.size() ? static_cast<char>(s_[start + 1] | 0x20) : ' ';
    if (s_[start] == '0') {
      auto binary = [](char c) { return c == '0' || c == '1'; };
      auto octal = [](char c) { return c >= '0' && c <= '7'; };
      auto hex = [](char c) { return hex_value(c) >= 0; };
      std::size_t digits = start + 2;
      if (digits < s_.size() && s_[digits] == '_') digits++;
      std::size_t stop = prefix == 'b'   ? digits_end(s_, digits, binary)
                         : prefix == 'o' ? digits_end(s_, digits, octal)
                         : prefix == 'x' ? digits_end(s_, digits, hex)
                                         : digits;
      if (stop > digits) {
        end = stop;
      } else {
        end = digits_end(s_, start, [](char c) { return c == '0'; });
      }
    }
    push(TokenType::integer, without_underscores(start, end), start);
    at_ = end;
  }

  std::string_view without_underscores(std::size_t start, std::size_t end) {
    std::string_view text = s_.substr(start, end - start);
    if (text.find('_') == std::string_view::npos) return text;
    std::string copy(text);
    std::erase(copy, '_');
    return arena_.copy(copy);
  }

  void name() {
    std::size_t start = at_;
    std::size_t end = at_;
    while (end < s_.size() && is_word_byte(s_[end])) end++;
    std::string_view text = s_.substr(start, end - start);
    if (unicode::is_ascii(text) ? is_digit(text[0])
                                : !unicode::is_identifier(text)) {
      std::size_t at = start;
      char32_t first = unicode::next(s_, at);
      if (!unicode::is_word(first)) return unexpected(start);
      return fail(start, "Invalid character in identifier");
    }
    push(TokenType::name, text, start);
    at_ = end;
  }

  bool quoted(char quote) {
    std::size_t start = at_;
    std::size_t end = at_ + 1;
    bool escaped = false;
    while (end < s_.size() && s_[end] != quote) {
      if (s_[end] == '\\') {
        escaped = true;
        end++;
      }
      end++;
    }
    if (end >= s_.size()) return false;
    std::string_view text = s_.substr(start + 1, end - start - 1);
    if (escaped) {
      std::optional<std::string> decoded = unescape_literal(text);
      if (!decoded) {
        fail(start, "(unicode error) bad escape sequence in string");
        return true;
      }
      text = arena_.copy(*decoded);
    }
    push(TokenType::string, text, start);
    at_ = end + 1;
    return true;
  }

  void op(std::string& balance) {
    static constexpr std::array<std::string_view, 7> kLong = {
        "//", "**", "==", "!=", ">=", "<=", ""};
    static constexpr std::string_view kShort = "+-/*%~[](){}><=.:|,;";
    std::string_view two = s_.substr(at_, 2);
    std::size_t length = 0;
    if (two.size() == 2 && std::ranges::find(kLong, two) != kLong.end())
      length = 2;
    else if (kShort.find(s_[at_]) != std::string_view::npos)
      length = 1;
    if (length == 0) return unexpected(at_);
    char c = s_[at_];
    if (length == 1 && (c == '(' || c == '[' || c == '{'))
      balance.push_back(c == '(' ? ')' : c == '[' ? ']' : '}');
    if (c == ')' || c == ']' || c == '}') {
      if (balance.empty())
        return fail(at_, concat({"unexpected '", s_.substr(at_, 1), "'"}));
      if (balance.back() != c)
        return fail(at_,
                    concat({"unexpected '", s_.substr(at_, 1), "', expected '",
                            std::string_view(&balance.back(), 1), "'"}));
      balance.pop_back();
    }
    push(TokenType::op, s_.substr(at_, length), at_);
    at_ += length;
  }

  void unexpected(std::size_t where) {
    std::size_t end = where;
    (void)unicode::next(s_, end);
    fail(where,
         concat({"unexpected char '", s_.substr(where, end - where), "' at ",
                 std::to_string(unicode::length(s_.substr(0, where)))}));
  }

  // --- small things
  // -----------------------------------------------------------

  std::size_t skip_blanks_from(std::size_t at) const {
    return blanks_end(s_, at);
  }
  void skip_blanks() { at_ = skip_blanks_from(at_); }

  void push(TokenType type, std::string_view text, std::size_t offset) {
    tokens_.push_back({type, text, static_cast<std::uint32_t>(offset)});
  }
  void fail(std::size_t offset, std::string_view message) {
    push(TokenType::error, arena_.copy(message), offset);
    failed_ = true;
  }

  Arena& arena_;
  std::string_view s_;
  std::size_t at_ = 0;
  bool failed_ = false;
  std::vector<Token> tokens_;
};

}  // namespace

std::string_view normalise_source(Arena& arena, std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); i++) {
    if (text[i] != '\r') {
      out.push_back(text[i]);
      continue;
    }
    out.push_back('\n');
    if (i + 1 < text.size() && text[i + 1] == '\n') i++;
  }
  if (out.ends_with('\n')) out.pop_back();
  return arena.copy(out);
}

std::vector<Token> tokenise(Arena& arena, std::string_view source) {
  return Lexer(arena, source).run();
}

std::string_view describe(const Token& token) {
  switch (token.type) {
    case TokenType::data:
      return "template data / text";
    case TokenType::variable_begin:
      return "begin of print statement";
    case TokenType::variable_end:
      return "end of print statement";
    case TokenType::block_begin:
      return "begin of statement block";
    case TokenType::block_end:
      return "end of statement block";
    case TokenType::integer:
      return "integer";
    case TokenType::real:
      return "float";
    case TokenType::string:
      return "string";
    case TokenType::eof:
      return "end of template";
    case TokenType::name:
    case TokenType::op:
    case TokenType::error:
      break;
  }
  return token.text;
}

}  // namespace trestle::pages
