// Answers that are whole from the beginning and that no front-end makes: of
// errors before there is one, of live locations, of the status page.
#pragma once

#include <string_view>

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

}  // namespace trestle::http
