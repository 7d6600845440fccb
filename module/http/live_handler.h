// The content handler of live locations: decides by the request's headers what
// stream it opens, or answers why it opens none.
//
//   400 405 426  no WebSocket handshake, or a wrong one (TRS600)
//   401          a token that is wrong, or none where one is needed
//   403          the page comes from another origin (TRS601)
//   400          an event stream without a channel or a table (TRS620)
#pragma once

#include "base/http_message.h"
#include "base/result.h"
#include "http/nginx.h"

namespace trestle::http {

// An error's status and headers, without the length of its body.
[[nodiscard]] ResponseHead error_head(const Error& error);

// Answers with a head and the whole body. Returns what the request is finalized
// with.
[[nodiscard]] ngx_int_t send_answer(ngx_http_request_t* r, ResponseHead head,
                                    std::string_view body);

// Answers with the error's status and its JSON body. Returns what the request
// is finalized with.
[[nodiscard]] ngx_int_t send_error(ngx_http_request_t* r, const Error& error);

ngx_int_t live_handler(ngx_http_request_t* r) noexcept;

}  // namespace trestle::http
