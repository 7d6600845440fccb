// trestle_status: the state of this worker's pools as JSON.
#pragma once

#include "http/nginx.h"

namespace trestle::http {

ngx_int_t status_handler(ngx_http_request_t* r) noexcept;

}  // namespace trestle::http
