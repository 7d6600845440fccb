// Asks the session table who a visitor is, before the location's handler runs:
// in the access phase of a request, so that limits of requests and connections
// come first, and in the phase before it for subrequests, which have no access
// phase. Databases whose sessions are in their cookies are not asked.
#pragma once

#include "http/nginx.h"

namespace trestle::http {

// NGX_DECLINED: nothing (more) is to be looked up. NGX_AGAIN: a look-up is
// under way; the request's phases go on when it is over.
[[nodiscard]] ngx_int_t look_up_sessions(ngx_http_request_t* r);

// The handler for subrequests.
ngx_int_t subrequest_session_handler(ngx_http_request_t* r) noexcept;

}  // namespace trestle::http
