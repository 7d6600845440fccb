// What a sink is told when its run has failed: the fields of PostgreSQL's
// ErrorResponse, or our own words when no server answered.
#pragma once

#include <string_view>

#include "sql/row_sink.h"

namespace trestle::pg {

// An ErrorResponse or NoticeResponse message.
struct ServerReport {
  RunError error;
  bool fatal = false;       // the session ends with it
  bool stale_plan = false;  // a prepared statement is gone or out of date
};

// Reads the fields of such a message (manual, "Error and Notice Message
// Fields").
[[nodiscard]] ServerReport read_report(std::string_view body);

// An error of our own, in words that name no host, user or database; without
// words when there is no memory for them.
[[nodiscard]] RunError own_error(RunError::Kind kind) noexcept;

}  // namespace trestle::pg
