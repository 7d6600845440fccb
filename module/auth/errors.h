// The errors of identity, one function per outcome. The texts of TRS300 to
// TRS303 are PostgREST's, so that trestle_rest only changes the code's prefix:
// TRS30x is PGRST30x there.
//
//   TRS020 -    a key, path or origin of the configuration (shown by nginx -t)
//   TRS300 500  a token came, but no key is configured
//   TRS301 401  the token cannot be decoded or its signature is wrong
//   TRS302 401  nobody is named and there is no anonymous role
//   TRS303 401  a claim refuses the token
//   TRS304 403  the role is not one of those allowed
//   TRS305 500  a token or session cannot be made
//   TRS306 503  the keys at a URL have not been fetched yet
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace trestle::auth {

// The value of WWW-Authenticate that belongs to an error (RFC 6750 3): "Bearer"
// when a token is missing, with error="invalid_token" and the reason when one
// was refused, nullopt for all other errors.
[[nodiscard]] std::optional<std::string> challenge(const Error& error);

namespace errors {

// `message` says what is wrong and what to write instead.
[[nodiscard]] Error configuration(std::string message);

[[nodiscard]] Error no_keys();

[[nodiscard]] Error empty_token();
[[nodiscard]] Error token_too_long(std::size_t limit_bytes);
[[nodiscard]] Error wrong_part_count(std::size_t count);
[[nodiscard]] Error undecodable();
[[nodiscard]] Error unsecured();
[[nodiscard]] Error critical_header();
[[nodiscard]] Error no_suitable_key();
[[nodiscard]] Error wrong_signature();
// One of the last two, so that other keys may do; the first of them.
[[nodiscard]] bool is_of_keys(const Error& error);
[[nodiscard]] bool is_unknown_key(const Error& error);
[[nodiscard]] Error keys_not_fetched();

[[nodiscard]] Error anonymous_disabled();

[[nodiscard]] Error claims_unreadable();
[[nodiscard]] Error claim_not_a_number(std::string_view claim);
[[nodiscard]] Error expired();
[[nodiscard]] Error not_yet_valid();
[[nodiscard]] Error issued_in_future();
[[nodiscard]] Error audience_malformed();
[[nodiscard]] Error wrong_audience();
[[nodiscard]] Error wrong_issuer();
[[nodiscard]] Error role_not_a_string();
[[nodiscard]] Error role_unusable();

[[nodiscard]] Error role_not_allowed(std::string_view role);

[[nodiscard]] Error cannot_sign(std::string message);

}  // namespace errors
}  // namespace trestle::auth
