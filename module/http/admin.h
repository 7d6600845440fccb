// What administrators may ask of a worker by POST below the location of
// trestle_status, from the machine itself only:
//
//   reload   204 when this worker serves a catalog whose reading began after
//            the request came, 504 when that takes longer than 30 seconds;
//            other workers read theirs anew before their next request
//   release  204; this worker's pools are closed and begin anew with the next
//            request; other workers do the same before their next request
#pragma once

#include "http/nginx.h"

namespace trestle::http {

// The content handler's return value.
ngx_int_t admin_handler(ngx_http_request_t* r);

}  // namespace trestle::http
