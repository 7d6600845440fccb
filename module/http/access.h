// What happens before a location's handler: trestle_auth in the access phase,
// for static and proxied locations as well as our own, and the answer to CORS
// preflights, which come without credentials and so go before it.
#pragma once

#include "http/nginx.h"

namespace trestle::http {

ngx_int_t preflight_handler(ngx_http_request_t* r) noexcept;
ngx_int_t access_handler(ngx_http_request_t* r) noexcept;

// OPTIONS with the headers by which browsers ask before a request of theirs.
[[nodiscard]] bool is_preflight(ngx_http_request_t* r);

// The first request header of that name, or null.
[[nodiscard]] const ngx_table_elt_t* find_header(ngx_http_request_t* r,
                                                 std::string_view name);

}  // namespace trestle::http
