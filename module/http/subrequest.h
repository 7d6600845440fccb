// Asks a location of this server for the visitor of a request and hands back
// what it answered: nginx's subrequest, kept in memory.
#pragma once

#include <string>
#include <string_view>

#include "http/nginx.h"

namespace trestle::http {

// Receives the answer, in a turn of the event loop of its own.
class SubrequestWaiter {
 public:
  virtual ~SubrequestWaiter() = default;
  // `body` lives for the call.
  virtual void on_answer(ngx_uint_t status, std::string_view body) = 0;
};

// `path` with its query string behind "?". The waiter is asked for again when
// the answer is there, by `find`; null: nobody waits any more. False: it cannot
// be asked.
[[nodiscard]] bool ask_location(
    ngx_http_request_t* r, const std::string& path,
    SubrequestWaiter* (*find)(ngx_http_request_t* main));

}  // namespace trestle::http
