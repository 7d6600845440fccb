// What belongs to the head of every answer, whichever front-end made it.
#pragma once

#include "base/http_message.h"
#include "http/context.h"
#include "http/runtime.h"

namespace trestle::http {

// Retry-After, WWW-Authenticate and Cache-Control where they fit and are not
// there yet. When the answer ends a session, its streams end in all workers.
void complete_head(ResponseHead& head, const RequestContext& context,
                   const Database& database, Runtime& runtime);

}  // namespace trestle::http
