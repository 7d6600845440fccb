#include "auth/key.h"

#include <gtest/gtest.h>
#include <openssl/pem.h>

#include "auth/jwt.h"
#include "unit/auth/tokens.h"

namespace trestle::auth {
namespace {

std::string pem_of(EVP_PKEY* pair, bool with_private) {
  BIO* bio = BIO_new(BIO_s_mem());
  if (with_private)
    PEM_write_bio_PrivateKey(bio, pair, nullptr, nullptr, 0, nullptr, nullptr);
  else
    PEM_write_bio_PUBKEY(bio, pair);
  char* data = nullptr;
  long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  return text;
}

// The algorithms of all keys: "HS256,HS384 ES256"; the message of an error.
std::string told(const Result<KeySet>& keys) {
  if (!keys.ok()) return keys.error().message;
  std::string text;
  for (const Key& key : *keys) {
    if (!text.empty()) text += " ";
    for (Algorithm algorithm : key.algorithms) {
      if (algorithm != key.algorithms.front()) text += ",";
      text += name_of(algorithm);
    }
    if (key.kid) text += concat({"(", *key.kid, ")"});
  }
  return text;
}

TEST(Keys, a_secret_is_read_raw_or_from_base64) {
  constexpr std::string_view kRaw = "0123456789abcdef0123456789abcdef";
  struct {
    std::string text;
    SecretEncoding encoding;
  } const cases[] = {
      {"0123456789abcdef0123456789abcdef", SecretEncoding::raw},
      {"0123456789abcdef0123456789abcdef\n", SecretEncoding::raw},
      {"0123456789abcdef0123456789abcdef\r\n", SecretEncoding::raw},
      {"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", SecretEncoding::base64},
      {"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY", SecretEncoding::base64},
      {"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\n",
       SecretEncoding::base64},
  };
  for (const auto& c : cases) {
    Result<KeySet> keys = parse_keys(c.text, c.encoding);
    ASSERT_TRUE(keys.ok()) << c.text << keys.error().message;
    EXPECT_EQ(keys->front().secret, kRaw);
  }
}

TEST(Keys, both_base64_alphabets_are_read) {
  EXPECT_EQ(decode_any_base64("-_-_"), decode_any_base64("+/+/"));
  EXPECT_EQ(decode_any_base64("YQ=="), "a");
  EXPECT_EQ(decode_any_base64("Y Q"), std::nullopt);
}

TEST(Keys, a_bad_secret_says_what_to_write) {
  EXPECT_EQ(told(parse_keys("short")),
            "the JWT secret has 5 bytes, at least 32 are needed: make one with "
            "\"openssl rand -base64 32\"");
  EXPECT_EQ(told(parse_keys("")),
            "the JWT secret has 0 bytes, at least 32 are needed: make one with "
            "\"openssl rand -base64 32\"");
  EXPECT_EQ(told(parse_keys("c2hvcnQ=", SecretEncoding::base64)),
            "the JWT secret has 5 bytes, at least 32 are needed: make one with "
            "\"openssl rand -base64 32\"");
  EXPECT_EQ(told(parse_keys("!!!", SecretEncoding::base64)),
            "the JWT secret is not base64: write it without base64, or make "
            "one with \"openssl rand -base64 32\"");
}

TEST(Keys, pem_holds_public_keys_of_every_kind) {
  std::string all;
  for (EVP_PKEY* raw :
       {EVP_RSA_gen(2048), EVP_EC_gen("P-256"), EVP_EC_gen("P-384"),
        EVP_EC_gen("P-521"), EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")}) {
    PkeyPtr pair(raw);
    all += pem_of(pair.get(), false);
  }
  EXPECT_EQ(told(parse_keys(all)),
            "RS256,RS384,RS512,PS256,PS384,PS512 ES256 ES384 ES512 EdDSA");
}

TEST(Keys, a_key_from_pem_verifies) {
  PkeyPtr pair(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  KeySet keys = parse_keys(pem_of(pair.get(), false)).value();
  std::string text = testing::unsigned_text(R"({"alg":"EdDSA"})", "{}");
  std::string made =
      testing::with_signature(text, testing::sign(pair.get(), nullptr, text));
  EXPECT_TRUE(verify_jwt(made, keys).ok());
}

TEST(Keys, bad_pem_says_what_is_wrong) {
  PkeyPtr ec(EVP_EC_gen("P-256"));
  PkeyPtr weak(EVP_RSA_gen(1024));
  PkeyPtr odd(EVP_EC_gen("secp256k1"));
  PkeyPtr other(EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519"));
  std::string pem = pem_of(ec.get(), false);
  EXPECT_EQ(told(parse_keys(pem_of(ec.get(), true))),
            "the PEM text holds a private key, which has no place on a server "
            "that only verifies: write the public key, as \"openssl pkey -in "
            "KEY -pubout\" prints it");
  EXPECT_EQ(told(parse_keys(pem_of(weak.get(), false))),
            "the RSA key has 1024 bits, at least 2048 are needed");
  EXPECT_EQ(told(parse_keys(pem_of(odd.get(), false))),
            "the curve \"secp256k1\" has no JWT algorithm, expected P-256, "
            "P-384 or P-521");
  EXPECT_EQ(told(parse_keys(pem_of(other.get(), false))),
            "the key is of a kind that JWT has no algorithm for, expected RSA, "
            "EC or Ed25519");
  for (const std::string& cut :
       {pem.substr(0, pem.size() - 20), pem + pem.substr(0, 60),
        std::string("-----BEGIN PUBLIC KEY-----\n")})
    EXPECT_EQ(told(parse_keys(cut)),
              "the PEM text is damaged: each \"-----BEGIN\" line needs its "
              "\"-----END\" line and base64 between them");
}

constexpr std::string_view kOct =
    R"("kty":"oct","k":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY")";

std::string jwk(std::string_view members) {
  return concat({"{", kOct, members, "}"});
}

TEST(Keys, a_jwk_says_what_it_is_for) {
  constexpr std::string_view kNone =
      "the JWK does not verify signatures: expected kty oct, RSA, EC or OKP "
      "with use \"sig\" and an \"alg\" that fits";
  EXPECT_EQ(told(parse_keys(jwk(""))), "HS256,HS384,HS512");
  EXPECT_EQ(told(parse_keys(jwk(R"(,"alg":"HS512","kid":"a")"))), "HS512(a)");
  EXPECT_EQ(told(parse_keys(jwk(R"(,"use":"sig")"))), "HS256,HS384,HS512");
  EXPECT_EQ(told(parse_keys(jwk(R"(,"use":"enc")"))), kNone);
  EXPECT_EQ(told(parse_keys(jwk(R"(,"key_ops":["encrypt"])"))), kNone);
  EXPECT_EQ(told(parse_keys(jwk(R"(,"key_ops":["verify"])"))),
            "HS256,HS384,HS512");
  EXPECT_EQ(told(parse_keys(jwk(R"(,"alg":"RSA-OAEP")"))), kNone);
  EXPECT_EQ(told(parse_keys(R"({"kty":"XYZ"})")), kNone);
  EXPECT_EQ(told(parse_keys(R"({"kty":"EC","crv":"secp256k1"})")), kNone);
  EXPECT_EQ(told(parse_keys(jwk(R"(,"alg":"RS256")"))),
            "a JWK of type \"oct\" cannot be used with its \"alg\" RS256");
}

TEST(Keys, a_bad_jwk_says_what_is_missing) {
  struct {
    const char* json;
    const char* told;
  } const cases[] = {
      {"{",
       "the JWK is not JSON: Missing a name for object member. At byte 1."},
      {R"({"kty":"oct"})", "a JWK of type \"oct\" needs \"k\" in base64url"},
      {R"({"kty":"oct","k":"YQ"})",
       "the JWT secret has 1 bytes, at least 32 are needed: make one with "
       "\"openssl rand -base64 32\""},
      {R"({"kty":"RSA","n":"AQAB"})",
       "a JWK of type \"RSA\" needs \"n\" and \"e\" in base64url"},
      {R"({"kty":"RSA","n":"AQAB","e":"AQAB"})",
       "the RSA key has 17 bits, at least 2048 are needed"},
      {R"({"kty":"EC","crv":"P-256","x":"AA","y":"AA"})",
       "a JWK of type \"EC\" needs \"x\" and \"y\" of its curve's full length "
       "in base64url"},
      {R"({"kty":"EC","crv":"P-256",)"
       R"("x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",)"
       R"("y":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})",
       "a JWK of type \"EC\" needs a point of its curve (\"x\", \"y\") in "
       "base64url"},
      {R"({"kty":"OKP","crv":"Ed25519","x":"AA"})",
       "a JWK of type \"OKP\" needs \"x\" of its curve's full length in "
       "base64url"},
      {R"({"keys":{}})", "\"keys\" of a JWK set must be a list"},
      {R"({"keys":[]})",
       "the JWK set holds no key that verifies signatures (kty oct, RSA, EC or "
       "OKP, use \"sig\")"},
      {R"({"keys":[{"kty":"XYZ"},{"kty":"oct"}]})",
       "key 2 of the set: a JWK of type \"oct\" needs \"k\" in base64url"},
      {R"({"keys":[7]})", "key 1 of the set: a JWK must be a JSON object"},
  };
  for (const auto& c : cases) EXPECT_EQ(told(parse_keys(c.json)), c.told);
}

TEST(Keys, a_set_keeps_the_keys_that_sign) {
  std::string set = concat({R"({"keys":[)", jwk(R"(,"kid":"a","alg":"HS256")"),
                            ",", jwk(R"(,"use":"enc")"), R"(,{"kty":"new"},)",
                            jwk(R"(,"kid":"b")"), "]}"});
  EXPECT_EQ(told(parse_keys(set)), "HS256(a) HS256,HS384,HS512(b)");
}

}  // namespace
}  // namespace trestle::auth
