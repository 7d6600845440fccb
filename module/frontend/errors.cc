#include "frontend/errors.h"

#include <algorithm>

#include "auth/errors.h"
#include "base/json.h"
#include "sql/sqlstate.h"

namespace trestle {

namespace {

constexpr int kUnauthorized = 401;

Error unavailable() {
  return {.code = "TRS001",
          .http_status = 503,
          .message = "The database cannot be reached"};
}

Error overload() {
  return {.code = "TRS002",
          .http_status = 503,
          .message = "Too many requests are waiting for the database",
          .hint = "Try again later"};
}

Error lost(Access access) {
  if (access == Access::read)
    return {.code = "TRS006",
            .http_status = 503,
            .message = "The connection to the database was lost",
            .hint = "Nothing was changed; try again"};
  return {.code = "TRS003",
          .http_status = 502,
          .message = "The connection to the database was lost",
          .details = "It is unknown whether the change was made"};
}

Error timeout() {
  return {.code = "TRS004",
          .http_status = 504,
          .message = "The statement took too long and was canceled"};
}

Error client_left() {
  return {.code = "TRS005",
          .http_status = 499,
          .message = "The client closed the connection"};
}

Error from_database(const RunError& error, bool authenticated) {
  Error told{.code = error.sqlstate,
             .http_status =
                 http_status_of(error.sqlstate, error.message, authenticated),
             .message = error.message,
             .details = error.detail,
             .hint = error.hint};
  if (is_internal(error.sqlstate)) {
    told.message = "The database reported an internal error";
    told.details.reset();
    told.hint.reset();
  }
  return told;
}

// RFC 9112 4: tabs, blanks and visible characters; no more than a line.
bool is_reason(std::string_view text) {
  constexpr std::size_t kMostBytes = 256;
  return text.size() <= kMostBytes && std::ranges::all_of(text, [](char c) {
           return c >= 0x20 && c < 0x7f;
         });
}

}  // namespace

Error error_of(const RunError& error, Access access, bool authenticated) {
  switch (error.kind) {
    case RunError::Kind::database:
      return from_database(error, authenticated);
    case RunError::Kind::unavailable:
      return unavailable();
    case RunError::Kind::overload:
      return overload();
    case RunError::Kind::lost:
      return lost(access);
    case RunError::Kind::timeout:
      return timeout();
    case RunError::Kind::canceled:
      return client_left();
  }
  return unavailable();
}

ResponseHead error_head(const Error& error) {
  ResponseHead head{.status = error.http_status,
                    .content_type = "application/json; charset=utf-8",
                    .error_code = error.code};
  if (is_chosen_status(error.code) && is_reason(error.message))
    head.reason = error.message;
  if (error.http_status == kUnauthorized)
    head.headers.push_back(
        {.name = "WWW-Authenticate",
         .value = auth::challenge(error).value_or("Bearer")});
  return head;
}

void answer_error(ResponseSink& response, const Error& error) {
  std::string body = error_body(error);
  ResponseHead head = error_head(error);
  head.content_length = body.size();
  response.head(std::move(head));
  static_cast<void>(response.body(body));
  response.end();
}

}  // namespace trestle
