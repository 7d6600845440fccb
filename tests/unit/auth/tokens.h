// Makes tokens for the tests: any header, any payload, any key, so that wrong
// ones can be made as well as right ones.
#pragma once

#include <openssl/ec.h>
#include <openssl/rsa.h>

#include <string>
#include <string_view>

#include "auth/key.h"
#include "auth/openssl.h"
#include "base/text.h"

namespace trestle::auth::testing {

inline constexpr std::string_view kSecret = "reallyreallyreallyreallyverysafe";

// Header and payload, encoded, with the point between them.
inline std::string unsigned_text(std::string_view header,
                                 std::string_view payload) {
  return concat({base64url_encode(header), ".", base64url_encode(payload)});
}

inline std::string with_signature(std::string_view text,
                                  std::string_view signature) {
  return concat({text, ".", base64url_encode(signature)});
}

// An HS256 token with any header.
inline std::string hs256_token(std::string_view header,
                               std::string_view payload,
                               std::string_view secret = kSecret) {
  std::string text = unsigned_text(header, payload);
  return with_signature(text, hmac(Algorithm::hs256, secret, text));
}

inline std::string token(std::string_view payload,
                         std::string_view secret = kSecret) {
  return hs256_token(R"({"alg":"HS256","typ":"JWT"})", payload, secret);
}

// The raw signature libcrypto makes: DER for EC keys.
inline std::string sign(EVP_PKEY* key, const EVP_MD* digest,
                        std::string_view text, bool pss = false) {
  DigestContextPtr context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* settings = nullptr;
  EVP_DigestSignInit(context.get(), &settings, digest, nullptr, key);
  if (pss) {
    EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING);
    EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, RSA_PSS_SALTLEN_DIGEST);
  }
  std::size_t size = 0;
  EVP_DigestSign(context.get(), nullptr, &size, bytes_of(text), text.size());
  std::string signature(size, '\0');
  EVP_DigestSign(context.get(), bytes_of(signature), &size, bytes_of(text),
                 text.size());
  signature.resize(size);
  return signature;
}

// R and S of a DER signature, each in `bytes` bytes.
inline std::string raw_ecdsa(std::string_view der, int bytes) {
  const unsigned char* at = bytes_of(der);
  ECDSA_SIG* signature =
      d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
  std::string raw(static_cast<std::size_t>(2 * bytes), '\0');
  BN_bn2binpad(ECDSA_SIG_get0_r(signature), bytes_of(raw), bytes);
  BN_bn2binpad(ECDSA_SIG_get0_s(signature), bytes_of(raw) + bytes, bytes);
  ECDSA_SIG_free(signature);
  return raw;
}

// The key set that holds the public half of `pair` alone.
inline KeySet keys_of(EVP_PKEY* pair) {
  EVP_PKEY_up_ref(pair);
  KeySet keys;
  keys.push_back(make_public_key(PkeyPtr(pair)).value());
  return keys;
}

inline KeySet secret_keys(std::string_view secret = kSecret) {
  return parse_keys(secret).value();
}

}  // namespace trestle::auth::testing
