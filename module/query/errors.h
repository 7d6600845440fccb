// The errors of trestle_query, one function per code; docs/errors.md is the
// table for users. TRS101 to TRS106 are raised where JSON, forms and values are
// read (base/json.h, frontend/named_values.h, frontend/request_values.h),
// TRS203 and TRS208 where headers are made (frontend/answer_headers.h).
//
//   TRS107 405  the file has nothing for this method
//   TRS108 406  no format that the client accepts
//   TRS201 404  @one: no row
//   TRS202 500  @one or @value: more than one row
//   TRS204 500  the answer is too large to be held until it is complete
//   TRS205 500  a result's types have changed under the statement
//   TRS206 500  @value: the row has not exactly one column
//   TRS207 401  @token or @session: no row, so nobody to log in
//   TRS209 500  a column's type has no JSON form in this kind of statement
#pragma once

#include <string_view>

#include "base/result.h"

namespace trestle::query::errors {

[[nodiscard]] Error wrong_method(std::string_view method,
                                 std::string_view allowed);
[[nodiscard]] Error not_acceptable(std::string_view offered);

// `result` is the name in the file, empty for a bare one.
[[nodiscard]] Error no_row(std::string_view result);
[[nodiscard]] Error many_rows(std::string_view result);
[[nodiscard]] Error too_large(std::size_t limit_bytes, bool has_written);
[[nodiscard]] Error types_changed(bool has_written);
[[nodiscard]] Error not_a_value(std::size_t columns);
[[nodiscard]] Error nobody();
[[nodiscard]] Error no_json_form(std::string_view column);

}  // namespace trestle::query::errors
