// Sessions that live in the browser: the claims, encrypted into one cookie.
//
// Nothing is stored on the server: the cookie is sealed with AES-256-GCM under
// a key of the database's session key file. The first key of the file seals,
// all of them open, so a key is rotated by putting a new one on top and taking
// the last one away after the longest session. What cannot be opened is no
// session, not an error: the visitor is asked to log in again.
//
// Sealed form, base64url: version (1), key id (4), nonce (12), cipher text, tag
// (16). Nonces are random, so a key should not seal more than 2^32 cookies
// (NIST SP 800-38D 8.3).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace trestle::auth {

// Seals small texts under rotating keys; also for other cookies than the
// session's (say, flash messages), kept apart by their purpose.
class SealingKeys {
 public:
  // From the content of a key file: one key a line, at least 32 bytes of text
  // each (as `openssl rand -base64 32` prints them); blank lines and lines that
  // begin with # are left out. Configuration load. Error: TRS020 with the line.
  [[nodiscard]] static Result<SealingKeys> parse(std::string_view content);

  [[nodiscard]] bool empty() const { return keys_.empty(); }

  // Base64url text that only these keys and the same purpose open. nullopt only
  // when the system has no randomness or no memory.
  [[nodiscard]] std::optional<std::string> seal(std::string_view purpose,
                                                std::string_view text) const;
  // nullopt: not sealed by these keys for this purpose, or changed since.
  [[nodiscard]] std::optional<std::string> open(std::string_view purpose,
                                                std::string_view sealed) const;

 private:
  struct Key {
    std::string id;      // 4 bytes
    std::string secret;  // 32 bytes
  };

  std::vector<Key> keys_;  // the first one seals
};

// What a session cookie holds.
struct Session {
  std::string claims;        // JSON object
  std::int64_t issued = 0;   // seconds since 1970
  std::int64_t expires = 0;  // seconds since 1970
};

[[nodiscard]] std::optional<std::string> seal_session(const SealingKeys& keys,
                                                      std::string_view purpose,
                                                      const Session& session);

// nullopt when the cookie was not made by seal_session() with these keys and
// this purpose. The caller looks at `expires`.
[[nodiscard]] std::optional<Session> open_session(const SealingKeys& keys,
                                                  std::string_view purpose,
                                                  std::string_view sealed);

// Browsers ignore longer cookies (RFC 6265 6.1): name, value and attributes.
inline constexpr std::size_t kMaxCookieBytes = 4096;

// "NAME=VALUE; Path=/; HttpOnly; SameSite=Lax; Max-Age=N[; Secure]".
[[nodiscard]] std::string set_cookie(std::string_view name,
                                     std::string_view value,
                                     std::int64_t max_age_s, bool secure);

// The value of the first cookie of that name in one Cookie header (RFC 6265
// 5.4); borrows from it.
[[nodiscard]] std::optional<std::string_view> find_cookie(
    std::string_view header, std::string_view name);

}  // namespace trestle::auth
