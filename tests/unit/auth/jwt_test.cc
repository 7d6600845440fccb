#include "auth/jwt.h"

#include <gtest/gtest.h>
#include <openssl/x509.h>

#include <cstdlib>
#include <random>

#include "unit/auth/tokens.h"

namespace trestle::auth {
namespace {

using testing::hs256_token;
using testing::keys_of;
using testing::kSecret;
using testing::raw_ecdsa;
using testing::secret_keys;
using testing::sign;
using testing::token;
using testing::unsigned_text;
using testing::with_signature;

// --- the examples of the RFCs
// -------------------------------------------------

struct Vector {
  const char* name;
  const char* jwk;
  const char* token;
  const char* payload;
};

constexpr const char* kJoe =
    "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n "
    "\"http://example.com/is_root\":true}";

const Vector kVectors[] = {
    {"rfc7515_a1_hs256",
     R"({"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-)"
     R"(1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"})",
     "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEz"
     "MDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4C"
     "VP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
     kJoe},
    {"rfc7515_a2_rs256",
     R"({"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W2)"
     R"(6mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_Yp)"
     R"(RPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUs)"
     R"(LA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_)"
     R"(I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h)"
     R"(4FRWyuXpoQ","e":"AQAB"})",
     "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0"
     "dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__"
     "dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJd"
     "bF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkS"
     "jtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI"
     "7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0"
     "igcN_IoypGlUPQGe77Rw",
     kJoe},
    {"rfc7515_a3_es256",
     R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHv)"
     R"(RVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})",
     "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0"
     "dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-X"
     "x-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
     kJoe},
    {"rfc7515_a4_es512",
     R"({"kty":"EC","crv":"P-521","x":"AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wT)"
     R"(jxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk","y":"ADSmRA43Z1DSNx)"
     R"(_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3k)"
     R"(yMj2"})",
     "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi7"
     "0cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPE"
     "X3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn",
     "Payload"},
    {"rfc8037_a4_ed25519",
     R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIa)"
     R"(aPcHURo"})",
     "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0Jz"
     "lnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
     "Example of Ed25519 signing"},
};

class JwtVector : public ::testing::TestWithParam<Vector> {};

TEST_P(JwtVector, verifies) {
  Result<KeySet> keys = parse_keys(GetParam().jwk);
  ASSERT_TRUE(keys.ok()) << keys.error().message;
  Result<std::string> payload = verify_jwt(GetParam().token, *keys);
  ASSERT_TRUE(payload.ok()) << payload.error().message;
  EXPECT_EQ(*payload, GetParam().payload);
}

// One changed bit anywhere, and nobody is let in.
TEST_P(JwtVector, does_not_verify_with_a_bit_changed) {
  KeySet keys = parse_keys(GetParam().jwk).value();
  std::string good = GetParam().token;
  for (std::size_t i = 0; i < good.size(); i++) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ (1 << (i % 8)));
    EXPECT_FALSE(verify_jwt(bad, keys).ok()) << "byte " << i;
  }
}

TEST_P(JwtVector, does_not_verify_when_cut) {
  KeySet keys = parse_keys(GetParam().jwk).value();
  std::string_view good = GetParam().token;
  for (std::size_t size = 0; size < good.size(); size++)
    EXPECT_FALSE(verify_jwt(good.substr(0, size), keys).ok()) << size;
}

INSTANTIATE_TEST_SUITE_P(Rfc, JwtVector, ::testing::ValuesIn(kVectors),
                         [](const auto& test) { return test.param.name; });

// --- every algorithm with a key of its own
// ------------------------------------

std::string header_of(std::string_view alg) {
  return concat({R"({"alg":")", alg, R"("})"});
}

TEST(Jwt, every_rsa_algorithm_verifies_and_only_under_its_name) {
  PkeyPtr pair(EVP_RSA_gen(2048));
  KeySet keys = keys_of(pair.get());
  struct {
    const char* alg;
    const EVP_MD* digest;
    bool pss;
  } const cases[] = {
      {"RS256", EVP_sha256(), false}, {"RS384", EVP_sha384(), false},
      {"RS512", EVP_sha512(), false}, {"PS256", EVP_sha256(), true},
      {"PS384", EVP_sha384(), true},  {"PS512", EVP_sha512(), true}};
  for (const auto& made : cases)
    for (const auto& named : cases) {
      std::string text = unsigned_text(header_of(named.alg), "{}");
      std::string signature = sign(pair.get(), made.digest, text, made.pss);
      EXPECT_EQ(verify_jwt(with_signature(text, signature), keys).ok(),
                &made == &named)
          << made.alg << " named " << named.alg;
    }
}

TEST(Jwt, every_curve_verifies_with_raw_signatures_only) {
  struct {
    const char* alg;
    const char* curve;
    const EVP_MD* digest;
    int bytes;
  } const cases[] = {{"ES256", "P-256", EVP_sha256(), 32},
                     {"ES384", "P-384", EVP_sha384(), 48},
                     {"ES512", "P-521", EVP_sha512(), 66}};
  for (const auto& c : cases) {
    PkeyPtr pair(EVP_EC_gen(c.curve));
    KeySet keys = keys_of(pair.get());
    std::string text = unsigned_text(header_of(c.alg), "{}");
    std::string der = sign(pair.get(), c.digest, text);
    std::string raw = raw_ecdsa(der, c.bytes);
    EXPECT_TRUE(verify_jwt(with_signature(text, raw), keys).ok()) << c.alg;
    EXPECT_FALSE(verify_jwt(with_signature(text, der), keys).ok()) << c.alg;
    EXPECT_FALSE(verify_jwt(with_signature(text, raw + '\0'), keys).ok());
    std::string zero(raw.size(), '\0');
    EXPECT_FALSE(verify_jwt(with_signature(text, zero), keys).ok()) << c.alg;
  }
}

TEST(Jwt, hs384_and_hs512_verify) {
  for (const char* alg : {"HS384", "HS512"}) {
    std::string text = unsigned_text(header_of(alg), "{}");
    std::string code = hmac(*find_algorithm(alg), kSecret, text);
    EXPECT_TRUE(verify_jwt(with_signature(text, code), secret_keys()).ok());
    EXPECT_FALSE(
        verify_jwt(with_signature(text, code.substr(0, 32)), secret_keys())
            .ok());
  }
}

// --- what is refused, and how
// -------------------------------------------------

// "code message|details", as a client sees it.
std::string told(const Result<std::string>& result) {
  if (result.ok()) return "verified";
  const Error& error = result.error();
  std::string text = concat({error.code, " ", error.message});
  if (error.details) text += concat({" | ", *error.details});
  return text;
}

constexpr const char* kUndecodable =
    "TRS301 JWT cryptographic operation failed";
constexpr const char* kNoKey =
    "TRS301 No suitable key or wrong key type | No suitable key was found to "
    "decode the JWT";
constexpr const char* kWrongSignature =
    "TRS301 No suitable key or wrong key type | None of the keys was able to "
    "decode the JWT";
constexpr const char* kUnsecured =
    "TRS301 Wrong or unsupported encoding algorithm | JWT is unsecured but "
    "expected 'alg' was not 'none'";
constexpr const char* kCritical =
    "TRS301 Wrong or unsupported encoding algorithm | JWT header 'crit' names "
    "extensions that are not supported";

TEST(Jwt, refuses_what_is_no_token) {
  struct {
    std::string token;
    const char* told;
  } const cases[] = {
      {"", "TRS301 Empty JWT is sent in Authorization header"},
      {"x", "TRS301 Expected 3 parts in JWT; got 1"},
      {"a.b", "TRS301 Expected 3 parts in JWT; got 2"},
      {"a.b.c.d", "TRS301 Expected 3 parts in JWT; got 4"},
      {"a.b.c.d.e", "TRS301 Expected 3 parts in JWT; got 5"},
      {"..", kUndecodable},
      {"quifquirndsjagnrgniur.fonvoienqhhdj.iuqvnvhojah", kUndecodable},
      {token("{}") + "=", kUndecodable},
      {" " + token("{}"), kUndecodable},
      {std::string(8193, 'a'), "TRS301 JWT is longer than 8192 bytes"},
      {token("{}", "another secret, no less than 32 b"), kWrongSignature},
      {with_signature(unsigned_text(header_of("HS256"), "{}"), ""),
       kWrongSignature},
  };
  for (const auto& c : cases)
    EXPECT_EQ(told(verify_jwt(c.token, secret_keys())), c.told) << c.token;
}

TEST(Jwt, refuses_headers_that_ask_for_something_else) {
  struct {
    const char* header;
    const char* told;
  } const cases[] = {
      {R"({"alg":"HS256"})", "verified"},
      {R"({"alg":"\u0048S256"})", "verified"},  // the same text, escaped
      {R"({"alg":"HS256","jku":"https://e.example/","jwk":{"kty":"oct"}})",
       "verified"},  // not read
      {R"({"alg":"none"})", kUnsecured},
      {R"({"alg":"\u006eone"})", kUnsecured},
      {R"({"alg":"None"})", kUndecodable},
      {R"({"alg":"hs256"})", kUndecodable},
      {R"({"alg":"HS256 "})", kUndecodable},
      {R"({"alg":""})", kUndecodable},
      {R"({"alg":null})", kUndecodable},
      {R"({"alg":["HS256"]})", kUndecodable},
      {R"({"typ":"JWT"})", kUndecodable},
      {R"({"alg":"RS256"})", kNoKey},
      {R"({"alg":"ES256"})", kNoKey},
      {R"({"alg":"EdDSA"})", kNoKey},
      {R"({"alg":"HS512"})", kWrongSignature},
      {R"({"alg":"none","alg":"HS256"})", kUndecodable},
      {R"({"alg":"HS256","alg":"HS256"})", kUndecodable},
      {R"({"alg":"HS256","\u0061lg":"none"})", kUndecodable},
      {R"({"alg":"HS256","x":{"a":1,"a":2}})", kUndecodable},
      {R"({"alg":"HS256","x":"\u0000"})", kUndecodable},
      {R"({"alg":"HS256","kid":7})", kUndecodable},
      {R"({"alg":"HS256","crit":["exp"],"exp":1})", kCritical},
      {R"({"alg":"HS256","crit":null})", kCritical},
      {R"(["HS256"])", kUndecodable},
      {R"({"alg":"HS256"} x)", kUndecodable},
      {"{\"alg\":\"HS256\",\"x\":\"\xff\"}", kUndecodable},
  };
  for (const auto& c : cases)
    EXPECT_EQ(told(verify_jwt(hs256_token(c.header, "{}"), secret_keys())),
              c.told)
        << c.header;
}

// The classic: a public key, known to all, used as an HMAC secret.
TEST(Jwt, a_public_key_is_never_a_secret) {
  PkeyPtr pair(EVP_EC_gen("P-256"));
  KeySet keys = keys_of(pair.get());
  unsigned char* der = nullptr;
  int size = i2d_PUBKEY(pair.get(), &der);
  std::string_view known(reinterpret_cast<char*>(der),
                         static_cast<std::size_t>(size));
  for (std::string_view secret : {known, std::string_view("")}) {
    std::string forged = hs256_token(R"({"alg":"HS256"})", "{}", secret);
    EXPECT_EQ(told(verify_jwt(forged, keys)), kNoKey);
  }
  OPENSSL_free(der);
}

TEST(Jwt, base64url_has_one_spelling) {
  std::string good = token("{}");
  // The last character of a 32-byte signature carries two spare bits.
  std::string twin = good;
  std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  twin.back() = digits[digits.find(twin.back()) ^ 1];
  EXPECT_EQ(told(verify_jwt(good, secret_keys())), "verified");
  EXPECT_EQ(told(verify_jwt(twin, secret_keys())), kUndecodable);
}

TEST(Jwt, random_changes_never_verify) {
  std::mt19937 random(20260101);
  std::string good = token(R"({"role":"web_user","exp":9999999999})");
  KeySet keys = secret_keys();
  for (int round = 0; round < 5000; round++) {
    std::string bad = good;
    for (unsigned n = 1 + random() % 3; n > 0; n--) {
      std::size_t at = random() % bad.size();
      switch (random() % 3) {
        case 0:
          bad[at] = static_cast<char>(bad[at] ^ (1 + random() % 255));
          break;
        case 1:
          bad.erase(at, 1);
          break;
        default:
          bad.insert(at, 1, static_cast<char>(random()));
      }
      if (bad.empty()) bad = "x";
    }
    bool same = bad == good;
    EXPECT_EQ(verify_jwt(bad, keys).ok(), same) << bad;
  }
}

TEST(Jwt, kid_chooses_among_our_keys) {
  constexpr std::string_view kOther = "the other secret is 32 bytes long";
  KeySet keys = secret_keys();
  keys[0].kid = "a";
  keys.push_back(make_secret_key(std::string(kOther)).value());
  keys[1].kid = "b";
  auto with_kid = [&](std::string_view kid, std::string_view secret) {
    std::string header = concat({R"({"alg":"HS256","kid":")", kid, "\"}"});
    return told(verify_jwt(hs256_token(header, "{}", secret), keys));
  };
  EXPECT_EQ(with_kid("a", kSecret), "verified");
  EXPECT_EQ(with_kid("b", kOther), "verified");
  EXPECT_EQ(with_kid("b", kSecret), kWrongSignature);
  EXPECT_EQ(with_kid("c", kSecret), kNoKey);
  EXPECT_EQ(told(verify_jwt(token("{}", kOther), keys)), "verified");
}

TEST(Jwt, what_it_signs_it_verifies) {
  Result<std::string> made = sign_jwt(R"({"sub":"7"})", secret_keys());
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(*verify_jwt(*made, secret_keys()), R"({"sub":"7"})");
  PkeyPtr pair(EVP_EC_gen("P-256"));
  EXPECT_EQ(told(sign_jwt("{}", keys_of(pair.get()))),
            "TRS305 No secret to sign tokens with: the configured keys only "
            "verify");
}

// --- claims
// -------------------------------------------------------------------

TEST(Claims, are_checked_as_the_rules_say) {
  constexpr std::int64_t kNow = 1000000;
  struct {
    const char* claims;
    const char* told;
  } const cases[] = {
      {"{}", "ok"},
      {R"({"exp":1000000})", "ok"},
      {R"({"exp":999970})", "ok"},
      {R"({"exp":999969})", "JWT expired"},
      {R"({"exp":999969.9})", "JWT expired"},
      {R"({"exp":999970.5})", "ok"},
      {R"({"exp":0})", "JWT expired"},
      {R"({"exp":-1e300})", "JWT expired"},
      {R"({"exp":1e300})", "ok"},
      {R"({"exp":18446744073709551615})", "ok"},
      {R"({"exp":9223372036854775807})", "ok"},
      {R"({"exp":-9223372036854775808})", "JWT expired"},
      {R"({"exp":null})", "ok"},
      {R"({"exp":"1000000"})", "The JWT 'exp' claim must be a number"},
      {R"({"exp":true})", "The JWT 'exp' claim must be a number"},
      {R"({"nbf":1000030})", "ok"},
      {R"({"nbf":1000031})", "JWT not yet valid"},
      {R"({"nbf":[]})", "The JWT 'nbf' claim must be a number"},
      {R"({"iat":1000030})", "ok"},
      {R"({"iat":1000031})", "JWT issued at future"},
      {R"({"iat":"x"})", "The JWT 'iat' claim must be a number"},
      {R"({"aud":"shop"})", "ok"},
      {R"({"aud":["x","office"]})", "ok"},
      {R"({"aud":[]})", "ok"},
      {R"({"aud":null})", "ok"},
      {R"({"aud":""})", "JWT not in audience"},
      {R"({"aud":"Shop"})", "JWT not in audience"},
      {R"({"aud":["x"]})", "JWT not in audience"},
      {R"({"aud":7})",
       "The JWT 'aud' claim must be a string or an array of strings"},
      {R"({"aud":["shop",7]})",
       "The JWT 'aud' claim must be a string or an array of strings"},
      // the first check that fails tells
      {R"({"aud":"x","iat":1e9,"exp":1})", "JWT expired"},
  };
  ClaimRules rules{.audiences = {"shop", "office"}};
  for (const auto& c : cases) {
    std::optional<rapidjson::Document> claims = parse_strict_object(c.claims);
    ASSERT_TRUE(claims) << c.claims;
    Result<Validity> result = check_claims(*claims, rules, kNow);
    EXPECT_EQ(result.ok() ? "ok" : result.error().message, c.told) << c.claims;
    EXPECT_EQ(result.ok() ? "TRS303" : result.error().code, "TRS303");
  }
}

TEST(Claims, any_audience_will_do_when_none_is_configured) {
  auto claims = parse_strict_object(R"({"aud":["x","y"]})");
  EXPECT_TRUE(check_claims(*claims, {}, 0).ok());
}

TEST(Claims, a_configured_issuer_must_be_named) {
  ClaimRules rules{.issuer = "https://id.example"};
  for (const char* bad : {"{}", R"({"iss":"https://id.example/"})",
                          R"({"iss":["https://id.example"]})"})
    EXPECT_EQ(check_claims(*parse_strict_object(bad), rules, 0).error().message,
              "JWT not from the expected issuer");
  EXPECT_TRUE(
      check_claims(*parse_strict_object(R"({"iss":"https://id.example"})"),
                   rules, 0)
          .ok());
}

TEST(Claims, validity_includes_the_leeway) {
  auto claims = parse_strict_object(R"({"exp":2000,"nbf":900,"iat":1000})");
  Result<Validity> validity = check_claims(*claims, {.leeway_s = 5}, 1500);
  ASSERT_TRUE(validity.ok());
  EXPECT_EQ(validity->from, 995);
  EXPECT_EQ(validity->until, 2005);
}

TEST(StrictObject, refuses_repeated_members_at_any_depth) {
  for (const char* bad :
       {"[]", "7", "", "{", R"({"a":1,"a":1})", R"([{"a":1,"a":1}])",
        R"({"a":[{"b":{"c":1,"d":2,"c":3}}]})", R"({"a":"\u0000"})",
        R"({"\u0000":1})", R"({"a":"\ud800"})"})
    EXPECT_FALSE(parse_strict_object(bad)) << bad;
  EXPECT_TRUE(parse_strict_object(R"({"a":{"a":{"a":[{"a":1},{"a":2}]}}})"));
  std::string deep = std::string(100000, '[') + std::string(100000, ']');
  EXPECT_FALSE(parse_strict_object(concat({R"({"a":)", deep, "}"})));
}

}  // namespace
}  // namespace trestle::auth
