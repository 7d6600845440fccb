#include "auth/authenticator.h"

#include <openssl/rand.h>

#include <algorithm>
#include <utility>

#include "auth/claims_text.h"
#include "auth/errors.h"
#include "auth/session_id.h"
#include "base/json.h"
#include "base/text.h"

namespace trestle::auth {

namespace {

std::string random_salt() {
  std::string salt(16, '\0');
  if (RAND_bytes(bytes_of(salt), static_cast<int>(salt.size())) != 1) return {};
  return salt;
}

// The token behind "Bearer" (RFC 6750 2.1), empty when nothing stands there;
// nullopt for another scheme.
std::optional<std::string_view> bearer_token(std::string_view value) {
  constexpr std::string_view kScheme = "bearer";
  value = trim(value);
  if (!ascii_iequals(value.substr(0, kScheme.size()), kScheme))
    return std::nullopt;
  value.remove_prefix(kScheme.size());
  if (!value.empty() && value.front() != ' ' && value.front() != '\t')
    return std::nullopt;
  return trim(value);
}

std::optional<std::string> query_argument(std::string_view query,
                                          std::string_view name) {
  while (!query.empty()) {
    std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name)
      return url_decode(pair.substr(equals + 1), true);
  }
  return std::nullopt;
}

// The token that the request brings, by the first of its ways.
std::optional<std::string> token_of(const Request& request, Use use) {
  if (auto value = request.header("authorization"))
    if (auto token = bearer_token(*value)) return std::string(*token);
  if (auto key = request.header("apikey"); key && !trim(*key).empty())
    return std::string(trim(*key));
  if (use == Use::upgrade_or_event_source)
    for (std::string_view name : {"access_token", "apikey"})
      if (auto token = query_argument(request.query, name)) return token;
  return std::nullopt;
}

bool has_value(const rapidjson::Value& object, const char* name) {
  auto member = object.FindMember(name);
  return member != object.MemberEnd() && !member->value.IsNull();
}

// The claims as the object has them, then those that it lacks.
std::string token_payload(const rapidjson::Value& claims,
                          const AuthConfig& config, std::int64_t lifetime_s,
                          std::int64_t now) {
  std::string payload;
  JsonWriter writer(payload);
  writer.begin_object();
  for (const auto& member : claims.GetObject()) {
    if (member.value.IsNull()) continue;
    writer.key(json_text(member.name));
    std::string value;
    append_json(value, member.value);
    writer.raw(value);
  }
  if (!has_value(claims, "iss") && !config.issuer.empty())
    writer.key("iss").string(config.issuer);
  if (!has_value(claims, "aud") && !config.audiences.empty())
    writer.key("aud").string(config.audiences.front());
  if (!has_value(claims, "iat")) writer.key("iat").number(now);
  if (!has_value(claims, "exp") && lifetime_s > 0)
    writer.key("exp").number(now + lifetime_s);
  writer.end_object();
  return payload;
}

}  // namespace

Authenticator::Authenticator(AuthConfig config)
    : config_(std::move(config)),
      rules_{.audiences = config_.audiences,
             .issuer = config_.issuer,
             .leeway_s = config_.leeway_s},
      token_salt_(random_salt()),
      session_salt_(random_salt()) {}

Result<Identity> Authenticator::authenticate(const Request& request,
                                             std::int64_t now, Use use,
                                             TokenCache& cache) const {
  if (auto token = token_of(request, use))
    return authenticate_token(*token, now, cache);
  auto session = trusted_session(request, use);
  if (session && !config_.stores_sessions) {
    Result<Identity> identity = verify_once(
        &Authenticator::verify_session, session_salt_, *session, now, cache);
    if (identity.ok()) return identity;
  }
  return anonymous();
}

// A foreign page can make the browser send the cookie.
std::optional<std::string_view> Authenticator::trusted_session(
    const Request& request, Use use) const {
  std::optional<std::string_view> session = find_session(request);
  bool counts =
      session &&
      ((is_safe_method(request.method) && use == Use::plain) ||
       provenance(request, config_.trusted_origins) == Provenance::same_origin);
  return counts ? session : std::nullopt;
}

Result<Identity> Authenticator::authenticate_token(std::string_view token,
                                                   std::int64_t now,
                                                   TokenCache& cache) const {
  if (!config_.remote_keys)
    return verify_once(&Authenticator::verify_token, token_salt_, token, now,
                       cache);
  // What a key has proved is forgotten with the set it stood in.
  std::string salt = token_salt_;
  if (!salt.empty())
    salt.append(std::to_string(config_.remote_keys->current().generation));
  return verify_once(&Authenticator::verify_token, salt, token, now, cache);
}

Result<Identity> Authenticator::authenticate_authorization(
    std::string_view value, std::int64_t now, TokenCache& cache) const {
  if (auto token = bearer_token(value))
    return authenticate_token(*token, now, cache);
  return anonymous();
}

Result<Identity> Authenticator::anonymous() const {
  bool configured = has_keys() || has_sessions();
  if (config_.anonymous_role.empty() && configured)
    return errors::anonymous_disabled();
  return Identity{.role = config_.anonymous_role};
}

Result<Identity> Authenticator::verify_once(Verify verify,
                                            std::string_view salt,
                                            std::string_view text,
                                            std::int64_t now,
                                            TokenCache& cache) const {
  // A longer one is refused by `verify` unread, so it is not hashed either.
  std::optional<TokenCache::Digest> digest;
  if (!salt.empty() && text.size() <= kMaxTokenBytes)
    digest = cache.digest(salt, text);
  if (digest)
    if (const Identity* known = cache.find(*digest, now)) return *known;

  Result<Verified> verified = (this->*verify)(text, now);
  if (!verified.ok()) return std::move(verified).error();
  if (digest)
    cache.insert(*digest, verified->identity, verified->validity.from,
                 verified->validity.until);
  return std::move(verified->identity);
}

Result<std::string> Authenticator::signed_payload(
    std::string_view token) const {
  if (!has_keys()) return errors::no_keys();
  Result<std::string> payload = verify_jwt(token, config_.keys);
  if (payload.ok() || !config_.remote_keys ||
      !errors::is_of_keys(payload.error()))
    return payload;
  const RemoteKeys::Current remote = config_.remote_keys->current();
  if (remote.keys == nullptr) return errors::keys_not_fetched();
  payload = verify_jwt(token, *remote.keys);
  if (!payload.ok() && errors::is_unknown_key(payload.error()))
    config_.remote_keys->ask_anew();
  return payload;
}

Result<Authenticator::Verified> Authenticator::verify_token(
    std::string_view token, std::int64_t now) const {
  Result<std::string> payload = signed_payload(token);
  if (!payload.ok()) return std::move(payload).error();
  std::optional<rapidjson::Document> claims =
      parse_strict_object(payload.value());
  if (!claims) return errors::claims_unreadable();
  Result<Validity> validity = check_claims(*claims, rules_, now);
  if (!validity.ok()) return std::move(validity).error();
  Result<Identity> identity = make_identity(payload.value(), *claims);
  if (!identity.ok()) return std::move(identity).error();
  if (validity->until != INT64_MAX) identity->expires = validity->until;
  return Verified{std::move(identity).value(), validity.value()};
}

Result<Authenticator::Verified> Authenticator::verify_session(
    std::string_view sealed, std::int64_t now) const {
  std::optional<Session> session =
      open_session(config_.session_keys, session_purpose(), sealed);
  if (!session || now > session->expires) return errors::expired();
  Result<Identity> identity =
      stored_identity(session->claims, session->expires);
  if (!identity.ok()) return std::move(identity).error();
  identity->session = session_digest(sealed);
  return Verified{std::move(identity).value(),
                  Validity{.until = session->expires}};
}

Result<Identity> Authenticator::stored_identity(std::string_view claims_json,
                                                std::int64_t expires) const {
  std::optional<rapidjson::Document> claims = parse_strict_object(claims_json);
  if (!claims) return errors::claims_unreadable();
  Result<Identity> identity = make_identity(claims_json, *claims);
  if (identity.ok()) identity->expires = expires;
  return identity;
}

Result<std::string> Authenticator::pick_role(
    const rapidjson::Value& claims) const {
  const rapidjson::Value* value = config_.role_claim.find(claims);
  if (value == nullptr || value->IsNull()) return std::string();
  if (!value->IsString()) return errors::role_not_a_string();
  std::string role(json_text(*value));
  bool listed = config_.roles.empty() || role == config_.anonymous_role ||
                std::find(config_.roles.begin(), config_.roles.end(), role) !=
                    config_.roles.end();
  if (role == "none" || !listed) return errors::role_not_allowed(role);
  if (!check_role_name(role).ok()) return errors::role_unusable();
  return role;
}

Result<Identity> Authenticator::make_identity(
    std::string_view json, const rapidjson::Document& claims) const {
  Result<std::string> role = pick_role(claims);
  if (!role.ok()) return std::move(role).error();
  Identity identity;
  identity.role_from_claims = !role->empty();
  identity.role = identity.role_from_claims ? std::move(role).value()
                                            : config_.anonymous_role;
  if (identity.role.empty()) return errors::anonymous_disabled();
  identity.claims = make_claims(claims_text(json, claims, identity.role));
  if (!identity.claims) return errors::claims_unreadable();
  return identity;
}

Result<std::string> Authenticator::sign_token(std::string_view claims_json,
                                              std::int64_t lifetime_s,
                                              std::int64_t now) const {
  std::optional<rapidjson::Document> claims = parse_strict_object(claims_json);
  if (!claims)
    return errors::cannot_sign(
        "The claims of a token must be a JSON object without repeated members");
  return sign_jwt(token_payload(*claims, config_, lifetime_s, now),
                  config_.keys);
}

bool Authenticator::can_sign() const {
  return std::any_of(config_.keys.begin(), config_.keys.end(),
                     [](const Key& key) { return !key.secret.empty(); });
}

std::string Authenticator::cookie_name(bool secure) const {
  return concat({secure ? "__Host-" : "", config_.session_cookie});
}

std::string Authenticator::session_purpose() const {
  return concat({"session:", config_.database});
}

std::optional<std::string_view> Authenticator::find_session(
    const Request& request) const {
  if (!has_sessions()) return std::nullopt;
  std::string name = cookie_name(request.scheme == "https");
  for (const HeaderView& header : request.headers)
    if (ascii_iequals(header.name, "cookie"))
      if (auto value = find_cookie(header.value, name)) return value;
  return std::nullopt;
}

Result<void> Authenticator::check_session_claims(
    std::string_view claims_json) const {
  if (!has_sessions())
    return errors::cannot_sign("Sessions are not configured: no session key");
  if (!parse_strict_object(claims_json))
    return errors::cannot_sign(
        "The claims of a session must be a JSON object without repeated "
        "members");
  return {};
}

Result<std::string> Authenticator::session_cookie(std::string_view claims_json,
                                                  std::int64_t now,
                                                  bool secure) const {
  Result<void> checked = check_session_claims(claims_json);
  if (!checked.ok()) return std::move(checked).error();
  std::optional<std::string> sealed =
      seal_session(config_.session_keys, session_purpose(),
                   {.claims = std::string(claims_json),
                    .issued = now,
                    .expires = now + config_.session_lifetime_s});
  if (!sealed) return errors::cannot_sign("The session could not be sealed");
  std::string cookie = set_cookie(cookie_name(secure), *sealed,
                                  config_.session_lifetime_s, secure);
  if (cookie.size() > kMaxCookieBytes)
    return errors::cannot_sign(concat(
        {"The session cookie would have ", std::to_string(cookie.size()),
         " bytes, browsers keep at most ", std::to_string(kMaxCookieBytes),
         ": put less into the session"}));
  return cookie;
}

std::optional<std::string> Authenticator::asked_session(const Request& request,
                                                        Use use) const {
  if (!config_.stores_sessions || token_of(request, use)) return std::nullopt;
  auto session = trusted_session(request, use);
  return session ? session_row_id(*session) : std::nullopt;
}

std::optional<std::string> Authenticator::session_row(
    const Request& request) const {
  auto session = find_session(request);
  return session ? session_row_id(*session) : std::nullopt;
}

std::optional<std::string> Authenticator::ended_session(
    const Request& request, std::string_view set_cookie) const {
  const std::string name = cookie_name(request.scheme == "https");
  const bool is_ours = set_cookie.starts_with(name) &&
                       set_cookie.substr(name.size()).starts_with('=');
  auto session = is_ours ? find_session(request) : std::nullopt;
  return session ? std::optional(session_digest(*session)) : std::nullopt;
}

Result<NewSession> Authenticator::new_session(std::string_view claims_json,
                                              bool secure) const {
  Result<void> checked = check_session_claims(claims_json);
  if (!checked.ok()) return std::move(checked).error();
  std::optional<std::string> id = random_session_id();
  std::optional<std::string> row_id = id ? session_row_id(*id) : std::nullopt;
  if (!row_id) return errors::cannot_sign("The session could not be made");
  return NewSession{.row_id = *std::move(row_id),
                    .cookie = set_cookie(cookie_name(secure), *id,
                                         config_.session_lifetime_s, secure)};
}

std::string Authenticator::clear_session_cookie(bool secure) const {
  return set_cookie(cookie_name(secure), "", 0, secure);
}

bool Authenticator::allows_origin(const Request& request) const {
  switch (provenance(request, config_.trusted_origins)) {
    case Provenance::same_origin:
      return true;
    case Provenance::cross_origin:
      return false;
    case Provenance::unknown:
      return !find_session(request);
  }
  return false;
}

}  // namespace trestle::auth
