// A connection goes on without nginx's HTTP, as a WebSocket does behind its
// 101: what nginx's request still holds of it is taken over, and the request
// ended.
#pragma once

#include <string>

#include "http/nginx.h"
#include "live/out_queue.h"

namespace trestle::http {

// What the client has sent behind the head of its request; nginx has it no
// more.
[[nodiscard]] std::string take_unread(ngx_http_request_t* r);

// What the socket did not take of the answer's head at once.
void take_unsent(ngx_http_request_t* r, live::OutQueue& queue);

// nginx's timers, and that it waits for anything to be sent, are gone. Events
// are the caller's to set.
void quiet_connection(ngx_connection_t* c);

// Ends the request, and frees the buffers that it was read into, so that an
// idle connection is small. False: it stays, as another module counts it by its
// end (limit_conn).
[[nodiscard]] bool release_request(ngx_http_request_t* r);

}  // namespace trestle::http
