// Writing and reading JSON text.
//
// Writing appends to a std::string and escapes exactly as PostgreSQL's
// escape_json does, so that what Trestle encodes and what to_json() encodes
// cannot be told apart. Reading is RapidJSON with its iterative parser, strict
// UTF-8 and a depth limit: its recursive default crashes on deep input.
#pragma once

#include <rapidjson/document.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace trestle {

// Appends `text` as a JSON string with its quotes. Escapes " and \, the five
// short forms \b \f \n \r \t, other bytes below 0x20 as \u00xx in lower case;
// everything else goes through untouched, so `text` should be UTF-8.
void append_json_string(std::string& out, std::string_view text);

// Appends the string, or null when there is none.
void append_json_string_or_null(std::string& out,
                                const std::optional<std::string>& text);

// Appends decimal digits.
void append_number(std::string& out, std::int64_t value);

// Writes objects and arrays with their commas. Compact form, no checks: a
// caller that opens what it does not close makes bad JSON.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);
  JsonWriter& string(std::string_view text);
  JsonWriter& string_or_null(const std::optional<std::string>& text);
  JsonWriter& number(std::int64_t value);
  JsonWriter& boolean(bool value);
  JsonWriter& null();
  // Text that is JSON already.
  JsonWriter& raw(std::string_view json);

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void separate();

  std::string& out_;
  bool comma_ = false;  // a value stands before this place, on this level
};

// How much JSON a caller is ready to read.
struct JsonLimits {
  std::size_t max_depth = 64;
  std::size_t max_bytes = 16 * 1024 * 1024;
};

// Parses one JSON text (RFC 8259). The document owns copies of all strings.
// Numbers keep 64-bit integer precision; others become doubles. Errors:
// TRS101 (400) with the byte offset in the message.
[[nodiscard]] Result<rapidjson::Document> parse_json(
    std::string_view text, const JsonLimits& limits = {});

// A view of a string node's text; the document owns it.
[[nodiscard]] inline std::string_view json_text(const rapidjson::Value& value) {
  return {value.GetString(), value.GetStringLength()};
}

// The JSON text of any node, compact, with this file's escapes.
void append_json(std::string& out, const rapidjson::Value& value);

// The error body of every JSON answer: {"code","details","hint","message"},
// the four members always there, as PostgREST writes it.
[[nodiscard]] std::string error_body(const Error& error);

}  // namespace trestle
