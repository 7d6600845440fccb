// What is sent behind a run that may have left something in its session:
// DISCARD ALL without forgetting prepared statements. One simple query, in the
// same flight as the run.
#pragma once

#include "base/literal.h"

namespace trestle::pg {

// RESET ALL does not reset the role; RESET SESSION AUTHORIZATION and RESET ROLE
// do. DISCARD TEMP and the others may run inside the query's implicit
// transaction, DISCARD ALL may not.
constexpr Literal kScrub =
    "set session authorization default; reset role; reset all; close all; "
    "unlisten *; select pg_advisory_unlock_all(); discard temp; "
    "discard sequences";

// The same behind an explicit transaction block, which an error has left open.
constexpr Literal kRollbackAndScrub =
    "rollback; set session authorization default; reset role; reset all; "
    "close all; unlisten *; select pg_advisory_unlock_all(); discard temp; "
    "discard sequences";

constexpr Literal kRollback = "rollback";
constexpr Literal kUnlock = "select pg_advisory_unlock_all()";

}  // namespace trestle::pg
