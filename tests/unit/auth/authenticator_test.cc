#include "auth/authenticator.h"

#include <gtest/gtest.h>

#include "auth/errors.h"
#include "unit/auth/tokens.h"

namespace trestle::auth {
namespace {

using testing::kSecret;
using testing::token;

constexpr std::int64_t kNow = 1'700'000'000;
constexpr std::string_view kSessionKey =
    "0123456789012345678901234567890123456789";

AuthConfig shop() {
  AuthConfig config;
  config.database = "shop";
  config.keys = parse_keys(kSecret).value();
  config.anonymous_role = "web_anon";
  config.session_keys = SealingKeys::parse(kSessionKey).value();
  config.trusted_origins = {"https://app.example"};
  return config;
}

// A request that owns what its views look at.
struct Asking {
  std::string_view method = "GET";
  std::vector<HeaderView> headers = {};
  std::string query = {};
  Use use = Use::plain;
  std::string_view scheme = "https";

  [[nodiscard]] Request request() const {
    Request request;
    request.method = method;
    request.query = query;
    request.scheme = scheme;
    request.host = "shop.example";
    request.headers = headers;
    return request;
  }
};

// "role json", "role -" for a visitor without claims, or "code message".
std::string told(const Result<Identity>& identity) {
  if (!identity.ok())
    return concat({identity.error().code, " ", identity.error().message});
  return concat(
      {identity->role, " ", identity->claims ? identity->claims->json : "-"});
}

std::string told(const Authenticator& authenticator, const Asking& asking,
                 std::int64_t now = kNow) {
  TokenCache cache;
  std::string first = told(
      authenticator.authenticate(asking.request(), now, asking.use, cache));
  std::string again = told(
      authenticator.authenticate(asking.request(), now, asking.use, cache));
  EXPECT_EQ(first, again) << "the cache tells the same";
  return first;
}

std::string bearer(std::string_view text) { return concat({"Bearer ", text}); }

// --- carriers
// -----------------------------------------------------------------

TEST(Authenticator, nobody_is_anonymous) {
  Authenticator authenticator(shop());
  EXPECT_EQ(told(authenticator, {}), "web_anon -");
  EXPECT_EQ(told(authenticator, {.headers = {{"Authorization", ""}}}),
            "web_anon -");
  EXPECT_EQ(told(authenticator,
                 {.headers = {{"Authorization", "Basic dXNlcjpwYXNz"}}}),
            "web_anon -");
  EXPECT_EQ(told(authenticator, {.headers = {{"Authorization", "Bearerx y"}}}),
            "web_anon -");
  EXPECT_EQ(told(authenticator, {.headers = {{"apikey", ""}}}), "web_anon -");
}

TEST(Authenticator, a_bearer_token_names_the_visitor) {
  Authenticator authenticator(shop());
  std::string good = token(R"({"role":"web_user", "sub":"7"})");
  std::string expected = R"(web_user {"role":"web_user","sub":"7"})";
  for (const char* scheme : {"Bearer ", "bearer ", "BEARER   ", "Bearer\t"}) {
    std::string value = concat({scheme, good, " "});
    EXPECT_EQ(told(authenticator, {.headers = {{"authorization", value}}}),
              expected)
        << scheme;
  }
}

TEST(Authenticator, a_wrong_token_is_an_error_never_anonymous) {
  Authenticator authenticator(shop());
  std::string expired = bearer(token(R"({"exp":1})"));
  std::string array = bearer(token(R"(["role"])"));
  std::string repeated = bearer(token(R"({"role":"a","role":"b"})"));
  struct {
    std::string value;
    const char* told;
  } const cases[] = {
      {"Bearer", "TRS301 Empty JWT is sent in Authorization header"},
      {"Bearer  ", "TRS301 Empty JWT is sent in Authorization header"},
      {"Bearer a b", "TRS301 Expected 3 parts in JWT; got 1"},
      {expired, "TRS303 JWT expired"},
      {array, "TRS303 Parsing claims failed"},
      {repeated, "TRS303 Parsing claims failed"},
  };
  for (const auto& c : cases)
    EXPECT_EQ(told(authenticator, {.headers = {{"Authorization", c.value}}}),
              c.told);
}

TEST(Authenticator, carriers_count_in_their_order) {
  Authenticator authenticator(shop());
  std::string by_bearer = bearer(token(R"({"role":"by_bearer"})"));
  std::string by_key = token(R"({"role":"by_key"})");
  std::string query = concat(
      {"x=1&access_token=", token(R"({"role":"by_q"})"), "&apikey=nothing"});
  std::string session =
      authenticator.session_cookie(R"({"role":"by_cookie"})", kNow, true)
          .value();
  std::string cookie = session.substr(0, session.find(';'));
  Asking asking{.headers = {{"Cookie", cookie},
                            {"Origin", "https://shop.example"},
                            {"apikey", by_key},
                            {"Authorization", by_bearer}},
                .query = query,
                .use = Use::upgrade_or_event_source};
  auto role = [&] {
    std::string text = told(authenticator, asking);
    return text.substr(0, text.find(' '));
  };
  EXPECT_EQ(role(), "by_bearer");
  asking.headers.pop_back();
  EXPECT_EQ(role(), "by_key");
  asking.headers.pop_back();
  EXPECT_EQ(role(), "by_q");
  asking.use = Use::plain;
  EXPECT_EQ(role(), "by_cookie") << "a query argument counts for streams only";
  asking.headers.clear();
  EXPECT_EQ(role(), "web_anon");
}

TEST(Authenticator, a_query_argument_is_percent_decoded) {
  Authenticator authenticator(shop());
  std::string encoded = url_encode(token(R"({"role":"r"})"));
  for (const char* name : {"access_token=", "a=b&&apikey="})
    EXPECT_EQ(told(authenticator, {.query = concat({name, encoded, "&z"}),
                                   .use = Use::upgrade_or_event_source}),
              R"(r {"role":"r"})");
  EXPECT_EQ(told(authenticator, {.query = "access_token=",
                                 .use = Use::upgrade_or_event_source}),
            "TRS301 Empty JWT is sent in Authorization header");
}

// --- sessions
// -----------------------------------------------------------------

std::string cookie_pair(const Authenticator& authenticator, bool secure,
                        std::string_view claims = R"({"role":"u"})") {
  std::string cookie =
      authenticator.session_cookie(claims, kNow, secure).value();
  return cookie.substr(0, cookie.find(';'));
}

TEST(Session, cookie_has_the_attributes_that_protect_it) {
  Authenticator authenticator(shop());
  std::string secure = *authenticator.session_cookie("{}", kNow, true);
  std::string plain = *authenticator.session_cookie("{}", kNow, false);
  constexpr std::string_view kRest =
      "; Path=/; HttpOnly; SameSite=Lax; Max-Age=604800";
  EXPECT_TRUE(secure.starts_with("__Host-trestle="));
  EXPECT_TRUE(secure.ends_with(concat({kRest, "; Secure"})));
  EXPECT_TRUE(plain.starts_with("trestle="));
  EXPECT_TRUE(plain.ends_with(kRest));
  EXPECT_EQ(authenticator.clear_session_cookie(true),
            "__Host-trestle=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0; "
            "Secure");
}

TEST(Session, counts_where_a_foreign_page_cannot_use_it) {
  Authenticator authenticator(shop());
  std::string cookie = cookie_pair(authenticator, true);
  HeaderView sent{"Cookie", cookie};
  HeaderView own{"Sec-Fetch-Site", "same-origin"};
  HeaderView foreign{"Sec-Fetch-Site", "cross-site"};
  HeaderView trusted{"Origin", "https://app.example"};
  std::string user = R"(u {"role":"u"})";
  std::string nobody = "web_anon -";
  constexpr Use kStream = Use::upgrade_or_event_source;
  struct {
    Asking asking;
    std::string told;
  } const cases[] = {
      {{.headers = {sent}}, user},
      {{.headers = {sent, foreign}}, user},
      {{.method = "HEAD", .headers = {sent}}, user},
      {{.method = "POST", .headers = {sent}}, nobody},
      {{.method = "POST", .headers = {sent, foreign}}, nobody},
      {{.method = "POST", .headers = {sent, own}}, user},
      {{.method = "POST", .headers = {sent, foreign, trusted}}, user},
      {{.method = "DELETE", .headers = {sent, own}}, user},
      {{.method = "get", .headers = {sent}}, nobody},
      {{.headers = {sent}, .use = kStream}, nobody},
      {{.headers = {sent, foreign}, .use = kStream}, nobody},
      {{.headers = {sent, own}, .use = kStream}, user},
  };
  for (const auto& c : cases) EXPECT_EQ(told(authenticator, c.asking), c.told);
}

// Streams know their session by this name.
TEST(Session, ends_with_the_cookie_that_takes_its_place) {
  Authenticator authenticator(shop());
  const std::string cookie = cookie_pair(authenticator, true);
  const Asking asking{
      .headers = {{"Sec-Fetch-Site", "same-origin"}, {"Cookie", cookie}}};
  TokenCache cache;
  const std::string name =
      authenticator.authenticate(asking.request(), kNow, Use::plain, cache)
          ->session;
  EXPECT_EQ(name.size(), 66u);
  const Request request = asking.request();
  const std::string in = *authenticator.session_cookie("{}", kNow, true);
  for (const std::string& ours : {authenticator.clear_session_cookie(true), in})
    EXPECT_EQ(authenticator.ended_session(request, ours), name) << ours;
  for (const char* other : {"__Host-trestle_flash=x; Path=/", "trestle=x", ""})
    EXPECT_EQ(authenticator.ended_session(request, other), std::nullopt);
  EXPECT_EQ(authenticator.ended_session(Asking{}.request(), in), std::nullopt);
}

TEST(Session, that_is_stale_or_not_ours_is_no_identity) {
  Authenticator authenticator(shop());
  std::string cookie = cookie_pair(authenticator, true);
  Asking asking{.headers = {{"Cookie", cookie}}};
  EXPECT_EQ(told(authenticator, asking, kNow + 604800), R"(u {"role":"u"})");
  EXPECT_EQ(told(authenticator, asking, kNow + 604801), "web_anon -");

  AuthConfig office = shop();
  office.database = "office";
  EXPECT_EQ(told(Authenticator(office), asking), "web_anon -");
  AuthConfig off = shop();
  off.session_keys = {};
  EXPECT_EQ(told(Authenticator(off), asking), "web_anon -");

  Asking plain{.headers = {{"Cookie", cookie}}, .scheme = "http"};
  EXPECT_EQ(told(authenticator, plain), "web_anon -");
  std::string open = cookie_pair(authenticator, false);
  plain.headers = {{"Cookie", "a=b"}, {"cookie", open}};
  EXPECT_EQ(told(authenticator, plain), R"(u {"role":"u"})");
}

TEST(Session, without_a_role_runs_under_the_anonymous_one) {
  Authenticator authenticator(shop());
  std::string cookie = cookie_pair(authenticator, true, R"({"user_id":7})");
  EXPECT_EQ(told(authenticator, {.headers = {{"Cookie", cookie}}}),
            R"(web_anon {"role":"web_anon","user_id":7})");
}

TEST(Session, too_large_for_a_browser_is_an_error) {
  Authenticator authenticator(shop());
  std::string claims = concat({R"({"x":")", std::string(4000, 'x'), "\"}"});
  Result<std::string> cookie = authenticator.session_cookie(claims, kNow, true);
  ASSERT_FALSE(cookie.ok());
  EXPECT_EQ(cookie.error().message,
            "The session cookie would have 5481 bytes, browsers keep at most "
            "4096: put less into the session");
  EXPECT_EQ(cookie.error().code, "TRS305");
  EXPECT_FALSE(authenticator.session_cookie("[]", kNow, true).ok());
}

TEST(Session, origin_check_of_forms) {
  Authenticator authenticator(shop());
  std::string cookie = cookie_pair(authenticator, true);
  auto allows = [&](std::vector<HeaderView> headers) {
    Asking asking{.method = "POST", .headers = std::move(headers)};
    return authenticator.allows_origin(asking.request());
  };
  EXPECT_TRUE(allows({})) << "no browser, no cookie";
  EXPECT_FALSE(allows({{"Cookie", cookie}}));
  EXPECT_TRUE(allows({{"Cookie", "other=1"}}));
  EXPECT_TRUE(allows({{"Cookie", cookie}, {"Sec-Fetch-Site", "same-origin"}}));
  EXPECT_FALSE(allows({{"Sec-Fetch-Site", "cross-site"}}));
}

// --- roles
// --------------------------------------------------------------------

std::string told_for(const AuthConfig& config, std::string_view claims) {
  std::string value = bearer(token(claims));
  return told(Authenticator(config), {.headers = {{"Authorization", value}}});
}

TEST(Role, comes_from_the_configured_claim) {
  AuthConfig config = shop();
  config.role_claim = RoleClaim::parse("$.app.roles[0]").value();
  EXPECT_EQ(told_for(config, R"({"app":{"roles":["r"]}})"),
            R"(r {"role":"r","app":{"roles":["r"]}})");
  EXPECT_EQ(told_for(config, R"({ "role":"x", "n":1, "app":{"roles":["r"]}})"),
            R"(r {"role":"r","n":1,"app":{"roles":["r"]}})");
}

TEST(Role, must_be_a_name) {
  EXPECT_EQ(told_for(shop(), "{}"), R"(web_anon {"role":"web_anon"})");
  EXPECT_EQ(told_for(shop(), R"({"role":null})"),
            R"(web_anon {"role":"web_anon"})");
  EXPECT_EQ(told_for(shop(), R"({"role":7})"),
            "TRS303 The role claim of the JWT must be a string");
  EXPECT_EQ(told_for(shop(), R"({"role":["a"]})"),
            "TRS303 The role claim of the JWT must be a string");
  EXPECT_EQ(told_for(shop(), R"({"role":""})"),
            "TRS303 The role claim of the JWT is empty or longer than a name");
  EXPECT_EQ(told_for(shop(), R"({"role":"a\u0000b"})"),
            "TRS303 Parsing claims failed");
  EXPECT_EQ(told_for(shop(), R"({"role":"none"})"),
            "TRS304 Role \"none\" is not allowed here");
  EXPECT_EQ(told_for(shop(), R"({"role":"not existing"})"),
            R"(not existing {"role":"not existing"})");
}

TEST(Role, may_be_limited_to_a_list) {
  AuthConfig config = shop();
  config.roles = {"a", "b"};
  EXPECT_EQ(told_for(config, R"({"role":"b"})"), R"(b {"role":"b"})");
  EXPECT_EQ(told_for(config, R"({"role":"web_anon"})"),
            R"(web_anon {"role":"web_anon"})");
  EXPECT_EQ(told_for(config, R"({"role":"postgres"})"),
            "TRS304 Role \"postgres\" is not allowed here");
}

TEST(Role, anonymous_access_may_be_disabled) {
  AuthConfig config = shop();
  config.anonymous_role = "";
  Authenticator authenticator(config);
  EXPECT_EQ(told(authenticator, {}), "TRS302 Anonymous access is disabled");
  EXPECT_EQ(told_for(config, R"({"sub":"x"})"),
            "TRS302 Anonymous access is disabled");
  EXPECT_EQ(told_for(config, R"({"role":"r"})"), R"(r {"role":"r"})");
}

TEST(Role, without_any_keys_all_run_as_the_login_role) {
  AuthConfig config;
  config.database = "shop";
  EXPECT_EQ(told(Authenticator(config), {}), " -");
  EXPECT_EQ(told_for(config, "{}"), "TRS300 Server lacks JWT secret");
}

TEST(Role, identity_tells_whether_the_claims_named_it) {
  Authenticator authenticator(shop());
  TokenCache cache;
  auto named = authenticator.authenticate_token(
      token(R"({"role":"r","exp":1700000100})"), kNow, cache);
  EXPECT_TRUE(named->role_from_claims);
  EXPECT_EQ(named->expires, 1700000130);
  auto unnamed = authenticator.authenticate_authorization(bearer(token("{}")),
                                                          kNow, cache);
  EXPECT_FALSE(unnamed->role_from_claims);
  EXPECT_EQ(unnamed->expires, std::nullopt);
  EXPECT_TRUE(unnamed->authenticated());
}

TEST(Claims, keep_the_spelling_of_numbers_and_escapes) {
  EXPECT_EQ(told_for(shop(),
                     R"({ "n" : 1.50, "big": 123456789012345678901234567890,
                    "s": " \" \\ {\u00e9 : ", "role" : "r" })"),
            R"(r {"n":1.50,"big":123456789012345678901234567890,)"
            R"("s":" \" \\ {\u00e9 : ","role":"r"})");
}

TEST(Claims, are_parsed_too) {
  Authenticator authenticator(shop());
  TokenCache cache;
  auto identity = authenticator.authenticate_token(
      token(R"({"role":"r","a":[{"b":"a long text, longer than inline"}]})"),
      kNow, cache);
  cache.clear();
  EXPECT_STREQ(identity->claims->document["a"][0]["b"].GetString(),
               "a long text, longer than inline");
}

// --- the cache
// ----------------------------------------------------------------

TEST(Cache, ends_with_the_token) {
  Authenticator authenticator(shop());
  TokenCache cache;
  std::string text = token(R"({"role":"r","exp":1700000100})");
  auto at = [&](std::int64_t now) {
    return told(authenticator.authenticate_token(text, now, cache));
  };
  EXPECT_EQ(at(kNow), R"(r {"role":"r","exp":1700000100})");
  EXPECT_EQ(at(kNow + 130), R"(r {"role":"r","exp":1700000100})");
  EXPECT_EQ(at(kNow + 131), "TRS303 JWT expired");
  EXPECT_EQ(cache.size(), 0u);
}

TEST(Cache, is_of_no_use_to_other_keys) {
  TokenCache cache;
  std::string text = token(R"({"role":"r"})");
  Authenticator before(shop());
  EXPECT_TRUE(before.authenticate_token(text, kNow, cache).ok());
  AuthConfig rotated = shop();
  rotated.keys = parse_keys("a new secret that has 32 bytes..").value();
  Authenticator after(rotated);
  EXPECT_FALSE(after.authenticate_token(text, kNow, cache).ok());
}

TEST(Cache, keeps_no_refusals) {
  Authenticator authenticator(shop());
  TokenCache cache;
  EXPECT_FALSE(authenticator.authenticate_token("a.b.c", kNow, cache).ok());
  EXPECT_EQ(cache.size(), 0u);
}

// --- signing
// ------------------------------------------------------------------

TEST(SignToken, adds_what_the_claims_lack) {
  AuthConfig config = shop();
  config.issuer = "https://shop.example";
  config.audiences = {"shop", "office"};
  Authenticator authenticator(config);
  auto payload = [&](std::string_view claims, std::int64_t lifetime) {
    Result<std::string> made = authenticator.sign_token(claims, lifetime, kNow);
    EXPECT_TRUE(made.ok());
    TokenCache cache;
    EXPECT_TRUE(authenticator.authenticate_token(*made, kNow, cache).ok());
    return verify_jwt(*made, config.keys).value();
  };
  EXPECT_EQ(payload(R"({"role":"r","x":null})", 3600),
            R"({"role":"r","iss":"https://shop.example","aud":"shop",)"
            R"("iat":1700000000,"exp":1700003600})");
  EXPECT_EQ(payload("{}", 0),
            R"({"iss":"https://shop.example","aud":"shop","iat":1700000000})");
  EXPECT_EQ(payload(R"({"exp":1700000001,"aud":"office"})", 3600),
            R"({"exp":1700000001,"aud":"office","iss":"https://shop.example",)"
            R"("iat":1700000000})");
}

TEST(SignToken, needs_a_secret_and_an_object) {
  EXPECT_TRUE(Authenticator(shop()).can_sign());
  EXPECT_FALSE(Authenticator(shop()).sign_token("[1]", 1, kNow).ok());
  AuthConfig config;
  config.database = "shop";
  EXPECT_FALSE(Authenticator(config).can_sign());
  EXPECT_EQ(Authenticator(config).sign_token("{}", 1, kNow).error().code,
            "TRS305");
}

TEST(Challenge, tells_how_to_authenticate) {
  EXPECT_EQ(challenge(errors::anonymous_disabled()), "Bearer");
  EXPECT_EQ(challenge(errors::expired()),
            "Bearer error=\"invalid_token\", error_description=\"JWT "
            "expired\"");
  Error rest = errors::empty_token();
  rest.code = "PGRST301";
  EXPECT_EQ(challenge(rest),
            "Bearer error=\"invalid_token\", error_description=\"Empty JWT is "
            "sent in Authorization header\"");
  EXPECT_EQ(challenge(errors::no_keys()), std::nullopt);
  EXPECT_EQ(challenge(errors::role_not_allowed("x")), std::nullopt);
  EXPECT_EQ(challenge({.code = "42501", .http_status = 401, .message = ""}),
            std::nullopt);
}

}  // namespace
}  // namespace trestle::auth
