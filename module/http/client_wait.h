// How an answer that goes out in parts waits for its client, and how it is
// broken off: what nginx's own writer does for whole answers, for handlers that
// are asked again when the client can take more.
#pragma once

#include "http/nginx.h"

namespace trestle::http {

// Arms the write event, and send_timeout while nginx holds bytes that the
// client has not taken. `on_write` comes when it can take more, or does not in
// time: it begins with end_if_too_slow(). False: the request is to be ended.
[[nodiscard]] bool wait_for_client(ngx_http_request_t* r,
                                   ngx_http_event_handler_pt on_write);

// True: the client has taken nothing for send_timeout, and the request is
// ended.
[[nodiscard]] bool end_if_too_slow(ngx_http_request_t* r);

// Ends the request so that what the client has of its answer does not look like
// the whole.
void break_connection(ngx_http_request_t* r);

}  // namespace trestle::http
