// Response headers in nginx's list. Those that nginx itself reads or writes go
// to the places it expects them in.
#pragma once

#include <string_view>

#include "base/http_message.h"
#include "http/nginx.h"

namespace trestle::http {

// Fills r->headers_out, and keeps the error's code for $trestle_error. False:
// memory is out.
[[nodiscard]] bool set_head(ngx_http_request_t* r, const ResponseHead& head);

// Appends one header, both parts copied. Null when memory is out.
ngx_table_elt_t* add_header(ngx_http_request_t* r, std::string_view name,
                            std::string_view value);

// Whether a header of that name is there already.
[[nodiscard]] bool has_header(const ResponseHead& head, std::string_view name);

// The first header with a name that is no token or a value with control bytes
// (RFC 9110 5.5): header injection. Null when there is none.
[[nodiscard]] const Header* find_bad_header(const ResponseHead& head);

}  // namespace trestle::http
