// The validator of a body (RFC 9110 8.8.3): equal bodies have equal tags.
#pragma once

#include <string>
#include <string_view>

namespace trestle {

// W/"...": weak, as what is sent may be compressed.
[[nodiscard]] std::string entity_tag(std::string_view body);

}  // namespace trestle
