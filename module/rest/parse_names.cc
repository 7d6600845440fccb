// Field names, JSON paths and lists of names.
#include <charconv>

#include "base/text.h"
#include "rest/parse.h"

namespace trestle::rest {
namespace {

constexpr std::string_view kFieldName = "field name (* or [a..z0..9_$])";
constexpr std::string_view kJsonKey =
    "any non reserved character different from: .,>()";

// Letters of any script count, so every byte above ASCII does.
bool is_identifier_byte(char c) {
  auto byte = static_cast<unsigned char>(c);
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '_' || c == ' ' || c == '$' ||
         byte >= 0x80;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The end of an index: what may follow a whole path.
bool at_path_end(const Scanner& in) {
  return in.at_end() || in.looking_at("->") || in.looking_at("::") ||
         in.peek() == '.' || in.peek() == ',' || in.peek() == ')' ||
         in.peek() == '(';
}

bool parse_index(Scanner& in, JsonStep& step) {
  std::size_t begin = in.position();
  std::string digits;
  if (in.accept("-")) digits.assign(1, '-');
  while (is_digit(in.peek())) {
    digits.push_back(in.peek());
    in.advance(1);
  }
  if (digits.empty() || digits == "-") {
    in.expect("digit");
    if (digits.empty()) in.back_to(begin);
    return false;
  }
  std::int64_t value = 0;
  auto [end, problem] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (problem != std::errc() || !at_path_end(in) || value > INT32_MAX ||
      value < INT32_MIN) {
    in.back_to(begin);
    return false;
  }
  step.is_index = true;
  step.index = value;
  return true;
}

bool parse_key(Scanner& in, JsonStep& step) {
  if (in.peek() == '"') return parse_quoted(in, step.key);
  while (!in.at_end()) {
    char c = in.peek();
    if (c == '(' || c == ')' || c == '.' || c == ',' || c == '>' ||
        in.looking_at("::") || in.looking_at("->") || c == ':')
      break;
    step.key.push_back(c);
    in.advance(1);
  }
  if (step.key.empty()) {
    in.expect(kJsonKey);
    return false;
  }
  step.key = std::string(trim(step.key));
  return true;
}

bool parse_path(Scanner& in, JsonPath& path) {
  while (in.looking_at("->")) {
    JsonStep step;
    step.as_text = in.looking_at("->>");
    in.advance(step.as_text ? 3 : 2);
    std::size_t begin = in.position();
    if (!parse_index(in, step)) {
      // "-" without digits is no key either.
      if (in.position() != begin) return false;
      if (!parse_key(in, step)) return false;
    }
    path.push_back(std::move(step));
  }
  return true;
}

}  // namespace

bool parse_quoted(Scanner& in, std::string& out) {
  if (!in.accept("\"")) return false;
  while (!in.at_end() && in.peek() != '"') {
    if (in.peek() == '\\') in.advance(1);
    if (in.at_end()) break;
    out.push_back(in.peek());
    in.advance(1);
  }
  return in.accept("\"");
}

bool parse_identifier(Scanner& in, std::string& out) {
  std::string text;
  while (!in.at_end() && is_identifier_byte(in.peek())) {
    text.push_back(in.peek());
    in.advance(1);
  }
  out = std::string(trim(text));
  return !out.empty();
}

bool parse_field_name(Scanner& in, std::string& out) {
  if (in.peek() == '"') return parse_quoted(in, out);
  std::string text;
  while (!in.at_end()) {
    char c = in.peek();
    // A dash belongs to the name unless an arrow begins.
    bool dash = c == '-' && !in.looking_at("->") && !text.empty();
    if (!is_identifier_byte(c) && !dash) break;
    text.push_back(c);
    in.advance(1);
  }
  out = std::string(trim(text));
  if (out.empty()) {
    in.expect(kFieldName);
    return false;
  }
  return true;
}

bool parse_field(Scanner& in, Field& out) {
  return parse_field_name(in, out.name) && parse_path(in, out.path);
}

Result<std::vector<std::string>> parse_names(std::string_view what,
                                             std::string_view text) {
  Scanner in(what, text);
  std::vector<std::string> names;
  do {
    in.skip_blanks();
    std::string name;
    if (!parse_field_name(in, name)) return in.error();
    names.push_back(std::move(name));
    in.skip_blanks();
  } while (in.accept(","));
  return names;
}

}  // namespace trestle::rest
