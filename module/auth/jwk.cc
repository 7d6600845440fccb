// JSON Web Keys (RFC 7517, RFC 7518 6, RFC 8037 2) to keys.
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include <array>
#include <utility>

#include "auth/errors.h"
#include "auth/key.h"
#include "base/json.h"
#include "base/text.h"

namespace trestle::auth {

namespace {

using BignumPtr = std::unique_ptr<BIGNUM, OpensslFree<BN_free>>;
using ParamBuildPtr =
    std::unique_ptr<OSSL_PARAM_BLD, OpensslFree<OSSL_PARAM_BLD_free>>;
using ParamsPtr = std::unique_ptr<OSSL_PARAM, OpensslFree<OSSL_PARAM_free>>;

std::optional<std::string_view> member(const rapidjson::Value& jwk,
                                       const char* name) {
  auto found = jwk.FindMember(name);
  if (found == jwk.MemberEnd() || !found->value.IsString()) return std::nullopt;
  return json_text(found->value);
}

// The bytes of a base64url member; nullopt when missing or malformed.
std::optional<std::string> bytes_member(const rapidjson::Value& jwk,
                                        const char* name) {
  std::optional<std::string_view> text = member(jwk, name);
  if (!text) return std::nullopt;
  return base64url_decode(*text);
}

Error bad_member(std::string_view kty, std::string_view names) {
  return errors::configuration(
      concat({"a JWK of type \"", kty, "\" needs ", names, " in base64url"}));
}

PkeyPtr pkey_from(const char* type, OSSL_PARAM_BLD* build) {
  ParamsPtr params(OSSL_PARAM_BLD_to_param(build));
  PkeyContextPtr context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* pkey = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &pkey, EVP_PKEY_PUBLIC_KEY,
                        params.get()) != 1)
    return nullptr;
  return PkeyPtr(pkey);
}

BignumPtr bignum(const std::string& bytes) {
  return BignumPtr(BN_bin2bn(bytes_of(std::string_view(bytes)),
                             static_cast<int>(bytes.size()), nullptr));
}

Result<Key> rsa_key(const rapidjson::Value& jwk) {
  std::optional<std::string> n = bytes_member(jwk, "n");
  std::optional<std::string> e = bytes_member(jwk, "e");
  if (!n || !e) return bad_member("RSA", "\"n\" and \"e\"");
  BignumPtr modulus = bignum(*n);
  BignumPtr exponent = bignum(*e);
  ParamBuildPtr build(OSSL_PARAM_BLD_new());
  if (!build || !modulus || !exponent || !BN_is_odd(exponent.get()) ||
      BN_is_one(exponent.get()))
    return bad_member("RSA", "a modulus \"n\" and an odd exponent \"e\"");
  OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
  OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get());
  PkeyPtr pkey = pkey_from("RSA", build.get());
  if (!pkey) return bad_member("RSA", "\"n\" and \"e\"");
  return make_public_key(std::move(pkey));
}

struct Curve {
  std::string_view crv;
  const char* group;
  std::size_t bytes;  // of one coordinate
};

constexpr std::array<Curve, 3> kCurves = {{{"P-256", "prime256v1", 32},
                                           {"P-384", "secp384r1", 48},
                                           {"P-521", "secp521r1", 66}}};

Result<Key> ec_key(const rapidjson::Value& jwk, const Curve& curve) {
  std::optional<std::string> x = bytes_member(jwk, "x");
  std::optional<std::string> y = bytes_member(jwk, "y");
  if (!x || !y || x->size() != curve.bytes || y->size() != curve.bytes)
    return bad_member("EC", "\"x\" and \"y\" of its curve's full length");
  std::string point = concat({"\x04", *x, *y});
  ParamBuildPtr build(OSSL_PARAM_BLD_new());
  if (!build) return bad_member("EC", "memory");
  OSSL_PARAM_BLD_push_utf8_string(build.get(), OSSL_PKEY_PARAM_GROUP_NAME,
                                  curve.group, 0);
  OSSL_PARAM_BLD_push_octet_string(build.get(), OSSL_PKEY_PARAM_PUB_KEY,
                                   point.data(), point.size());
  PkeyPtr pkey = pkey_from("EC", build.get());
  if (!pkey) return bad_member("EC", "a point of its curve (\"x\", \"y\")");
  return make_public_key(std::move(pkey));
}

Result<Key> edwards_key(const rapidjson::Value& jwk, int type) {
  std::optional<std::string> x = bytes_member(jwk, "x");
  if (!x) return bad_member("OKP", "\"x\"");
  PkeyPtr pkey(EVP_PKEY_new_raw_public_key(
      type, nullptr, bytes_of(std::string_view(*x)), x->size()));
  if (!pkey) return bad_member("OKP", "\"x\" of its curve's full length");
  return make_public_key(std::move(pkey));
}

Result<Key> secret_key(const rapidjson::Value& jwk) {
  std::optional<std::string> k = bytes_member(jwk, "k");
  if (!k) return bad_member("oct", "\"k\"");
  return make_secret_key(std::move(*k));
}

// False for keys that are to be used for something else than signatures.
bool is_for_signatures(const rapidjson::Value& jwk) {
  if (std::optional<std::string_view> use = member(jwk, "use");
      use && *use != "sig")
    return false;
  auto ops = jwk.FindMember("key_ops");
  if (ops == jwk.MemberEnd() || !ops->value.IsArray()) return true;
  for (const rapidjson::Value& op : ops->value.GetArray())
    if (op.IsString() && (json_text(op) == "verify" || json_text(op) == "sign"))
      return true;
  return false;
}

// nullopt: a kind of key that is not ours to read.
Result<std::optional<Key>> wrap(Result<Key> key) {
  if (!key.ok()) return std::move(key).error();
  return std::optional<Key>(std::move(key).value());
}

Result<std::optional<Key>> key_of_kind(const rapidjson::Value& jwk) {
  std::string_view kty = member(jwk, "kty").value_or("");
  std::string_view crv = member(jwk, "crv").value_or("");
  if (kty == "oct") return wrap(secret_key(jwk));
  if (kty == "RSA") return wrap(rsa_key(jwk));
  if (kty == "EC")
    for (const Curve& curve : kCurves)
      if (curve.crv == crv) return wrap(ec_key(jwk, curve));
  if (kty == "OKP" && crv == "Ed25519")
    return wrap(edwards_key(jwk, EVP_PKEY_ED25519));
  if (kty == "OKP" && crv == "Ed448")
    return wrap(edwards_key(jwk, EVP_PKEY_ED448));
  return std::optional<Key>();
}

Result<std::optional<Key>> parse_jwk(const rapidjson::Value& jwk) {
  if (!jwk.IsObject())
    return errors::configuration("a JWK must be a JSON object");
  if (!is_for_signatures(jwk)) return std::optional<Key>();
  Result<std::optional<Key>> key = key_of_kind(jwk);
  if (!key.ok() || !key.value()) return key;

  if (std::optional<std::string_view> kid = member(jwk, "kid"))
    (*key)->kid = std::string(*kid);
  if (std::optional<std::string_view> alg = member(jwk, "alg")) {
    std::optional<Algorithm> algorithm = find_algorithm(*alg);
    if (!algorithm) return std::optional<Key>();
    if (!(*key)->allows(*algorithm))
      return errors::configuration(
          concat({"a JWK of type \"", member(jwk, "kty").value_or(""),
                  "\" cannot be used with its \"alg\" ", *alg}));
    (*key)->algorithms = {*algorithm};
  }
  return key;
}

Error in_set(std::size_t index, const Error& error) {
  return errors::configuration(concat(
      {"key ", std::to_string(index + 1), " of the set: ", error.message}));
}

Result<KeySet> parse_set(const rapidjson::Value& list) {
  if (!list.IsArray())
    return errors::configuration("\"keys\" of a JWK set must be a list");
  KeySet keys;
  for (rapidjson::SizeType i = 0; i < list.Size(); i++) {
    Result<std::optional<Key>> key = parse_jwk(list[i]);
    if (!key.ok()) return in_set(i, key.error());
    if (key.value()) keys.push_back(std::move(*key.value()));
  }
  if (keys.empty())
    return errors::configuration(
        "the JWK set holds no key that verifies signatures (kty oct, RSA, EC "
        "or OKP, use \"sig\")");
  return keys;
}

}  // namespace

Result<KeySet> parse_jwks(std::string_view json) {
  Result<rapidjson::Document> document = parse_json(json);
  if (!document.ok())
    return errors::configuration(
        concat({"the JWK is not JSON: ", document.error().message}));
  if (!document->IsObject())
    return errors::configuration("a JWK or JWK set must be a JSON object");
  if (auto list = document->FindMember("keys"); list != document->MemberEnd())
    return parse_set(list->value);

  Result<std::optional<Key>> key = parse_jwk(*document);
  if (!key.ok()) return std::move(key).error();
  if (!key.value())
    return errors::configuration(
        "the JWK does not verify signatures: expected kty oct, RSA, EC or OKP "
        "with use \"sig\" and an \"alg\" that fits");
  KeySet keys;
  keys.push_back(std::move(*key.value()));
  return keys;
}

Result<KeySet> parse_public_jwks(std::string_view json) {
  Result<KeySet> keys = parse_jwks(json);
  if (!keys.ok()) return keys;
  std::erase_if(keys.value(),
                [](const Key& key) { return !key.secret.empty(); });
  if (keys->empty())
    return errors::configuration("the JWK set holds no public key");
  return keys;
}

}  // namespace trestle::auth
