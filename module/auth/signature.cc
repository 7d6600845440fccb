// Signatures of RFC 7518 3 and RFC 8037 3.1 through libcrypto.
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

#include "auth/key.h"

namespace trestle::auth {

namespace {

using EcdsaPtr = std::unique_ptr<ECDSA_SIG, OpensslFree<ECDSA_SIG_free>>;

const EVP_MD* digest_of(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::hs256:
    case Algorithm::rs256:
    case Algorithm::ps256:
    case Algorithm::es256:
      return EVP_sha256();
    case Algorithm::hs384:
    case Algorithm::rs384:
    case Algorithm::ps384:
    case Algorithm::es384:
      return EVP_sha384();
    case Algorithm::hs512:
    case Algorithm::rs512:
    case Algorithm::ps512:
    case Algorithm::es512:
      return EVP_sha512();
    case Algorithm::eddsa:
      return nullptr;  // the scheme hashes by itself
  }
  return nullptr;
}

bool is_hmac(Algorithm algorithm) {
  return algorithm == Algorithm::hs256 || algorithm == Algorithm::hs384 ||
         algorithm == Algorithm::hs512;
}

bool is_pss(Algorithm algorithm) {
  return algorithm == Algorithm::ps256 || algorithm == Algorithm::ps384 ||
         algorithm == Algorithm::ps512;
}

// Bytes of one of the two numbers of an ECDSA signature, 0 for other schemes.
std::size_t ecdsa_number_bytes(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::es256:
      return 32;
    case Algorithm::es384:
      return 48;
    case Algorithm::es512:
      return 66;
    default:
      return 0;
  }
}

// JWS writes R and S one behind the other, libcrypto reads DER. Empty when the
// length is wrong.
std::string ecdsa_to_der(std::string_view raw, std::size_t number_bytes) {
  if (raw.size() != 2 * number_bytes) return {};
  EcdsaPtr signature(ECDSA_SIG_new());
  int size = static_cast<int>(number_bytes);
  BIGNUM* r = BN_bin2bn(bytes_of(raw), size, nullptr);
  BIGNUM* s = BN_bin2bn(bytes_of(raw) + number_bytes, size, nullptr);
  if (!signature || r == nullptr || s == nullptr ||
      ECDSA_SIG_set0(signature.get(), r, s) != 1) {
    BN_free(r);
    BN_free(s);
    return {};
  }
  int length = i2d_ECDSA_SIG(signature.get(), nullptr);
  if (length <= 0) return {};
  std::string der(static_cast<std::size_t>(length), '\0');
  unsigned char* out = bytes_of(der);
  i2d_ECDSA_SIG(signature.get(), &out);
  return der;
}

bool verify_hmac(const Key& key, Algorithm algorithm, std::string_view message,
                 std::string_view signature) {
  std::string expected = hmac(algorithm, key.secret, message);
  return !expected.empty() && expected.size() == signature.size() &&
         CRYPTO_memcmp(expected.data(), signature.data(), expected.size()) == 0;
}

// The salt is as long as the hash (RFC 7518 3.5).
bool set_pss(EVP_PKEY_CTX* context) {
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

bool verify_public(const Key& key, Algorithm algorithm,
                   std::string_view message, std::string_view signature) {
  std::string der;
  if (std::size_t bytes = ecdsa_number_bytes(algorithm); bytes > 0) {
    der = ecdsa_to_der(signature, bytes);
    if (der.empty()) return false;
    signature = der;
  }
  DigestContextPtr context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* settings = nullptr;  // owned by `context`
  bool valid =
      context &&
      EVP_DigestVerifyInit(context.get(), &settings, digest_of(algorithm),
                           nullptr, key.pkey.get()) == 1 &&
      (!is_pss(algorithm) || set_pss(settings)) &&
      EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(),
                       bytes_of(message), message.size()) == 1;
  // A refused signature leaves its reasons in a queue that others would read.
  if (!valid) ERR_clear_error();
  return valid;
}

}  // namespace

std::string hmac(Algorithm algorithm, std::string_view secret,
                 std::string_view message) {
  std::string code(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  if (HMAC(digest_of(algorithm), secret.data(), static_cast<int>(secret.size()),
           bytes_of(message), message.size(), bytes_of(code), &size) == nullptr)
    return {};
  code.resize(size);
  return code;
}

bool verify_signature(const Key& key, Algorithm algorithm,
                      std::string_view message, std::string_view signature) {
  if (is_hmac(algorithm))
    return !key.secret.empty() &&
           verify_hmac(key, algorithm, message, signature);
  return key.pkey != nullptr &&
         verify_public(key, algorithm, message, signature);
}

}  // namespace trestle::auth
