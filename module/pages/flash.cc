#include "pages/flash.h"

#include <cstdint>

#include "base/json.h"

namespace trestle::pages {

namespace {

constexpr std::int64_t kLifetime = 300;  // seconds

std::string cookie_name(bool secure) {
  return secure ? "__Host-trestle_flash" : "trestle_flash";
}

std::string purpose_of(const auth::Authenticator& authenticator) {
  return "flash:" + authenticator.config().database;
}

}  // namespace

Flashes read_flashes(const auth::Authenticator& authenticator,
                     const Request& request) {
  Flashes flashes;
  if (authenticator.session_keys().empty()) return flashes;
  std::optional<std::string_view> header = request.header("cookie");
  if (!header) return flashes;
  auto sealed =
      auth::find_cookie(*header, cookie_name(request.scheme == "https"));
  if (!sealed) return flashes;
  std::optional<std::string> text =
      authenticator.session_keys().open(purpose_of(authenticator), *sealed);
  if (!text) return flashes;
  Result<rapidjson::Document> parsed = parse_json(*text);
  if (!parsed.ok() || !parsed->IsArray()) return flashes;
  for (const auto& each : parsed->GetArray())
    if (each.IsArray() && each.Size() == 2 && each[0].IsString() &&
        each[1].IsString())
      flashes.emplace_back(json_text(each[0]), json_text(each[1]));
  return flashes;
}

std::optional<std::string> flash_cookie(
    const auth::Authenticator& authenticator, const Flashes& flashes,
    bool secure) {
  std::string text;
  JsonWriter writer(text);
  writer.begin_array();
  for (const auto& [category, message] : flashes)
    writer.begin_array().string(category).string(message).end_array();
  writer.end_array();
  std::optional<std::string> sealed =
      authenticator.session_keys().seal(purpose_of(authenticator), text);
  if (!sealed) return std::nullopt;
  std::string cookie =
      auth::set_cookie(cookie_name(secure), *sealed, kLifetime, secure);
  if (cookie.size() > auth::kMaxCookieBytes) return std::nullopt;
  return cookie;
}

std::string clear_flash_cookie(bool secure) {
  return auth::set_cookie(cookie_name(secure), "", 0, secure);
}

}  // namespace trestle::pages
