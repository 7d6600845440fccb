// A request as it was before a proxy of ours passed it on: the scheme and host
// that the visitor sees, and whether the visitor sits at this machine.
//
// Headers can be written by anybody, so they count only from the addresses of
// trestle_trusted_proxy. The peer's address is the connection's own, also when
// nginx's realip module has put the visitor's in its place.
#pragma once

#include <string_view>

#include "http/nginx.h"

namespace trestle::http {

struct OutsideView {
  std::string_view scheme;  // "http" or "https"
  std::string_view host;    // with its port
};

// `proxies`: an array of ngx_cidr_t, or null. X-Forwarded-Proto and
// X-Forwarded-Host of such a peer count: the last value of each, which is the
// one that the peer itself has added. What is no scheme or no host is ignored.
// Views live as long as the request.
[[nodiscard]] OutsideView outside_view(ngx_http_request_t* r,
                                       ngx_array_t* proxies);

// The client is on this machine, and it does not speak for somebody else: the
// request has come over loopback or a unix socket, not from a trusted proxy,
// and bears no mark of another one.
[[nodiscard]] bool is_local_client(ngx_http_request_t* r, ngx_array_t* proxies);

}  // namespace trestle::http
