// The directives of a trestle_database block that say who a visitor is.
#include <algorithm>
#include <utility>

#include "base/http_token.h"
#include "base/text.h"
#include "http/database.h"
#include "http/jwks_zone.h"

namespace trestle::http {

namespace {

using Values = std::span<ngx_str_t>;

auth::AuthConfig& identity(DatabaseDraft& draft) {
  return draft.database.identity;
}

// Adds the keys that `text` holds; `where` is the file it came from, or empty.
// jwt_secret, jwt_secret_file and jwks_file add up, so that a key can be
// replaced while old tokens are still about.
bool add_keys(ngx_conf_t* cf, DatabaseDraft& draft, std::string_view text,
              Values options, std::string_view where = {}) {
  auth::SecretEncoding encoding = auth::SecretEncoding::raw;
  for (const ngx_str_t& option : options) {
    if (view(option) != "base64") {
      log_invalid(cf, option, "base64");
      return false;
    }
    encoding = auth::SecretEncoding::base64;
  }
  Result<auth::KeySet> keys = auth::parse_keys(text, encoding);
  if (!keys.ok()) {
    log_here(cf, where.empty()
                     ? text_of(keys.error())
                     : concat({text_of(keys.error()), " in \"", where, "\""}));
    return false;
  }
  auth::KeySet& all = identity(draft).keys;
  for (auth::Key& key : keys.value()) all.push_back(std::move(key));
  return true;
}

bool set_jwt_secret(ngx_conf_t* cf, DatabaseDraft& draft, Values values) {
  return add_keys(cf, draft, view(values[0]), values.subspan(1));
}

bool set_key_file(ngx_conf_t* cf, DatabaseDraft& draft, Values values) {
  std::optional<std::string> content = read_named_file(cf, view(values[0]));
  return content &&
         add_keys(cf, draft, *content, values.subspan(1), view(values[0]));
}

// Whoever can change the answer on its way can make tokens.
bool is_safe_url(std::string_view url) {
  if (url.starts_with("https://") && url.size() > 8) return true;
  for (std::string_view here : {"127.0.0.1", "localhost", "[::1]"})
    for (std::string_view next : {":", "/"})
      if (url.starts_with(concat({"http://", here, next}))) return true;
  return false;
}

bool set_jwks_option(const ngx_str_t& word, JwksConf& jwks) {
  for (auto [name, target] :
       {std::pair("refresh", &jwks.refresh), std::pair("retry", &jwks.retry)}) {
    std::optional<std::string_view> text = option_value(word, name);
    std::optional<ngx_msec_t> value = text ? parse_ms(*text) : std::nullopt;
    if (!value || *value == 0) continue;
    *target = *value;
    return true;
  }
  return false;
}

bool set_jwks_url(ngx_conf_t* cf, DatabaseDraft& draft, Values values) {
  JwksConf jwks = {.url = std::string(view(values[0]))};
  if (!is_safe_url(jwks.url)) {
    log_invalid(cf, values[0], "https://..., or http:// to this machine");
    return false;
  }
  for (const ngx_str_t& word : values.subspan(1))
    if (!set_jwks_option(word, jwks)) {
      log_invalid(cf, word, "refresh=time or retry=time");
      return false;
    }
  jwks.zone = JwksZone::add(cf, jwks.url);
  if (jwks.zone == nullptr) return false;
  identity(draft).remote_keys = zone_keys(jwks.zone);
  draft.database.jwks = std::move(jwks);
  return true;
}

bool set_audience(ngx_conf_t*, DatabaseDraft& draft, Values values) {
  for (const ngx_str_t& value : values)
    identity(draft).audiences.emplace_back(view(value));
  return true;
}

bool set_issuer(ngx_conf_t*, DatabaseDraft& draft, Values values) {
  identity(draft).issuer = view(values[0]);
  return true;
}

bool set_seconds(ngx_conf_t* cf, const ngx_str_t& word, std::int64_t& target) {
  std::optional<ngx_msec_t> value = parse_ms(view(word));
  if (!value) {
    log_invalid(cf, word, "a time as 30s");
    return false;
  }
  target = static_cast<std::int64_t>(*value / 1000);
  return true;
}

bool set_leeway(ngx_conf_t* cf, DatabaseDraft& draft, Values values) {
  return set_seconds(cf, values[0], identity(draft).leeway_s);
}

bool set_role_claim(ngx_conf_t* cf, DatabaseDraft& draft, Values values) {
  Result<auth::RoleClaim> claim = auth::RoleClaim::parse(view(values[0]));
  if (!claim.ok()) {
    log_here(cf, claim.error());
    return false;
  }
  identity(draft).role_claim = std::move(claim).value();
  return true;
}

bool set_anonymous_role(ngx_conf_t*, DatabaseDraft& draft, Values values) {
  identity(draft).anonymous_role = view(values[0]);
  return true;
}

bool set_roles(ngx_conf_t*, DatabaseDraft& draft, Values values) {
  for (const ngx_str_t& value : values)
    identity(draft).roles.emplace_back(view(value));
  return true;
}

bool set_session_key_file(ngx_conf_t* cf, DatabaseDraft& draft, Values values) {
  std::optional<std::string> content = read_named_file(cf, view(values[0]));
  if (!content) return false;
  Result<auth::SealingKeys> keys = auth::SealingKeys::parse(*content);
  if (!keys.ok()) {
    log_here(cf,
             concat({text_of(keys.error()), " in \"", view(values[0]), "\""}));
    return false;
  }
  identity(draft).session_keys = std::move(keys).value();
  return true;
}

bool set_session_table(ngx_conf_t* cf, DatabaseDraft& draft, Values values) {
  std::vector<std::string_view> parts = split(view(values[0]), '.');
  bool is_name =
      parts.size() <= 2 && std::ranges::none_of(parts, [](auto part) {
        return part.empty() || part.find('"') != std::string_view::npos;
      });
  if (!is_name) {
    log_invalid(cf, values[0], "a table's name as auth.sessions");
    return false;
  }
  draft.database.sessions = std::make_unique<SessionTable>(view(values[0]));
  identity(draft).stores_sessions = true;
  return true;
}

bool set_session_lifetime(ngx_conf_t* cf, DatabaseDraft& draft, Values values) {
  return set_seconds(cf, values[0], identity(draft).session_lifetime_s);
}

bool set_session_recheck(ngx_conf_t* cf, DatabaseDraft& draft, Values values) {
  std::optional<ngx_msec_t> value = parse_ms(view(values[0]));
  if (!value || *value < 1'000) {
    log_invalid(cf, values[0], "a time of at least 1s");
    return false;
  }
  draft.database.session_recheck = *value;
  return true;
}

bool set_session_cookie(ngx_conf_t* cf, DatabaseDraft& draft, Values values) {
  if (!is_token(view(values[0]))) {
    log_invalid(cf, values[0], "a cookie's name");
    return false;
  }
  identity(draft).session_cookie = view(values[0]);
  return true;
}

constexpr std::size_t kMany = 64;

constexpr DatabaseKey kKeys[] = {
    {"anonymous_role", 1, 1, false, set_anonymous_role},
    {"role_claim", 1, 1, false, set_role_claim},
    {"roles", 1, kMany, false, set_roles},
    {"jwt_secret", 1, 2, true, set_jwt_secret},
    {"jwt_secret_file", 1, 2, true, set_key_file},
    {"jwks_file", 1, 1, true, set_key_file},
    {"jwks_url", 1, 3, false, set_jwks_url},
    {"jwt_audience", 1, kMany, false, set_audience},
    {"jwt_issuer", 1, 1, false, set_issuer},
    {"jwt_leeway", 1, 1, false, set_leeway},
    {"session_key_file", 1, 1, false, set_session_key_file},
    {"session_table", 1, 1, false, set_session_table},
    {"session_lifetime", 1, 1, false, set_session_lifetime},
    {"session_cookie", 1, 1, false, set_session_cookie},
    {"session_recheck", 1, 1, false, set_session_recheck},
};

}  // namespace

std::span<const DatabaseKey> identity_keys() { return kKeys; }

}  // namespace trestle::http
