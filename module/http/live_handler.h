// The content handler of live locations: decides by the request's headers what
// stream it opens, or answers why it opens none.
//
//   400 405 426  no WebSocket handshake, or a wrong one (TRS600)
//   401          a token that is wrong, or none where one is needed
//   403          the page comes from another origin (TRS601)
//   400          an event stream without a channel or a table (TRS620)
#pragma once

#include "http/nginx.h"

namespace trestle::http {

ngx_int_t live_handler(ngx_http_request_t* r) noexcept;

}  // namespace trestle::http
