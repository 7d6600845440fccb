#include "sql/annotations.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/http_token.h"
#include "base/text.h"

namespace trestle {

namespace {

struct Method {
  std::string_view word;
  std::string_view method;
};

constexpr auto kMethods = std::to_array<Method>({{"get", "GET"},
                                                 {"post", "POST"},
                                                 {"put", "PUT"},
                                                 {"patch", "PATCH"},
                                                 {"delete", "DELETE"}});

struct Shape {
  std::string_view word;
  ResultShape shape;
};

constexpr auto kShapes = std::to_array<Shape>({{"one", ResultShape::one},
                                               {"many", ResultShape::many},
                                               {"value", ResultShape::value},
                                               {"exec", ResultShape::exec}});

constexpr auto kAnswerWords =
    std::to_array<std::string_view>({"status", "header", "token", "session"});

// Headers that the connection or the format decides.
constexpr auto kOwnHeaders = std::to_array<std::string_view>(
    {"connection", "content-length", "content-type", "date", "keep-alive",
     "trailer", "transfer-encoding", "upgrade"});

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_word_char(char c) {
  return is_letter(c) || c == '_' || (c >= '0' && c <= '9');
}

bool is_control(char c) {
  auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

Error grammar_error(std::string message) {
  return {.code = "TRS021", .message = std::move(message)};
}

std::vector<std::string_view> known_words(const HandlerFileOptions& options) {
  std::vector<std::string_view> words;
  for (const Shape& each : kShapes) words.push_back(each.word);
  for (const Method& each : kMethods) words.push_back(each.word);
  words.insert(words.end(), kAnswerWords.begin(), kAnswerWords.end());
  words.insert(words.end(), options.extras.begin(), options.extras.end());
  return words;
}

Result<std::vector<TemplatePiece>> parse_pieces(std::string_view text) {
  std::vector<TemplatePiece> pieces;
  while (!text.empty()) {
    std::size_t open = text.find_first_of("{}");
    if (open == std::string_view::npos) open = text.size();
    if (open > 0) pieces.push_back({.text = std::string(text.substr(0, open))});
    text.remove_prefix(open);
    if (text.empty()) break;
    std::size_t close = text.find('}');
    if (text.front() == '}' || close == std::string_view::npos)
      return grammar_error("braces of a header's value are not in pairs");
    pieces.push_back({.text = std::string(trim(text.substr(1, close - 1))),
                      .statement = kUnresolved});
    text.remove_prefix(close + 1);
  }
  return pieces;
}

}  // namespace

std::optional<AnnotationText> annotation_of(std::string_view comment) {
  comment.remove_prefix(2);  // the dashes
  comment = trim(comment);
  if (comment.size() < 2 || comment[0] != '@' || !is_letter(comment[1]))
    return std::nullopt;
  comment.remove_prefix(1);
  std::size_t end = 0;
  while (end < comment.size() && is_word_char(comment[end])) end++;
  return AnnotationText{.word = comment.substr(0, end),
                        .text = trim(comment.substr(end))};
}

std::string_view method_of(std::string_view word) {
  for (const Method& each : kMethods)
    if (each.word == word) return each.method;
  return {};
}

std::optional<ResultShape> shape_of(std::string_view word) {
  for (const Shape& each : kShapes)
    if (each.word == word) return each.shape;
  return std::nullopt;
}

std::string did_you_mean(std::string_view word,
                         const HandlerFileOptions& options) {
  std::string_view nearest =
      nearest_word(ascii_lower(word), known_words(options));
  if (nearest.empty()) return {};
  return concat({"; perhaps you meant \"@", nearest, "\""});
}

bool is_known_annotation(std::string_view word,
                         const HandlerFileOptions& options) {
  std::vector<std::string_view> words = known_words(options);
  return std::ranges::find(words, word) != words.end();
}

bool is_result_name(std::string_view text) {
  return !text.empty() && (is_letter(text[0]) || text[0] == '_') &&
         std::ranges::all_of(text, is_word_char);
}

std::optional<std::int64_t> parse_duration_s(std::string_view text) {
  constexpr std::int64_t kMostSeconds = 100LL * 366 * 86'400;
  std::int64_t number = 0;
  auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  std::string_view unit =
      text.substr(static_cast<std::size_t>(end - text.data()));
  std::int64_t seconds = unit.empty() || unit == "s" ? 1
                         : unit == "m"               ? 60
                         : unit == "h"               ? 3'600
                         : unit == "d"               ? 86'400
                         : unit == "w"               ? 604'800
                                                     : 0;
  if (seconds == 0 || number <= 0 || number > kMostSeconds / seconds)
    return std::nullopt;
  return number * seconds;
}

Result<HeaderTemplate> parse_header_template(std::string_view text) {
  std::size_t blank = text.find_first_of(" \t");
  std::string_view name = text.substr(0, blank);
  if (name.ends_with(':')) name.remove_suffix(1);
  std::string_view value =
      blank == std::string_view::npos ? "" : trim(text.substr(blank));
  if (name.empty() || value.empty())
    return grammar_error("expected \"@header Name value\"");
  if (!is_token(name))
    return grammar_error(concat({"\"", name, "\" is no name of a header"}));
  std::string lower = ascii_lower(name);
  if (std::ranges::find(kOwnHeaders, lower) != kOwnHeaders.end())
    return grammar_error(
        concat({"the header ", name, " cannot be set by a file"}));
  if (std::ranges::any_of(value, is_control))
    return grammar_error("a header's value holds a control character");
  Result<std::vector<TemplatePiece>> pieces = parse_pieces(value);
  if (!pieces.ok()) return std::move(pieces).error();
  return HeaderTemplate{.name = std::string(name),
                        .value = std::move(pieces).value()};
}

}  // namespace trestle
