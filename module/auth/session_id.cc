#include "auth/session_id.h"

#include <openssl/rand.h>
#include <openssl/sha.h>

#include <array>

#include "auth/openssl.h"
#include "base/text.h"

namespace trestle::auth {

namespace {
constexpr std::size_t kIdBytes = 32;
constexpr std::size_t kIdLetters = 43;  // of them in base64url
}  // namespace

std::optional<std::string> random_session_id() {
  std::string bytes(kIdBytes, '\0');
  if (RAND_bytes(bytes_of(bytes), static_cast<int>(bytes.size())) != 1)
    return std::nullopt;
  return base64url_encode(bytes);
}

std::string session_digest(std::string_view cookie) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  SHA256(bytes_of(cookie), cookie.size(), digest.data());
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text = "\\x";
  for (unsigned char byte : digest) {
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 15]);
  }
  return text;
}

std::optional<std::string> session_row_id(std::string_view id) {
  if (id.size() != kIdLetters || !base64url_decode(id)) return std::nullopt;
  return session_digest(id);
}

}  // namespace trestle::auth
