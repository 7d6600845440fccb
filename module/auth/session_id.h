// Ids of sessions that are kept in a table: what the cookie holds, and what the
// table knows it by.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace trestle::auth {

// 256 bits of randomness in base64url: nobody guesses one. nullopt only when
// the system has no randomness.
[[nodiscard]] std::optional<std::string> random_session_id();

// The SHA-256 as a bytea's text ("\x...").
[[nodiscard]] std::string session_digest(std::string_view cookie);

// The SHA-256 of an id as a bytea's text ("\x..."): whoever reads the table
// cannot log in with what stands there. nullopt: no id of ours has this form.
[[nodiscard]] std::optional<std::string> session_row_id(std::string_view id);

}  // namespace trestle::auth
