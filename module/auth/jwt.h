// JSON Web Tokens in compact form (RFC 7515, RFC 7519): who signed it, and may
// it be used now. Encrypted tokens (JWE) are not read.
//
// What is refused beyond the RFCs' musts: more than 8 kB, a critical header
// (RFC 7515 4.1.11), an object with the same member twice at any depth, text
// with a NUL in it, base64url that is not in its one canonical spelling. The
// order of checks is that of PostgREST, so that its errors are met.
#pragma once

#include <rapidjson/document.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/key.h"
#include "base/result.h"

namespace trestle::auth {

inline constexpr std::size_t kMaxTokenBytes = 8192;

// The payload of a token that one of `keys` has signed. Errors: TRS301.
[[nodiscard]] Result<std::string> verify_jwt(std::string_view token,
                                             const KeySet& keys);

// A JSON object without repeated members and without NUL, or nullopt.
[[nodiscard]] std::optional<rapidjson::Document> parse_strict_object(
    std::string_view json);

// What the configuration asks of the registered claims (RFC 7519 4.1).
struct ClaimRules {
  // One of these must be in `aud`, if the token has that claim and it is not
  // an empty list. Empty: any.
  std::vector<std::string> audiences = {};
  std::string issuer = {};  // must be equal to `iss`; empty: any
  std::int64_t leeway_s = 30;
};

// The seconds since 1970, both included, in which a token may be used.
struct Validity {
  std::int64_t from = INT64_MIN;
  std::int64_t until = INT64_MAX;
};

// Checks exp, nbf, iat, aud, iss of an object, in this order; null counts as
// absent. Errors: TRS303.
[[nodiscard]] Result<Validity> check_claims(const rapidjson::Value& claims,
                                            const ClaimRules& rules,
                                            std::int64_t now);

// A signed token over the payload as it is, with the first secret of `keys`.
// Error: TRS305 when there is none.
[[nodiscard]] Result<std::string> sign_jwt(std::string_view payload,
                                           const KeySet& keys);

}  // namespace trestle::auth
