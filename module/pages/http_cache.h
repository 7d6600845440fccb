// ETag and If-None-Match (RFC 9110 8.8.3, 13.1.2).
#pragma once

#include <string>
#include <string_view>

#include "base/http_message.h"

namespace trestle::pages {

// A weak tag of a body's bytes.
[[nodiscard]] std::string tag_of(std::string_view body);

// Whether the client has what `tag` names; compared weakly.
[[nodiscard]] bool has_tag(const Request& request, std::string_view tag);

}  // namespace trestle::pages
