// The errors that http/ gives in its own name, one function per code.
//
//   TRS010 to TRS019  of the configuration, never sent to a client
//   TRS080 500  an answer had a header that may not be sent
//   TRS081 500  an answer exceeded trestle_max_result
//   TRS082 408  the body did not arrive within trestle_body_timeout
//   TRS083 500  the body could not be read
//   TRS084 503  the database cannot be used by this worker
//   TRS085 503  the database's catalog could not be loaded
//   TRS4xx, TRS5xx  nginx's own answer of that status: TRS413 413
#pragma once

#include <string_view>

#include "base/result.h"

namespace trestle::http::errors {

[[nodiscard]] Error bad_header(std::string_view name);
[[nodiscard]] Error result_too_large();
[[nodiscard]] Error body_timeout();
[[nodiscard]] Error body_unreadable();
[[nodiscard]] Error no_database();
[[nodiscard]] Error no_catalog();

// The error that says what nginx says with a status of 4xx or 5xx.
[[nodiscard]] Error of_status(int status);

}  // namespace trestle::http::errors
