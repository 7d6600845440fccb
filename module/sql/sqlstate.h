// SQLSTATE to HTTP status, as PostgREST maps them (its documentation, "Errors:
// HTTP status codes"; PostgreSQL manual, appendix A).
#pragma once

#include <string_view>

namespace trestle {

// `message` tells apart what shares a code. `authenticated`: the visitor has
// shown who he is, so a missing privilege is 403 and not 401. PTxyz is the
// status xyz, which SQL raises on purpose.
[[nodiscard]] int http_status_of(std::string_view sqlstate,
                                 std::string_view message, bool authenticated);

// Whether the database's own words about such an error stay in the log: they
// tell of hosts, files, roles and the inside of the server.
[[nodiscard]] bool is_internal(std::string_view sqlstate);

// Whether a statement that was planned for another schema fails like this:
// columns, relations, functions and types that are not there or not alike, a
// function that has begun to write, objects that vanish while they are used.
[[nodiscard]] bool may_be_outdated(std::string_view sqlstate);

// Raised by SQL as SQLSTATE PTxyz with xyz a status: its message is meant for
// the status line as well.
[[nodiscard]] bool is_chosen_status(std::string_view sqlstate);

}  // namespace trestle
