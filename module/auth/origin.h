// Does a request come from our own pages? One answer for forms, session cookies
// and WebSocket upgrades (cross-site request forgery and hijacking).
//
// A browser says where a request comes from with Sec-Fetch-Site (Fetch Metadata
// Request Headers, W3C) and Origin (RFC 6454 7); a page cannot forge either.
// Origins are compared with the scheme and host as the visitor sees them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/http_message.h"
#include "base/result.h"

namespace trestle::auth {

enum class Provenance {
  same_origin,   // or typed by the user, or a trusted origin
  cross_origin,  // another site, another port, or an opaque origin
  unknown,       // the client sends neither header: no browser of these days
};

// `scheme://host[:port]` in lower case, without a default port. Configuration
// load. Error: TRS020 when there is a path, a wildcard or no scheme.
[[nodiscard]] Result<std::string> parse_origin(std::string_view text);

// `trusted` holds results of parse_origin(). A repeated Origin or
// Sec-Fetch-Site header is cross_origin.
[[nodiscard]] Provenance provenance(const Request& request,
                                    const std::vector<std::string>& trusted);

// GET, HEAD, OPTIONS, TRACE: a method that changes nothing (RFC 9110 9.2.1).
[[nodiscard]] bool is_safe_method(std::string_view method);

}  // namespace trestle::auth
