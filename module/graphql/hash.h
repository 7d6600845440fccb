// The names of persisted documents.
#pragma once

#include <string>
#include <string_view>

namespace trestle::graphql {

// SHA-256 in lower-case hexadecimal digits.
[[nodiscard]] std::string sha256_hex(std::string_view text);

}  // namespace trestle::graphql
