// Keys that an identity provider publishes at a URL. The provider is a second
// server of the same nginx, with a file that the test replaces.
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <array>
#include <memory>

#include "support/server_test.h"
#include "support/token.h"
#include "support/wait.h"

namespace trestle::testing {
namespace {

// A key of the provider's: Ed25519 (RFC 8037).
class ProviderKey {
 public:
  explicit ProviderKey(std::string kid)
      : kid_(std::move(kid)),
        key_(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), EVP_PKEY_free) {}

  [[nodiscard]] std::string jwk() const {
    std::array<unsigned char, 32> bytes{};
    std::size_t size = bytes.size();
    EVP_PKEY_get_raw_public_key(key_.get(), bytes.data(), &size);
    return R"({"kty":"OKP","crv":"Ed25519","use":"sig","kid":")" + kid_ +
           R"(","x":")" +
           base64url({reinterpret_cast<char*>(bytes.data()), size}) + "\"}";
  }

  [[nodiscard]] std::string sign(std::string_view claims) const {
    const std::string text =
        base64url(R"({"alg":"EdDSA","kid":")" + kid_ + "\"}") + "." +
        base64url(claims);
    std::array<unsigned char, 64> signature{};
    std::size_t size = signature.size();
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(
        EVP_MD_CTX_new(), EVP_MD_CTX_free);
    EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get());
    EVP_DigestSign(context.get(), signature.data(), &size,
                   reinterpret_cast<const unsigned char*>(text.data()),
                   text.size());
    return text + "." +
           base64url({reinterpret_cast<char*>(signature.data()), size});
  }

 private:
  std::string kid_;
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
};

std::string set_of(const std::string& keys) {
  return R"({"keys":[)" + keys + "]}";
}

constexpr const char* kSub7 = R"({"role":"customer","sub":"7"})";

class Jwks : public ServerTest {
 protected:
  void SetUp() override {
    nginx().file("sql/who.sql",
                 "-- @value\nselect current_setting('request.jwt.claims', "
                 "true)::json->>'sub'");
  }

  // `options` stand behind the URL.
  void start_with(std::string_view options, std::string_view first = {}) {
    if (!first.empty()) nginx().file("idp/jwks.json", first);
    start(
        "trestle_database shop { primary \"@postgres@\";"
        "  jwks_url http://@port2@/jwks.json " +
        std::string(options) +
        ";}"
        "server { listen @port2@; root idp; }"
        "server { listen @port@;"
        "  location = /who { trestle_query shop sql/who.sql; } }");
  }

  [[nodiscard]] Response who(const std::string& token) {
    return nginx().get("/who", {bearer(token)});
  }

  [[nodiscard]] bool comes_in(const std::string& token) {
    return wait_until([&] { return who(token).status == 200; });
  }

  ProviderKey one_{"one"};
  ProviderKey two_{"two"};
};

TEST_F(Jwks, tokens_are_verified_with_what_the_provider_publishes) {
  start_with("", set_of(one_.jwk()));
  ASSERT_TRUE(comes_in(one_.sign(kSub7)));
  EXPECT_EQ(who(one_.sign(kSub7)).body, "\"7\"");
  EXPECT_EQ(who(ProviderKey("one").sign(kSub7)).status, 401);
  EXPECT_EQ(who(two_.sign(kSub7)).status, 401);
}

TEST_F(Jwks, a_new_key_is_fetched_when_a_token_names_it) {
  start_with("refresh=1h retry=1s", set_of(one_.jwk()));
  ASSERT_TRUE(comes_in(one_.sign(kSub7)));
  nginx().file("idp/jwks.json", set_of(one_.jwk() + "," + two_.jwk()));
  EXPECT_TRUE(comes_in(two_.sign(kSub7)));
  EXPECT_EQ(who(one_.sign(kSub7)).status, 200);
}

TEST_F(Jwks, a_key_that_was_withdrawn_proves_nothing_any_more) {
  start_with("refresh=1s", set_of(one_.jwk()));
  const std::string token = one_.sign(kSub7);
  ASSERT_TRUE(comes_in(token));
  nginx().file("idp/jwks.json", set_of(two_.jwk()));
  EXPECT_TRUE(wait_until([&] { return who(token).status == 401; }));
  EXPECT_EQ(who(two_.sign(kSub7)).status, 200);
}

TEST_F(Jwks, keys_stay_while_the_provider_is_broken) {
  start_with("refresh=1s retry=1s", set_of(one_.jwk()));
  ASSERT_TRUE(comes_in(one_.sign(kSub7)));
  for (const char* broken : {"not json", R"({"keys":[]})"}) {
    nginx().file("idp/jwks.json", broken);
    const std::size_t before = nginx().log().size();
    ASSERT_TRUE(wait_until([&] {
      return nginx().log().find("cannot be read", before) != std::string::npos;
    }));
    EXPECT_EQ(who(one_.sign(kSub7)).status, 200) << broken;
  }
}

// A set of secrets is readable by whoever can reach the URL.
TEST_F(Jwks, secrets_at_a_url_are_no_keys) {
  const std::string secret = "0123456789abcdef0123456789abcdef";
  start_with("", set_of(one_.jwk() + R"(,{"kty":"oct","k":")" +
                        base64url(secret) + "\"}"));
  ASSERT_TRUE(comes_in(one_.sign(kSub7)));
  EXPECT_EQ(who(hs256_token(kSub7, secret)).status, 401);
}

TEST_F(Jwks, before_the_first_fetch_a_token_is_not_judged) {
  start_with("retry=1s");
  Response early = who(one_.sign(kSub7));
  EXPECT_EQ(early.status, 503);
  EXPECT_NE(early.body.find("TRS306"), std::string::npos) << early.body;
  EXPECT_FALSE(early.header("Retry-After").empty());
  nginx().file("idp/jwks.json", set_of(one_.jwk()));
  EXPECT_TRUE(comes_in(one_.sign(kSub7)));
}

TEST_F(Jwks, a_reload_keeps_the_keys) {
  start_with("", set_of(one_.jwk()));
  ASSERT_TRUE(comes_in(one_.sign(kSub7)));
  nginx().reload();
  EXPECT_EQ(who(one_.sign(kSub7)).status, 200);
}

}  // namespace
}  // namespace trestle::testing
