#include "auth/errors.h"

#include "base/text.h"

namespace trestle::auth {

namespace {

Error refused(std::string_view code, std::string message,
              std::optional<std::string> details = std::nullopt) {
  return {.code = std::string(code),
          .http_status = 401,
          .message = std::move(message),
          .details = std::move(details)};
}

Error bad_token(std::string message,
                std::optional<std::string> details = std::nullopt) {
  return refused("TRS301", std::move(message), std::move(details));
}

Error bad_claim(std::string message) {
  return refused("TRS303", std::move(message));
}

// A quoted-string of RFC 9110 5.6.4; the texts are ours, but a role or a
// number in them is not.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7f) continue;
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  out.push_back('"');
  return out;
}

}  // namespace

std::optional<std::string> challenge(const Error& error) {
  std::string_view code = error.code;
  if (code.starts_with("PGRST")) code.remove_prefix(5);
  if (code.starts_with("TRS")) code.remove_prefix(3);
  if (code == "302") return "Bearer";
  if (code == "301" || code == "303")
    return concat({"Bearer error=\"invalid_token\", error_description=",
                   quoted(error.message)});
  return std::nullopt;
}

namespace errors {

Error configuration(std::string message) {
  return {.code = "TRS020", .http_status = 500, .message = std::move(message)};
}

Error no_keys() {
  return {.code = "TRS300",
          .http_status = 500,
          .message = "Server lacks JWT secret"};
}

Error empty_token() {
  return bad_token("Empty JWT is sent in Authorization header");
}

Error token_too_long(std::size_t limit_bytes) {
  return bad_token(
      concat({"JWT is longer than ", std::to_string(limit_bytes), " bytes"}));
}

Error wrong_part_count(std::size_t count) {
  return bad_token(
      concat({"Expected 3 parts in JWT; got ", std::to_string(count)}));
}

Error undecodable() { return bad_token("JWT cryptographic operation failed"); }

Error unsecured() {
  return bad_token("Wrong or unsupported encoding algorithm",
                   "JWT is unsecured but expected 'alg' was not 'none'");
}

Error critical_header() {
  return bad_token("Wrong or unsupported encoding algorithm",
                   "JWT header 'crit' names extensions that are not supported");
}

Error no_suitable_key() {
  return bad_token("No suitable key or wrong key type",
                   "No suitable key was found to decode the JWT");
}

Error wrong_signature() {
  return bad_token("No suitable key or wrong key type",
                   "None of the keys was able to decode the JWT");
}

bool is_unknown_key(const Error& error) {
  return error.details == no_suitable_key().details;
}

bool is_of_keys(const Error& error) {
  return is_unknown_key(error) || error.details == wrong_signature().details;
}

Error keys_not_fetched() {
  return {.code = "TRS306",
          .http_status = 503,
          .message = "The keys that verify tokens have not been fetched yet"};
}

Error anonymous_disabled() {
  return refused("TRS302", "Anonymous access is disabled");
}

Error claims_unreadable() { return bad_claim("Parsing claims failed"); }

Error claim_not_a_number(std::string_view claim) {
  return bad_claim(concat({"The JWT '", claim, "' claim must be a number"}));
}

Error expired() { return bad_claim("JWT expired"); }

Error not_yet_valid() { return bad_claim("JWT not yet valid"); }

Error issued_in_future() { return bad_claim("JWT issued at future"); }

Error audience_malformed() {
  return bad_claim(
      "The JWT 'aud' claim must be a string or an array of strings");
}

Error wrong_audience() { return bad_claim("JWT not in audience"); }

Error wrong_issuer() { return bad_claim("JWT not from the expected issuer"); }

Error role_not_a_string() {
  return bad_claim("The role claim of the JWT must be a string");
}

Error role_unusable() {
  return bad_claim("The role claim of the JWT is empty or longer than a name");
}

Error role_not_allowed(std::string_view role) {
  return {.code = "TRS304",
          .http_status = 403,
          .message = concat({"Role \"", role, "\" is not allowed here"})};
}

Error cannot_sign(std::string message) {
  return {.code = "TRS305", .http_status = 500, .message = std::move(message)};
}

}  // namespace errors
}  // namespace trestle::auth
