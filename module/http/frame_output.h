// Frames from their queue to the kernel, many at once, through what nginx has
// put between (TLS).
#pragma once

#include "http/nginx.h"
#include "live/out_queue.h"

namespace trestle::http {

enum class Sent {
  nothing,  // the socket takes no more
  some,
  lost,  // the connection is gone
};

// Writes what the socket takes in one call; also what nginx holds of the last
// one. What has gone is out of the queue.
[[nodiscard]] Sent send_frames(ngx_connection_t* c, live::OutQueue& queue);

}  // namespace trestle::http
