// Names and values that a request brings: the query string, a form, or the
// members of a JSON object. Values are parameters in PostgreSQL's text format:
// a JSON string's text, a number's own digits, an object's or array's JSON, and
// NULL for null.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sql/statement.h"

namespace trestle {

class NamedValues {
 public:
  struct Entry {
    std::string name;
    Param value;
  };

  // application/x-www-form-urlencoded, as in a query string (URL standard 5.1).
  // Error: TRS106 for a % that two hexadecimal digits do not follow.
  [[nodiscard]] static Result<NamedValues> from_form(std::string_view text);

  // The members of one JSON object; the last of equal names counts, as for
  // jsonb. Errors: TRS101 (not JSON), TRS105 (not an object).
  [[nodiscard]] static Result<NamedValues> from_json(std::string_view text);

  // One more, behind those of before.
  void add(std::string name, Param value);
  // In place of all of that name.
  void set(std::string_view name, Param value);

  // nullptr: there is none of that name. A form's first one counts.
  [[nodiscard]] const Param* find(std::string_view name) const;

  // All of them, in the order in which they came.
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }

 private:
  std::vector<Entry> entries_;
};

// The media type of a Content-Type, lower case, without its parameters.
[[nodiscard]] std::string media_type(std::string_view content_type);

// application/json and whatever ends in +json (RFC 6839 3.1).
[[nodiscard]] bool is_json_type(std::string_view media_type);

}  // namespace trestle
