// `trestle token`: signs a token with a database's secret, for trying out an
// API by hand and for programs of one's own.
#include <charconv>
#include <cstdio>
#include <ctime>

#include "auth/authenticator.h"
#include "base/json.h"
#include "base/text.h"
#include "tools/trestle/options.h"

namespace trestle::tools {

namespace {

constexpr std::string_view kUsageText =
    "usage: trestle token --secret-file FILE [--base64] [--role ROLE]\n"
    "                     [--claim NAME=TEXT]... [--claim NAME:=JSON]...\n"
    "                     [--expires TIME]\n"
    "\n"
    "Prints a token (JWT) that the secret in FILE signs: what jwt_secret_file\n"
    "reads, a shared secret or a JWK of type oct. \"-\" reads it from "
    "standard\n"
    "input.\n"
    "\n"
    "  --base64        the secret is base64 of its bytes\n"
    "  --role ROLE     the claim \"role\"\n"
    "  --claim N=TEXT  a claim that is text; N:=JSON one that is any JSON\n"
    "  --expires TIME  90s, 15m, 1h (the default), 30d or never\n";

constexpr OptionSpec kOptions[] = {
    {.name = "secret-file"}, {.name = "base64", .takes_value = false},
    {.name = "role"},        {.name = "claim", .repeats = true},
    {.name = "expires"},
};

Error wrong(std::string message) {
  return {.code = "TRS000", .http_status = 500, .message = std::move(message)};
}

// nginx's times in seconds: 90, 90s, 15m, 1h, 30d, 2w.
std::optional<std::int64_t> parse_lifetime_s(std::string_view text) {
  constexpr std::int64_t kMostSeconds = 100LL * 366 * 86'400;
  std::int64_t number = 0;
  auto end = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string_view unit(end.ptr, text.data() + text.size());
  std::int64_t seconds = unit.empty() || unit == "s" ? 1
                         : unit == "m"               ? 60
                         : unit == "h"               ? 3'600
                         : unit == "d"               ? 86'400
                         : unit == "w"               ? 604'800
                                                     : 0;
  if (end.ec != std::errc() || seconds == 0 || number <= 0 ||
      number > kMostSeconds / seconds)
    return std::nullopt;
  return number * seconds;
}

// Writes NAME=TEXT or NAME:=JSON as a member.
Result<void> write_claim(JsonWriter& json, std::string_view claim) {
  std::size_t equals = claim.find('=');
  bool is_json = equals != std::string_view::npos && equals > 0 &&
                 claim[equals - 1] == ':';
  std::string_view name = claim.substr(0, equals - (is_json ? 1 : 0));
  if (equals == std::string_view::npos || name.empty())
    return wrong(concat({"\"--claim ", claim, "\": expected NAME=TEXT"}));
  std::string_view value = claim.substr(equals + 1);
  if (!is_utf8(claim))
    return wrong(concat({"\"--claim ", name, "\" is not UTF-8"}));
  json.key(name);
  if (!is_json) {
    json.string(value);
    return {};
  }
  Result<rapidjson::Document> parsed = parse_json(value);
  if (!parsed.ok())
    return wrong(concat(
        {"\"--claim ", claim, "\" is not JSON: ", parsed.error().message}));
  json.raw(value);
  return {};
}

Result<std::string> write_claims(const Options& options) {
  std::string claims;
  JsonWriter json(claims);
  json.begin_object();
  if (auto role = options.value("role")) {
    if (Result<void> checked = auth::check_role_name(*role); !checked.ok())
      return std::move(checked).error();
    json.key("role").string(*role);
  }
  for (std::string_view claim : options.values("claim"))
    if (Result<void> written = write_claim(json, claim); !written.ok())
      return std::move(written).error();
  json.end_object();
  return claims;
}

Result<std::int64_t> lifetime_of(const Options& options) {
  std::string_view text = options.value("expires").value_or("1h");
  if (text == "never") return 0;
  std::optional<std::int64_t> seconds = parse_lifetime_s(text);
  if (!seconds)
    return wrong(concat({"\"--expires ", text,
                         "\": expected a time as in 90s, 15m, 1h, 30d, or "
                         "never"}));
  return *seconds;
}

Result<std::string> make_token(const Options& options, std::int64_t now) {
  Result<std::int64_t> lifetime = lifetime_of(options);
  if (!lifetime.ok()) return std::move(lifetime).error();
  Result<std::string> claims = write_claims(options);
  if (!claims.ok()) return claims;
  Result<std::string> secret = read_file(*options.value("secret-file"));
  if (!secret.ok()) return secret;
  Result<auth::KeySet> keys = auth::parse_keys(
      secret.value(), options.has("base64") ? auth::SecretEncoding::base64
                                            : auth::SecretEncoding::raw);
  if (!keys.ok()) return std::move(keys).error();

  auth::AuthConfig config;
  config.keys = std::move(keys).value();
  return auth::Authenticator(std::move(config))
      .sign_token(claims.value(), lifetime.value(), now);
}

int run_token(Arguments arguments) {
  Result<Options> options = Options::parse(arguments, kOptions);
  if (!options.ok()) return complain("token", options.error().message, kUsage);
  if (!options->plain().empty())
    return complain("token",
                    concat({"unexpected \"", options->plain().front(), "\""}),
                    kUsage);
  if (!options->has("secret-file"))
    return complain("token", "\"--secret-file\" is missing", kUsage);
  Result<std::string> token = make_token(*options, std::time(nullptr));
  if (!token.ok()) return complain("token", token.error().message, kFailed);
  std::printf("%s\n", token->c_str());
  return kDone;
}

}  // namespace

const Command kTokenCommand = {
    .name = "token",
    .summary = "sign a token for trying out an API",
    .usage = kUsageText,
    .run = run_token,
};

}  // namespace trestle::tools
