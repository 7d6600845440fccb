#include "auth/key.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>

#include "auth/errors.h"
#include "base/text.h"

namespace trestle::auth {

namespace {

constexpr std::array<std::string_view, 13> kNames = {
    "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256",
    "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"};

constexpr std::string_view kSecretAdvice =
    "make one with \"openssl rand -base64 32\"";

using BioPtr = std::unique_ptr<BIO, OpensslFree<BIO_free_all>>;
using CertificatePtr = std::unique_ptr<X509, OpensslFree<X509_free>>;

// What PEM_read_bio allocates for one block.
struct PemBlock {
  PemBlock() = default;
  PemBlock(const PemBlock&) = delete;
  PemBlock& operator=(const PemBlock&) = delete;
  ~PemBlock() {
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_free(data);
  }

  char* name = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;
};

PkeyPtr decode_block(const PemBlock& block) {
  std::string_view name = block.name;
  const unsigned char* at = block.data;
  if (name == PEM_STRING_PUBLIC)
    return PkeyPtr(d2i_PUBKEY(nullptr, &at, block.size));
  if (name == PEM_STRING_RSA_PUBLIC)
    return PkeyPtr(d2i_PublicKey(EVP_PKEY_RSA, nullptr, &at, block.size));
  CertificatePtr certificate(d2i_X509(nullptr, &at, block.size));
  return PkeyPtr(certificate ? X509_get_pubkey(certificate.get()) : nullptr);
}

Result<Key> key_of_block(const PemBlock& block) {
  std::string_view name = block.name;
  if (name.ends_with("PRIVATE KEY"))
    return errors::configuration(
        "the PEM text holds a private key, which has no place on a server that "
        "only verifies: write the public key, as "
        "\"openssl pkey -in KEY -pubout\" prints it");
  if (name != PEM_STRING_PUBLIC && name != PEM_STRING_RSA_PUBLIC &&
      name != PEM_STRING_X509)
    return errors::configuration(
        concat({"the PEM text holds a block \"", name,
                "\", expected \"PUBLIC KEY\" or \"CERTIFICATE\""}));
  PkeyPtr pkey = decode_block(block);
  if (!pkey)
    return errors::configuration(
        concat({"the PEM block \"", name, "\" cannot be decoded"}));
  return make_public_key(std::move(pkey));
}

Result<KeySet> parse_pem(std::string_view text) {
  BioPtr bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  if (!bio) return errors::configuration("out of memory");
  KeySet keys;
  for (;;) {
    PemBlock block;
    if (PEM_read_bio(bio.get(), &block.name, &block.header, &block.data,
                     &block.size) != 1)
      break;
    Result<Key> key = key_of_block(block);
    if (!key.ok()) return std::move(key).error();
    keys.push_back(std::move(key).value());
  }
  bool complete = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (keys.empty() || !complete)
    return errors::configuration(
        "the PEM text is damaged: each \"-----BEGIN\" line needs its "
        "\"-----END\" line and base64 between them");
  return keys;
}

// The curve decides the one algorithm of an elliptic key (RFC 7518 3.4).
Result<Algorithm> algorithm_of_curve(const EVP_PKEY* pkey) {
  std::array<char, 64> buffer{};
  std::size_t size = 0;
  EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_GROUP_NAME,
                                 buffer.data(), buffer.size(), &size);
  std::string_view curve(buffer.data(), std::min(size, buffer.size()));
  if (curve == "prime256v1") return Algorithm::es256;
  if (curve == "secp384r1") return Algorithm::es384;
  if (curve == "secp521r1") return Algorithm::es512;
  return errors::configuration(
      concat({"the curve \"", curve,
              "\" has no JWT algorithm, expected P-256, P-384 or P-521"}));
}

std::string_view without_line_end(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

KeySet single(Key key) {
  KeySet keys;
  keys.push_back(std::move(key));
  return keys;
}

}  // namespace

std::optional<Algorithm> find_algorithm(std::string_view name) {
  const auto* found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Algorithm>(found - kNames.begin());
}

std::string_view name_of(Algorithm algorithm) {
  return kNames[static_cast<std::size_t>(algorithm)];
}

bool Key::allows(Algorithm algorithm) const {
  return std::find(algorithms.begin(), algorithms.end(), algorithm) !=
         algorithms.end();
}

std::optional<std::string> decode_any_base64(std::string_view text) {
  text = trim(text);
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string url(text);
  std::replace(url.begin(), url.end(), '+', '-');
  std::replace(url.begin(), url.end(), '/', '_');
  return base64url_decode(url);
}

Result<Key> make_secret_key(std::string secret) {
  if (secret.size() < kMinSecretBytes)
    return errors::configuration(
        concat({"the JWT secret has ", std::to_string(secret.size()),
                " bytes, at least ", std::to_string(kMinSecretBytes),
                " are needed: ", kSecretAdvice}));
  return Key{
      .algorithms = {Algorithm::hs256, Algorithm::hs384, Algorithm::hs512},
      .secret = std::move(secret)};
}

Result<Key> make_public_key(PkeyPtr pkey) {
  Key key;
  switch (EVP_PKEY_get_base_id(pkey.get())) {
    case EVP_PKEY_RSA:
    case EVP_PKEY_RSA_PSS:
      if (EVP_PKEY_get_bits(pkey.get()) < kMinRsaBits)
        return errors::configuration(concat(
            {"the RSA key has ", std::to_string(EVP_PKEY_get_bits(pkey.get())),
             " bits, at least ", std::to_string(kMinRsaBits), " are needed"}));
      if (EVP_PKEY_get_base_id(pkey.get()) == EVP_PKEY_RSA)
        key.algorithms = {Algorithm::rs256, Algorithm::rs384, Algorithm::rs512};
      key.algorithms.insert(
          key.algorithms.end(),
          {Algorithm::ps256, Algorithm::ps384, Algorithm::ps512});
      break;
    case EVP_PKEY_EC: {
      Result<Algorithm> algorithm = algorithm_of_curve(pkey.get());
      if (!algorithm.ok()) return std::move(algorithm).error();
      key.algorithms = {algorithm.value()};
      break;
    }
    case EVP_PKEY_ED25519:
    case EVP_PKEY_ED448:
      key.algorithms = {Algorithm::eddsa};
      break;
    default:
      return errors::configuration(
          "the key is of a kind that JWT has no algorithm for, expected RSA, "
          "EC or Ed25519");
  }
  key.pkey = std::move(pkey);
  return key;
}

Result<KeySet> parse_keys(std::string_view text, SecretEncoding encoding) {
  if (encoding == SecretEncoding::base64) {
    std::optional<std::string> decoded = decode_any_base64(text);
    if (!decoded)
      return errors::configuration(
          concat({"the JWT secret is not base64: write it without base64, or ",
                  kSecretAdvice}));
    Result<Key> key = make_secret_key(std::move(*decoded));
    if (!key.ok()) return std::move(key).error();
    return single(std::move(key).value());
  }
  std::string_view trimmed = trim(text);
  if (trimmed.starts_with('{')) return parse_jwks(trimmed);
  if (trimmed.starts_with("-----BEGIN")) return parse_pem(trimmed);
  Result<Key> key = make_secret_key(std::string(without_line_end(text)));
  if (!key.ok()) return std::move(key).error();
  return single(std::move(key).value());
}

}  // namespace trestle::auth
