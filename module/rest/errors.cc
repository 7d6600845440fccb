#include "rest/errors.h"

#include "base/json.h"
#include "base/text.h"

namespace trestle::rest::errors {
namespace {

std::string digits(std::int64_t number) {
  std::string out;
  append_number(out, number);
  return out;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) {
    if (!out.empty()) out += ", ";
    out += word;
  }
  return out;
}

Error range_error(std::string details) {
  return {.code = "PGRST103",
          .http_status = 416,
          .message = "Requested range not satisfiable",
          .details = std::move(details)};
}

}  // namespace

Error query_syntax(std::string message, std::string details) {
  return {.code = "PGRST100",
          .http_status = 400,
          .message = std::move(message),
          .details = std::move(details)};
}

Error rpc_method(std::string_view method) {
  return {.code = "PGRST101",
          .http_status = 405,
          .message = concat({"Cannot use the ", method, " method on RPC"})};
}

Error bad_body(std::string message) {
  return {
      .code = "PGRST102", .http_status = 400, .message = std::move(message)};
}

Error bad_content_type(std::string_view type) {
  return {.code = "PGRST102",
          .http_status = 400,
          .message = concat({"Content-Type not acceptable: ", type})};
}

Error bad_range() {
  return range_error(
      "The lower boundary must be lower than or equal to the upper boundary "
      "in the Range header.");
}

Error negative_limit() {
  return range_error("Limit should be greater than or equal to zero.");
}

Error offset_too_large(std::int64_t offset, std::int64_t total) {
  return range_error(
      concat({"An offset of ", digits(offset),
              " was requested, but there are only ", digits(total), " rows."}));
}

Error put_shape() {
  return {.code = "PGRST105",
          .http_status = 405,
          .message =
              "Filters must include all and only primary key columns "
              "with 'eq' operators"};
}

Error unknown_schema(std::string_view schema,
                     const std::vector<std::string>& exposed) {
  return {.code = "PGRST106",
          .http_status = 406,
          .message = concat({"Invalid schema: ", schema}),
          .hint = concat(
              {"Only the following schemas are exposed: ", joined(exposed)})};
}

Error not_acceptable(const std::vector<std::string>& accepted) {
  return {.code = "PGRST107",
          .http_status = 406,
          .message = concat(
              {"None of these media types are available: ", joined(accepted)})};
}

Error put_with_range() {
  return {.code = "PGRST114",
          .http_status = 400,
          .message =
              "limit/offset querystring parameters are not allowed for "
              "PUT"};
}

Error put_mismatch() {
  return {
      .code = "PGRST115",
      .http_status = 400,
      .message = "Payload values do not match URL in primary key column(s)"};
}

Error unsupported_method(std::string_view method) {
  return {.code = "PGRST117",
          .http_status = 405,
          .message = concat({"Unsupported HTTP method: ", method})};
}

Error bad_preferences(const std::vector<std::string>& names) {
  return {.code = "PGRST122",
          .http_status = 400,
          .message = "Invalid preferences given with handling=strict",
          .details = concat({"Invalid preferences: ", joined(names)})};
}

Error bad_path() {
  return {.code = "PGRST125",
          .http_status = 404,
          .message = "Invalid path specified in request URL"};
}

Error no_openapi() {
  return {.code = "PGRST126",
          .http_status = 404,
          .message = "Root endpoint metadata is disabled"};
}

Error not_embedded(std::string_view name) {
  return {.code = "PGRST108",
          .http_status = 400,
          .message = concat(
              {"'", name, "' is not an embedded resource in this request"}),
          .hint = concat({"Verify that '", name,
                          "' is included in the 'select' query parameter."})};
}

Error use_alias(std::string_view name, std::string_view alias) {
  return {.code = "PGRST108",
          .http_status = 400,
          .message = concat(
              {"'", name, "' is not an embedded resource in this request"}),
          .details =
              "Target names are not allowed in filters if they have an "
              "alias",
          .hint = concat({"Change '", name, "' to '", alias,
                          "' in filters, orders or limits."})};
}

Error order_by_many(std::string_view from, std::string_view to) {
  return {.code = "PGRST118",
          .http_status = 400,
          .message = concat({"A related order on '", to, "' is not possible"}),
          .details = concat({"'", from, "' and '", to,
                             "' do not form a many-to-one or one-to-one "
                             "relationship"})};
}

Error embed_filter(std::string_view name) {
  return {
      .code = "PGRST120",
      .http_status = 400,
      .message = concat({"Bad operator on the '", name, "' embedded resource"}),
      .details =
          "Only is null or not is null filters are allowed on "
          "embedded resources"};
}

Error aggregates_off() {
  return {.code = "PGRST123",
          .http_status = 400,
          .message = "Use of aggregate functions is not allowed"};
}

Error not_implemented(std::string details) {
  return {.code = "PGRST127",
          .http_status = 400,
          .message = "Feature not implemented",
          .details = std::move(details)};
}

Error max_affected_function() {
  return {.code = "PGRST128",
          .http_status = 400,
          .message =
              "Function must return SETOF or TABLE when max-affected "
              "preference is used with handling=strict"};
}

Error unknown_column(std::string_view column, std::string_view relation) {
  return {.code = "PGRST204",
          .http_status = 400,
          .message = concat({"Could not find the '", column, "' column of '",
                             relation, "' in the schema cache"})};
}

Error unknown_relation(std::string_view schema, std::string_view name,
                       std::string_view nearest) {
  Error error{.code = "PGRST205",
              .http_status = 404,
              .message = concat({"Could not find the table '", schema, ".",
                                 name, "' in the schema cache"})};
  if (!nearest.empty())
    error.hint =
        concat({"Perhaps you meant the table '", schema, ".", nearest, "'"});
  return error;
}

Error bad_response_headers() {
  return {.code = "PGRST111",
          .http_status = 500,
          .message =
              "response.headers guc must be a JSON array composed of "
              "objects with a single key and a string value"};
}

Error bad_response_status() {
  return {.code = "PGRST112",
          .http_status = 500,
          .message = "response.status guc must be a valid status code"};
}

Error outdated() {
  return {.code = "TRS205",
          .http_status = 503,
          .message = "The types of a result have changed",
          .hint = "The next request will see the new ones"};
}

Error not_singular(std::int64_t rows) {
  return {.code = "PGRST116",
          .http_status = 406,
          .message = "Cannot coerce the result to a single JSON object",
          .details = concat({"The result contains ", digits(rows), " rows"})};
}

namespace {

Error bad_raise(std::string details, std::string hint) {
  return {
      .code = "PGRST121",
      .http_status = 500,
      .message = "Could not parse JSON in the \"RAISE SQLSTATE 'PGRST'\" error",
      .details = std::move(details),
      .hint = std::move(hint)};
}

}  // namespace

Error bad_raise_detail(std::string_view detail) {
  return bad_raise(
      concat({"Invalid JSON value for DETAIL: '", detail, "'"}),
      "DETAIL must be a JSON object with obligatory keys: 'status', 'headers' "
      "and optional key: 'status_text'.");
}

Error bad_raise_message(std::string_view message) {
  return bad_raise(
      concat({"Invalid JSON value for MESSAGE: '", message, "'"}),
      "MESSAGE must be a JSON object with obligatory keys: 'code', 'message' "
      "and optional keys: 'details', 'hint'.");
}

Error max_affected_exceeded(std::int64_t rows) {
  return {.code = "PGRST124",
          .http_status = 400,
          .message = "Query result exceeds max-affected preference constraint",
          .details = concat({"The query affects ", digits(rows), " rows"})};
}

Error precondition_failed() {
  return {.code = "TRS250",
          .http_status = 412,
          .message = "The row is not what If-Match or If-None-Match asks for",
          .hint = "Read it again: somebody may have changed it meanwhile."};
}

Error nested_row_left_out() {
  return {.code = "TRS251",
          .http_status = 409,
          .message = "A trigger has left out a row that others are nested in",
          .hint = "Insert the rows of each table by a request of its own."};
}

}  // namespace trestle::rest::errors
