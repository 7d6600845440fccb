// Who is asking. The same identity holds in every handler of a database,
// whatever carried it: bearer token, apikey, session cookie or nothing.
#pragma once

#include <rapidjson/document.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace trestle::auth {

// The claims of a verified token or session: one JSON object. Immutable and
// shared by all requests that bring the same token.
struct Claims {
  std::string json;              // compact text of the object
  rapidjson::Document document;  // the same, parsed
};

struct Identity {
  // The role that statements run under. Empty: the login role itself (no
  // anonymous_role is configured and no token was sent).
  std::string role;
  // Null: none, the visitor is anonymous.
  std::shared_ptr<const Claims> claims = nullptr;
  // The claims name the role. False for an anonymous visitor and for a token
  // that names none: both run under anonymous_role.
  bool role_from_claims = false;
  // Seconds since 1970 at which the token or the session ends, leeway
  // included; streams that live longer are closed then.
  std::optional<std::int64_t> expires = std::nullopt;
  // The session that the identity hangs on, by a name that logs nobody in;
  // empty: none. Streams end with it.
  std::string session = {};

  [[nodiscard]] bool authenticated() const { return claims != nullptr; }
};

}  // namespace trestle::auth
