// JSON Web Tokens as a test's own hand makes them (RFC 7515, HS256).
#pragma once

#include <string>
#include <string_view>

namespace trestle::testing {

[[nodiscard]] std::string base64url(std::string_view bytes);

// `claims` is the text of the payload; `header` that of the header.
[[nodiscard]] std::string hs256_token(
    std::string_view claims, std::string_view secret,
    std::string_view header = R"({"alg":"HS256","typ":"JWT"})");

// The header that carries it.
[[nodiscard]] std::pair<std::string, std::string> bearer(
    std::string_view token);

}  // namespace trestle::testing
