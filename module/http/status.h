// trestle_status: the state of the whole server, below one location.
//
//   GET  LOCATION           a page, or JSON by Accept
//   GET  LOCATION/metrics   Prometheus' text format
//   GET  LOCATION/live      200: the worker runs
//   GET  LOCATION/ready     200: every database answers; else 503
//   POST LOCATION/reload, LOCATION/release   see admin.h
#pragma once

#include <string>
#include <string_view>

#include "http/nginx.h"

namespace trestle::http {

ngx_int_t status_handler(ngx_http_request_t* r) noexcept;

// Answers with a text that is not to be cached. As nginx's output filter
// returns.
ngx_int_t send_text(ngx_http_request_t* r, int status,
                    std::string_view content_type, const std::string& text);

}  // namespace trestle::http
