// Authenticator answers who is asking: one identity for every handler of a
// database, from the first of
//
//   Authorization: Bearer TOKEN
//   apikey: TOKEN
//   ?access_token=TOKEN or ?apikey=TOKEN    (upgrades and EventSource only)
//   the session cookie
//   nobody: the anonymous role
//
// A token that is there and wrong is an error, never a silent anonymous. A
// session cookie that is stale or not ours is no identity. The cookie comes by
// itself with whatever a foreign page makes the browser send, so it counts for
// an unsafe method, an upgrade or an EventSource only when the request comes
// from our own origin (origin.h).
//
// Built once at configuration load, immutable and shared by all requests; the
// clock and the cache of verified tokens are the caller's.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/identity.h"
#include "auth/jwt.h"
#include "auth/key.h"
#include "auth/origin.h"
#include "auth/remote_keys.h"
#include "auth/role_claim.h"
#include "auth/session.h"
#include "auth/token_cache.h"
#include "base/http_message.h"
#include "base/result.h"

namespace trestle::auth {

// What the directives of a trestle_database block say. Each is read by the
// parse function named beside it, so a mistake is found with its directive.
struct AuthConfig {
  // The database's name: sessions of one are worth nothing to another.
  std::string database;
  KeySet keys = {};                              // parse_keys(); several add up
  std::shared_ptr<RemoteKeys> remote_keys = {};  // count beside `keys`
  std::vector<std::string> audiences = {};       // jwt_audience
  std::string issuer = {};                       // jwt_issuer
  std::int64_t leeway_s = 30;                    // jwt_leeway
  RoleClaim role_claim = {};                     // RoleClaim::parse()
  std::string anonymous_role = {};               // empty: none
  std::vector<std::string> roles = {};           // the only ones; empty: any
  SealingKeys session_keys = {};                 // SealingKeys::parse()
  std::int64_t session_lifetime_s = 604800;      // seven days
  std::string session_cookie = "trestle";  // "__Host-" comes in front on TLS
  // The cookie holds an id, a table of the database the claims (session_id.h).
  bool stores_sessions = false;
  std::vector<std::string> trusted_origins = {};  // parse_origin()
};

// A session to be stored (session_id.h).
struct NewSession {
  std::string row_id;
  std::string cookie;  // the value of Set-Cookie
};

// How the answer will be used: decides which carriers of identity count.
enum class Use { plain, upgrade_or_event_source };

class Authenticator {
 public:
  explicit Authenticator(AuthConfig config);

  // `now` in seconds since 1970. Errors: TRS300 to TRS304, TRS306 (errors.h).
  [[nodiscard]] Result<Identity> authenticate(const Request& request,
                                              std::int64_t now, Use use,
                                              TokenCache& cache) const;

  // The same for a token that came by another way, as in a message of a
  // WebSocket protocol.
  [[nodiscard]] Result<Identity> authenticate_token(std::string_view token,
                                                    std::int64_t now,
                                                    TokenCache& cache) const;

  // The same for the value of an Authorization header: without the Bearer
  // scheme it names nobody.
  [[nodiscard]] Result<Identity> authenticate_authorization(
      std::string_view value, std::int64_t now, TokenCache& cache) const;

  // The visitor without a token. TRS302 when keys are configured but no
  // anonymous role; without keys the login role itself.
  [[nodiscard]] Result<Identity> anonymous() const;

  // `-- @token 1h`: signs the claims (a JSON object) with the database's
  // secret. iat, exp, and the configured iss and aud are added where the object
  // has none; a lifetime of 0 adds no exp. Error: TRS305.
  [[nodiscard]] Result<std::string> sign_token(std::string_view claims_json,
                                               std::int64_t lifetime_s,
                                               std::int64_t now) const;
  // True when sign_token() has a secret to sign with: check at load.
  [[nodiscard]] bool can_sign() const;

  // `-- @session`: the value of the Set-Cookie header that logs the visitor
  // in. `secure` is request.scheme == "https". Error: TRS305 when sessions are
  // not configured, the claims are no JSON object or the cookie exceeds 4 kB.
  [[nodiscard]] Result<std::string> session_cookie(std::string_view claims_json,
                                                   std::int64_t now,
                                                   bool secure) const;
  // The Set-Cookie value that logs the visitor out.
  [[nodiscard]] std::string clear_session_cookie(bool secure) const;
  [[nodiscard]] bool has_sessions() const {
    return config_.stores_sessions || !config_.session_keys.empty();
  }

  // The session (Identity::session) of the request's cookie that an answer with
  // this Set-Cookie ends, because it takes its place or away. nullopt: none.
  [[nodiscard]] std::optional<std::string> ended_session(
      const Request& request, std::string_view set_cookie) const;

  // --- sessions that the database stores: authenticate() takes their cookies
  // for nobody's, the caller looks them up

  // The row on which the identity of this request hangs; nullopt: it hangs on
  // none, and authenticate() tells who it is.
  [[nodiscard]] std::optional<std::string> asked_session(const Request& request,
                                                         Use use) const;
  // The row of the request's cookie, wherever the request comes from.
  [[nodiscard]] std::optional<std::string> session_row(
      const Request& request) const;
  // Who the row's claims name; a row that names nobody is an anonymous visitor.
  [[nodiscard]] Result<Identity> stored_identity(std::string_view claims_json,
                                                 std::int64_t expires) const;
  // `-- @session`: a new id. Error: TRS305 as session_cookie().
  [[nodiscard]] Result<NewSession> new_session(std::string_view claims_json,
                                               bool secure) const;

  // The check of forms and upgrades against foreign pages: false when the
  // request comes from another origin, or when it does not say where from and
  // brings the session cookie. Safe methods need no such check, unless they
  // upgrade.
  [[nodiscard]] bool allows_origin(const Request& request) const;

  // For cookies beside the session's, such as flash messages.
  [[nodiscard]] const SealingKeys& session_keys() const {
    return config_.session_keys;
  }
  [[nodiscard]] const AuthConfig& config() const { return config_; }

 private:
  // What a credential proves, and for how long.
  struct Verified {
    Identity identity;
    Validity validity;
  };
  using Verify = Result<Verified> (Authenticator::*)(std::string_view,
                                                     std::int64_t) const;

  [[nodiscard]] std::string cookie_name(bool secure) const;
  [[nodiscard]] std::string session_purpose() const;
  [[nodiscard]] std::optional<std::string_view> find_session(
      const Request& request) const;
  // The same, when a cookie may tell who the visitor is.
  [[nodiscard]] std::optional<std::string_view> trusted_session(
      const Request& request, Use use) const;
  [[nodiscard]] Result<void> check_session_claims(
      std::string_view claims_json) const;

  [[nodiscard]] bool has_keys() const {
    return !config_.keys.empty() || config_.remote_keys != nullptr;
  }
  // What a key of ours, or else a remote one, has signed.
  [[nodiscard]] Result<std::string> signed_payload(
      std::string_view token) const;
  [[nodiscard]] Result<Verified> verify_token(std::string_view token,
                                              std::int64_t now) const;
  [[nodiscard]] Result<Verified> verify_session(std::string_view sealed,
                                                std::int64_t now) const;
  // The outcome of `verify`, or what the cache has kept of it.
  [[nodiscard]] Result<Identity> verify_once(Verify verify,
                                             std::string_view salt,
                                             std::string_view text,
                                             std::int64_t now,
                                             TokenCache& cache) const;
  [[nodiscard]] Result<Identity> make_identity(
      std::string_view json, const rapidjson::Document& claims) const;
  [[nodiscard]] Result<std::string> pick_role(
      const rapidjson::Value& claims) const;

  AuthConfig config_;
  ClaimRules rules_;
  // Make the cache's entries ours alone. Empty: no randomness was to be had,
  // nothing is cached.
  std::string token_salt_;
  std::string session_salt_;
};

}  // namespace trestle::auth
