// Any bytes as a token, as a session cookie, as keys, as a role path and as
// headers: no crash, no read outside, and nothing that was not signed gets in.
#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>

#include "auth/authenticator.h"
#include "base/text.h"

namespace {

using namespace trestle;        // NOLINT: one file, one program
using namespace trestle::auth;  // NOLINT

constexpr std::string_view kSecret = "a secret that the fuzzer cannot guess";

const Authenticator& authenticator() {
  static const Authenticator kShared = [] {
    AuthConfig config;
    config.database = "fuzz";
    config.anonymous_role = "anon";
    config.keys = parse_keys(kSecret).value();
    config.session_keys = SealingKeys::parse(kSecret).value();
    config.role_claim = RoleClaim::parse("$.a[*].b").value();
    return Authenticator(std::move(config));
  }();
  return kShared;
}

// The signature is right, so the claims are the input's.
void verify_signed(std::string_view payload) {
  std::string text = concat(
      {base64url_encode(R"({"alg":"HS256"})"), ".", base64url_encode(payload)});
  std::string token = concat(
      {text, ".", base64url_encode(hmac(Algorithm::hs256, kSecret, text))});
  TokenCache cache(4);
  Result<Identity> identity =
      authenticator().authenticate_token(token, 1'700'000'000, cache);
  if (identity.ok() && identity->claims->json.empty()) std::abort();
}

void verify_unsigned(std::string_view text) {
  TokenCache cache(4);
  // A collision of HMAC-SHA256 is not what a fuzzer finds.
  if (authenticator().authenticate_token(text, 0, cache).ok()) std::abort();
  if (authenticator().session_keys().open("session:fuzz", text)) std::abort();
  HeaderView headers[] = {
      {"Cookie", text}, {"Origin", text}, {"Authorization", text}};
  Request request;
  request.method = "POST";
  request.query = text;
  request.scheme = "https";
  request.host = text;
  request.headers = headers;
  Result<Identity> identity = authenticator().authenticate(
      request, 0, Use::upgrade_or_event_source, cache);
  if (identity.ok() && identity->authenticated()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data,
                                      std::size_t size) {
  // A copy of exactly this size: what is read behind it is seen.
  std::unique_ptr<char[]> copy(new char[size]);
  std::copy(data, data + size, copy.get());
  std::string_view text(copy.get(), size);
  verify_unsigned(text);
  verify_signed(text);
  static_cast<void>(parse_keys(text));
  static_cast<void>(parse_keys(text, SecretEncoding::base64));
  static_cast<void>(RoleClaim::parse(text));
  static_cast<void>(SealingKeys::parse(text));
  return 0;
}
