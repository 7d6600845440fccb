// Whether this worker can serve: a statement that asks every database for
// nothing, answered by all of them within two seconds.
#pragma once

#include "http/nginx.h"

namespace trestle::http {

// The content handler's return value; answers 200 or 503, a line for each
// database either way.
ngx_int_t readiness_handler(ngx_http_request_t* r);

}  // namespace trestle::http
