// Errors that every front-end answers alike: those of the database and of the
// way to it. docs/errors.md lists all codes.
//
//   TRS001 503  the database cannot be reached; nothing has run
//   TRS002 503  too many requests wait for it; nothing has run
//   TRS003 502  the connection died under a change: nobody knows its outcome
//   TRS004 504  the statement took too long and was canceled
//   TRS005 499  the client has left; nobody reads this
//   TRS006 503  the connection died under a read
//   SQLSTATE    what PostgreSQL refused
#pragma once

#include "base/http_message.h"
#include "base/result.h"
#include "sql/row_sink.h"
#include "sql/statement.h"

namespace trestle {

// What the client is told of a failed run. The database's own words about its
// inside are kept back (is_internal()); the caller logs them. `authenticated`
// as in http_status_of().
[[nodiscard]] Error error_of(const RunError& error, Access access,
                             bool authenticated);

// The head of an error's JSON answer: status, content type, WWW-Authenticate
// with 401, and the message as reason phrase where SQL chose the status.
[[nodiscard]] ResponseHead error_head(const Error& error);

// Answers with error_head() and error_body().
void answer_error(ResponseSink& response, const Error& error);

}  // namespace trestle
