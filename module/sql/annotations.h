// The words of annotations and the small grammars behind them. Used by the
// handler-file parser; pure text, no state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sql/handler_file.h"

namespace trestle {

// A line comment that is an annotation, split: "-- @one product" gives
// {"one", "product"}. nullopt: an ordinary comment.
struct AnnotationText {
  std::string_view word;
  std::string_view text;
};
[[nodiscard]] std::optional<AnnotationText> annotation_of(
    std::string_view comment);

// "get" -> "GET"; empty when the word is no method.
[[nodiscard]] std::string_view method_of(std::string_view word);

// The shape that a word asks for, if it is one of @many @one @value @exec.
[[nodiscard]] std::optional<ResultShape> shape_of(std::string_view word);

// The nearest of all words that the options allow, as '; perhaps you meant
// "@one"', or nothing.
[[nodiscard]] std::string did_you_mean(std::string_view word,
                                       const HandlerFileOptions& options);

// Whether the word is one that parse_handler_file() knows under the options.
[[nodiscard]] bool is_known_annotation(std::string_view word,
                                       const HandlerFileOptions& options);

// [A-Za-z_][A-Za-z0-9_]*
[[nodiscard]] bool is_result_name(std::string_view text);

// nginx's times: 90, 90s, 15m, 12h, 30d, 2w, in seconds. nullopt: not one, or
// not positive, or longer than a hundred years.
[[nodiscard]] std::optional<std::int64_t> parse_duration_s(
    std::string_view text);

// "Name value {result.column}". Pieces in braces are not resolved yet: their
// text is what stands between the braces and `statement` is npos. Errors carry
// a message only.
inline constexpr std::size_t kUnresolved = static_cast<std::size_t>(-1);
[[nodiscard]] Result<HeaderTemplate> parse_header_template(
    std::string_view text);

}  // namespace trestle
