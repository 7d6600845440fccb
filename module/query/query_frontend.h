// The front-end of trestle_query: one SQL file answers one location.
//
//   request   section of the method, format by Accept, values of parameters
//   plan, sql the section's statements in one transaction, read-only for GET
//   response  Answer (answer.h)
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "frontend/frontend.h"
#include "frontend/session_change.h"

namespace trestle::query {

struct QueryOptions {
  // As shown in messages, and the file's content.
  std::string path;
  std::string text;
  // Upper case. Empty: all that the file serves; else it serves no others.
  std::vector<std::string> methods = {};
  // Signs for @token and @session. Without it, such files are an error.
  SessionKeeper sessions = {};
  // How much of an answer is held that cannot be sent yet: that of a change
  // until it has committed, that of a read until its last @one is there.
  std::size_t held_limit_bytes = 8 * 1024 * 1024;
};

// Configuration load. Errors: TRS021, the message "path:line: what", an excerpt
// with a caret in `details`.
[[nodiscard]] Result<std::unique_ptr<Frontend>> make_query_frontend(
    QueryOptions options);

}  // namespace trestle::query
