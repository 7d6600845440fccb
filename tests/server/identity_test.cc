// Who is asking: tokens, session cookies and visitors, the same for SQL files
// and for what trestle_auth protects.
#include <gtest/gtest.h>

#include "support/server_test.h"
#include "support/token.h"

namespace trestle::testing {
namespace {

constexpr const char* kSecret = "a secret of at least thirty-two bytes";

constexpr const char* kServer = R"(
trestle_database db {
  primary "@postgres@";
  pool_size 2;
  anonymous_role web_anon;
  jwt_secret "a secret of at least thirty-two bytes";
  session_key_file session.key;
}
server {
  listen @port@;
  location = /me { trestle_query db me.sql; }
  location = /notes { trestle_query db notes.sql; }
  location = /token { trestle_query db token.sql; }
  location = /login { trestle_query db login.sql; }
  location /files/ { root www; trestle_auth db; }
  location /proxied/ { trestle_auth db role=customer,admin;
                       proxy_pass http://@port2@/; }
}
server {
  listen @port2@;
  location / { return 200 "behind $http_x_probe"; }
})";

class Identity : public ServerTest {
 protected:
  void SetUp() override {
    sql("create table note (owner text, text text);"
        "insert into note values ('ann', 'a1'), ('ben', 'b1'), ('ann', 'a2');"
        "alter table note enable row level security;"
        "create policy own on note using (owner = current_setting("
        "  'request.jwt.claims', true)::json ->> 'sub');"
        "grant select on note to customer, web_anon;"
        "grant insert on note to customer;");
    NginxServer& n = nginx();
    n.file("session.key", std::string(64, '5') + "\n");
    n.file("me.sql",
           "-- @one me\nselect current_user::text as role, :claims.sub as sub,"
           " current_setting('request.method', true) as method;");
    n.file("notes.sql",
           "-- @get\n-- @many\nselect text from note order by 1;\n"
           "-- @post\n-- @one\ninsert into note values (:claims.sub, :text!) "
           "returning text;");
    n.file("token.sql",
           "-- @post\n-- @token 1h\n-- @one login\n"
           "select 'customer' as role, :name! as sub "
           "where :password! = 'secret';");
    n.file("login.sql",
           "-- @post\n-- @session\n-- @one login\n"
           "select 'customer' as role, :name! as sub "
           "where :password! = 'secret';");
    n.file("www/files/a.txt", "a file");
    start(kServer);
  }

  static Headers as(std::string_view sub, std::string_view role = "customer") {
    return {
        bearer(hs256_token("{\"sub\":\"" + std::string(sub) + "\",\"role\":\"" +
                               std::string(role) + "\",\"exp\":4000000000}",
                           kSecret))};
  }
};

TEST_F(Identity, a_visitor_has_the_anonymous_role) {
  EXPECT_EQ(nginx().get("/me").body,
            R"({"role":"web_anon","sub":null,"method":"GET"})");
}

TEST_F(Identity, a_token_gives_its_role_and_claims) {
  EXPECT_EQ(nginx().get("/me", as("ann")).body,
            R"({"role":"customer","sub":"ann","method":"GET"})");
  EXPECT_EQ(nginx().get("/notes", as("ann")).body,
            R"([{"text":"a1"},{"text":"a2"}])");
  EXPECT_EQ(nginx().get("/notes", as("ben")).body, R"([{"text":"b1"}])");
  EXPECT_EQ(nginx().get("/notes").body, "[]");
}

TEST_F(Identity, a_bad_token_is_401_and_never_a_visitor) {
  const std::string claims = R"({"sub":"ann","role":"customer"})";
  const std::vector<std::string> tokens = {
      "nonsense",
      hs256_token(claims, "another secret of thirty-two bytes!!"),
      hs256_token(R"({"sub":"ann","role":"customer","exp":1000000000})",
                  kSecret),
      hs256_token(R"({"sub":"ann","role":"customer","exp":"soon"})", kSecret),
      hs256_token(claims, kSecret, R"({"alg":"none"})"),
      hs256_token(claims, kSecret, R"({"alg":"HS512"})"),
      base64url(R"({"alg":"none"})") + "." + base64url(claims) + ".",
  };
  for (const std::string& token : tokens) {
    const Response response = nginx().get("/me", {bearer(token)});
    EXPECT_EQ(response.status, 401) << token << response.body;
    EXPECT_TRUE(response.header("WWW-Authenticate").starts_with("Bearer"));
    EXPECT_TRUE(response.body.starts_with("{\"code\":")) << response.body;
  }
}

TEST_F(Identity, a_role_that_may_not_be_taken_is_refused) {
  const Response response = nginx().get("/me", as("eve", "postgres"));
  EXPECT_TRUE(response.status == 403 || response.status == 401)
      << response.body;
}

TEST_F(Identity, a_token_is_made_by_an_sql_file) {
  Response response =
      nginx().request("POST", "/token", {{"Content-Type", "application/json"}},
                      R"({"name":"ben","password":"secret"})");
  ASSERT_EQ(response.status, 200) << response.body;
  ASSERT_TRUE(response.body.starts_with("{\"token\":\"")) << response.body;
  const std::string token = response.body.substr(10, response.body.size() - 12);
  EXPECT_EQ(nginx().get("/notes", {bearer(token)}).body, R"([{"text":"b1"}])");
  response =
      nginx().request("POST", "/token", {{"Content-Type", "application/json"}},
                      R"({"name":"ben","password":"wrong"})");
  EXPECT_EQ(response.status, 401) << response.body;
}

TEST_F(Identity, a_session_cookie_is_the_same_visitor) {
  const Response login =
      nginx().request("POST", "/login", {{"Content-Type", "application/json"}},
                      R"({"name":"ann","password":"secret"})");
  ASSERT_EQ(login.status / 100, 2) << login.body;
  const std::string set = login.header("Set-Cookie");
  EXPECT_NE(set.find("HttpOnly"), std::string::npos) << set;
  EXPECT_NE(set.find("SameSite=Lax"), std::string::npos) << set;
  const std::string cookie = set.substr(0, set.find(';'));
  EXPECT_EQ(nginx().get("/notes", {{"Cookie", cookie}}).body,
            R"([{"text":"a1"},{"text":"a2"}])");
  EXPECT_EQ(nginx().get("/files/a.txt", {{"Cookie", cookie}}).body, "a file");

  const auto post = [&](Headers headers) {
    headers.emplace_back("Cookie", cookie);
    headers.emplace_back("Content-Type", "application/json");
    return nginx()
        .request("POST", "/notes", headers, R"({"text":"a3"})")
        .status;
  };
  EXPECT_EQ(post({{"Sec-Fetch-Site", "same-origin"}}), 200);
  EXPECT_NE(post({{"Sec-Fetch-Site", "cross-site"}}), 200);
  EXPECT_NE(post({{"Origin", "https://evil.example"}}), 200);

  std::string forged = cookie;
  forged[forged.size() / 2] = forged[forged.size() / 2] == 'A' ? 'B' : 'A';
  EXPECT_EQ(nginx().get("/notes", {{"Cookie", forged}}).body, "[]");
}

TEST_F(Identity, protects_static_and_proxied_locations) {
  EXPECT_EQ(nginx().get("/files/a.txt").status, 401);
  EXPECT_EQ(nginx().get("/files/a.txt", as("ann")).body, "a file");
  EXPECT_EQ(nginx().get("/files/a.txt", {bearer("x.y.z")}).status, 401);
  EXPECT_EQ(nginx().get("/proxied/").status, 401);
  EXPECT_EQ(nginx().get("/proxied/", as("ann")).body, "behind ");
  EXPECT_EQ(nginx().get("/proxied/", as("ann", "web_anon")).status, 403);
}

TEST_F(Identity, a_bad_token_takes_no_connection) {
  for (int i = 0; i < 20; i++)
    EXPECT_EQ(nginx().get("/me", {bearer("a.b.c")}).status, 401);
  EXPECT_EQ(backends(), 0);
}

}  // namespace
}  // namespace trestle::testing
