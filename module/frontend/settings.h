// The settings of one request that SQL can read with current_setting(): role,
// claims and the facts of the message, under PostgREST's names.
#pragma once

#include "auth/identity.h"
#include "base/http_message.h"
#include "frontend/judge.h"
#include "sql/statement.h"

namespace trestle {

// role (left out when empty), request.jwt.claims (the claims' JSON; for an
// anonymous visitor {"role":ROLE}), request.method, request.path,
// request.headers (JSON object, lower-case names, without Cookie and the
// credentials' own values left as they are) and request.cookies (JSON object).
[[nodiscard]] Settings request_settings(const auth::Identity& identity,
                                        const Request& request);

// The same for a plan, without those that nothing reads: neither its statements
// (`judgement`) nor, by the catalog, any code in the database.
[[nodiscard]] Settings request_settings(const Exchange& exchange,
                                        const Judgement& judgement);

}  // namespace trestle
