// If-None-Match (RFC 9110 13.1.2); tags are made by frontend/entity_tag.h.
#pragma once

#include <string>
#include <string_view>

#include "base/http_message.h"

namespace trestle::pages {

// Whether the client has what `tag` names; compared weakly.
[[nodiscard]] bool has_tag(const Request& request, std::string_view tag);

}  // namespace trestle::pages
