#include "query/errors.h"

#include "base/text.h"

namespace trestle::query::errors {

namespace {

std::string result_text(std::string_view result) {
  return result.empty() ? std::string("The result")
                        : concat({"The result \"", result, "\""});
}

std::optional<std::string> change_holds(bool has_written) {
  if (!has_written) return std::nullopt;
  return "The change itself has been made";
}

}  // namespace

Error wrong_method(std::string_view method, std::string_view allowed) {
  return {.code = "TRS107",
          .http_status = 405,
          .message = concat({"The method ", method, " is not allowed here"}),
          .hint = concat({"Allowed: ", allowed})};
}

Error not_acceptable(std::string_view offered) {
  return {.code = "TRS108",
          .http_status = 406,
          .message = "None of the accepted media types is available",
          .hint = concat({"Available: ", offered})};
}

Error no_row(std::string_view result) {
  return {.code = "TRS201",
          .http_status = 404,
          .message = result.empty() ? std::string("Not found")
                                    : concat({"Not found: ", result})};
}

Error many_rows(std::string_view result) {
  return {.code = "TRS202",
          .http_status = 500,
          .message = concat({result_text(result), " has more than one row"})};
}

Error too_large(std::size_t limit_bytes, bool has_written) {
  return {
      .code = "TRS204",
      .http_status = 500,
      .message = concat({"The answer exceeds the ", std::to_string(limit_bytes),
                         " bytes that are held until it is complete"}),
      .details = change_holds(has_written)};
}

Error types_changed(bool has_written) {
  return {.code = "TRS205",
          .http_status = has_written ? 500 : 503,
          .message = "The types of a result have changed",
          .details = change_holds(has_written),
          .hint = "The next request will see the new ones"};
}

Error not_a_value(std::size_t columns) {
  return {.code = "TRS206",
          .http_status = 500,
          .message = concat({"A single value was expected, but the result has ",
                             std::to_string(columns), " columns"})};
}

Error nobody() {
  return {
      .code = "TRS207", .http_status = 401, .message = "The login was refused"};
}

Error no_json_form(std::string_view column) {
  return {.code = "TRS209",
          .http_status = 500,
          .message = concat({"The type of the column \"", column,
                             "\" has no JSON form in this statement"}),
          .hint = "Wrap it in to_json()"};
}

}  // namespace trestle::query::errors
