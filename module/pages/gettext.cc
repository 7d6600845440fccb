#include "pages/gettext.h"

#include <cstring>

#include "base/text.h"

namespace trestle::pages {

namespace {

Error bad(std::string_view what) {
  return {.code = "TRS220", .message = concat({"message catalog: ", what})};
}

// Evaluates the C expression of a Plural-Forms header: numbers, n, ?: || && ==
// != < <= > >= + - * / % ! and parentheses.
class PluralExpression {
 public:
  PluralExpression(std::string_view text, std::int64_t n) : s_(text), n_(n) {}

  std::int64_t value() { return ternary(0); }

 private:
  bool skip(std::string_view op) {
    while (at_ < s_.size() && s_[at_] == ' ') at_++;
    if (s_.substr(at_, op.size()) != op) return false;
    // "<" must not eat the head of "<=", nor "!" that of "!=".
    if (op.size() == 1 && at_ + 1 < s_.size() && s_[at_ + 1] == '=' &&
        std::string_view("<>!=").find(op[0]) != std::string_view::npos)
      return false;
    at_ += op.size();
    return true;
  }

  std::int64_t ternary(int depth) {
    if (depth > 50) return 0;
    std::int64_t test = either(depth);
    if (!skip("?")) return test;
    std::int64_t yes = ternary(depth + 1);
    skip(":");
    std::int64_t no = ternary(depth + 1);
    return test != 0 ? yes : no;
  }
  std::int64_t either(int depth) {
    std::int64_t v = both(depth);
    while (skip("||")) v = (both(depth) != 0) | (v != 0);
    return v;
  }
  std::int64_t both(int depth) {
    std::int64_t v = equality(depth);
    while (skip("&&")) v = (equality(depth) != 0) & (v != 0);
    return v;
  }
  std::int64_t equality(int depth) {
    std::int64_t v = relation(depth);
    for (;;) {
      if (skip("=="))
        v = v == relation(depth);
      else if (skip("!="))
        v = v != relation(depth);
      else
        return v;
    }
  }
  std::int64_t relation(int depth) {
    std::int64_t v = sum(depth);
    for (;;) {
      if (skip("<="))
        v = v <= sum(depth);
      else if (skip(">="))
        v = v >= sum(depth);
      else if (skip("<"))
        v = v < sum(depth);
      else if (skip(">"))
        v = v > sum(depth);
      else
        return v;
    }
  }
  std::int64_t sum(int depth) {
    std::int64_t v = product(depth);
    for (;;) {
      if (skip("+"))
        v = wrap(v, product(depth), '+');
      else if (skip("-"))
        v = wrap(v, product(depth), '-');
      else
        return v;
    }
  }
  std::int64_t product(int depth) {
    std::int64_t v = factor(depth);
    for (;;) {
      char op = skip("*") ? '*' : skip("/") ? '/' : skip("%") ? '%' : ' ';
      if (op == ' ') return v;
      v = wrap(v, factor(depth), op);
    }
  }
  std::int64_t factor(int depth) {
    if (depth > 50) return 0;
    if (skip("!")) return factor(depth + 1) == 0;
    if (skip("(")) {
      std::int64_t v = ternary(depth + 1);
      skip(")");
      return v;
    }
    if (skip("n")) return n_;
    std::int64_t v = 0;
    while (at_ < s_.size() && s_[at_] >= '0' && s_[at_] <= '9' && v < 100000000)
      v = v * 10 + (s_[at_++] - '0');
    return v;
  }
  static std::int64_t wrap(std::int64_t a, std::int64_t b, char op) {
    auto x = static_cast<std::uint64_t>(a);
    auto y = static_cast<std::uint64_t>(b);
    switch (op) {
      case '+':
        return static_cast<std::int64_t>(x + y);
      case '-':
        return static_cast<std::int64_t>(x - y);
      case '*':
        return static_cast<std::int64_t>(x * y);
      case '/':
        return b == 0 || b == -1 ? 0 : a / b;
      default:
        return b == 0 || b == -1 ? 0 : a % b;
    }
  }

  std::string_view s_;
  std::int64_t n_;
  std::size_t at_ = 0;
};

}  // namespace

Result<Translations> Translations::parse(std::string_view bytes) {
  bool swapped = false;
  auto word = [&](std::size_t at) -> std::uint32_t {
    std::uint32_t v = 0;
    if (at + 4 > bytes.size()) return 0xffffffff;
    std::memcpy(&v, bytes.data() + at, 4);
    return swapped ? __builtin_bswap32(v) : v;
  };
  if (bytes.size() < 28) return bad("too short");
  if (word(0) != 0x950412de) {
    swapped = true;
    if (word(0) != 0x950412de) return bad("not a .mo file");
  }
  std::size_t count = word(8);
  if (count > bytes.size() / 8) return bad("wrong number of messages");
  auto entry = [&](std::size_t table,
                   std::size_t i) -> std::optional<std::string_view> {
    std::size_t length = word(table + i * 8);
    std::size_t offset = word(table + i * 8 + 4);
    if (offset > bytes.size() || length > bytes.size() - offset)
      return std::nullopt;
    return bytes.substr(offset, length);
  };
  Translations out;
  for (std::size_t i = 0; i < count; i++) {
    auto id = entry(word(12), i);
    auto text = entry(word(16), i);
    if (!id || !text) return bad("a message lies outside of the file");
    if (!is_utf8(*text)) return bad("a message is not UTF-8");
    std::string key(id->substr(0, id->find('\0')));
    for (std::string_view form : split(*text, '\0'))
      out.messages_[key].emplace_back(form);
  }
  std::string_view header = out.find("", "");
  std::size_t plural = header.find("plural=");
  if (plural != std::string_view::npos) {
    std::string_view rest = header.substr(plural + 7);
    out.plural_ = rest.substr(0, rest.find_first_of(";\n"));
  }
  return out;
}

std::string_view Translations::find(std::string_view context,
                                    std::string_view message,
                                    std::size_t plural_index) const {
  auto it = context.empty()
                ? messages_.find(message)
                : messages_.find(concat({context, "\x04", message}));
  if (it == messages_.end() || plural_index >= it->second.size()) return {};
  return it->second[plural_index];
}

std::size_t Translations::plural_form(std::int64_t count) const {
  if (plural_.empty()) return count == 1 ? 0 : 1;
  return static_cast<std::size_t>(PluralExpression(plural_, count).value());
}

std::string_view translate(const Translations* translations,
                           std::string_view context, std::string_view message) {
  if (translations == nullptr || message.empty()) return message;
  std::string_view found = translations->find(context, message);
  return found.empty() ? message : found;
}

std::string_view translate(const Translations* translations,
                           std::string_view context, std::string_view singular,
                           std::string_view plural, std::int64_t count) {
  if (translations != nullptr) {
    std::string_view found =
        translations->find(context, singular, translations->plural_form(count));
    if (!found.empty()) return found;
  }
  return count == 1 ? singular : plural;
}

}  // namespace trestle::pages
