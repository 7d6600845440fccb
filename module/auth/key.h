// Keys that verify (and, for secrets, sign) tokens.
//
// A key knows the algorithms it may be used with; a token's header can only
// name one of these, never bring another (RFC 8725 3.1). Keys come from the
// configuration alone: what a header points to (jku, x5u, jwk) is not read.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/openssl.h"
#include "base/result.h"

namespace trestle::auth {

// RFC 7518 3.1 and RFC 8037 3.1.
enum class Algorithm {
  hs256,
  hs384,
  hs512,
  rs256,
  rs384,
  rs512,
  ps256,
  ps384,
  ps512,
  es256,
  es384,
  es512,
  eddsa,
};

// The algorithm of that exact name ("HS256"), nullopt for any other.
[[nodiscard]] std::optional<Algorithm> find_algorithm(std::string_view name);
[[nodiscard]] std::string_view name_of(Algorithm algorithm);

// One key, immutable after the configuration has been read.
struct Key {
  std::optional<std::string> kid = std::nullopt;
  std::vector<Algorithm> algorithms;         // what it may verify, never empty
  std::string secret = {};                   // HS*: raw bytes
  std::shared_ptr<EVP_PKEY> pkey = nullptr;  // all others: the public key

  [[nodiscard]] bool allows(Algorithm algorithm) const;
};

using KeySet = std::vector<Key>;

// How the text of a shared secret is to be read.
enum class SecretEncoding {
  raw,     // the bytes themselves
  base64,  // base64 or base64url, with or without padding
};

// Shorter secrets can be guessed and are refused (RFC 7518 3.2).
inline constexpr std::size_t kMinSecretBytes = 32;
inline constexpr int kMinRsaBits = 2048;

// Keys from the text of a directive or the content of a file. The form is seen
// from the text: a JWK or JWK set (RFC 7517) in JSON, one or more public keys
// or certificates in PEM, else a shared secret, of which one line end at the
// end is not part. Configuration load. Error: TRS020, says what to write.
[[nodiscard]] Result<KeySet> parse_keys(
    std::string_view text, SecretEncoding encoding = SecretEncoding::raw);

// The part of parse_keys() for JSON text (jwk.cc). Keys of a set that are for
// encryption or of a kind we do not know are left out, as RFC 7517 5 asks.
[[nodiscard]] Result<KeySet> parse_jwks(std::string_view json);

// The same for a set that came from a URL: secrets in it are left out, whoever
// can read that URL could sign with them.
[[nodiscard]] Result<KeySet> parse_public_jwks(std::string_view json);

// A verifying key from a public key object; its kind decides the algorithms.
[[nodiscard]] Result<Key> make_public_key(PkeyPtr pkey);

// A key from raw secret bytes.
[[nodiscard]] Result<Key> make_secret_key(std::string secret);

// Decodes base64 or base64url, padding optional; nullopt on anything else.
[[nodiscard]] std::optional<std::string> decode_any_base64(
    std::string_view text);

// True when `signature` over `message` was made with this key and algorithm.
// The caller has checked key.allows(algorithm). signature.cc.
[[nodiscard]] bool verify_signature(const Key& key, Algorithm algorithm,
                                    std::string_view message,
                                    std::string_view signature);

// The HMAC of `message`; `algorithm` is one of HS*.
[[nodiscard]] std::string hmac(Algorithm algorithm, std::string_view secret,
                               std::string_view message);

}  // namespace trestle::auth
