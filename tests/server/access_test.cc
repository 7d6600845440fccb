// Who may come in, from where, and how nginx's own refusals look.
#include <gtest/gtest.h>

#include "support/server_test.h"

namespace trestle::testing {
namespace {

// HS256 with the secret below: {"role":"customer","sub":"7","level":3}
constexpr const char* kToken =
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
    "eyJyb2xlIjoiY3VzdG9tZXIiLCJzdWIiOiI3IiwibGV2ZWwiOjN9."
    "5GBtzXmQof4yYqzWrzF0lh-t3a-duheDc-5EPNGHPa4";
// {"role":"customer","exp":1}
constexpr const char* kExpired =
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
    "eyJyb2xlIjoiY3VzdG9tZXIiLCJleHAiOjF9."
    "fPZtNOgQh1l3GrMIf6gAnzzGSaft14tPvtwseoWxAsY";

Headers bearer(const char* token) {
  return {{"Authorization", std::string("Bearer ") + token}};
}

class Access : public ServerTest {
 protected:
  void SetUp() override {
    nginx().file("sql/who.sql",
                 "-- @one\nselect current_user as role, "
                 "current_setting('request.jwt.claims', true)::json->>'sub' "
                 "as sub");
    nginx().file("sql/fail.sql", "select 1 / 0");
    nginx().file("html/index.html", "static");
  }

  void start_with(std::string_view locations) {
    start(std::string(R"(
log_format facts '$uri|$trestle_role|$trestle_sub|$trestle_claim_level|'
                 '$trestle_database|$trestle_rows|$trestle_sqlstate';
access_log facts.log facts;
trestle_database shop {
  primary "@postgres@";
  anonymous_role web_anon;
  jwt_secret "0123456789abcdef0123456789abcdef";
}
server {
  listen @port@;
  root html;
)") + std::string(locations) +
          "}");
  }
};

constexpr const char* kWho =
    "location = /who { trestle_query shop sql/who.sql; }"
    "location = /fail { trestle_query shop sql/fail.sql; }";

TEST_F(Access, a_request_runs_as_the_role_of_its_token) {
  start_with(kWho);
  EXPECT_EQ(nginx().get("/who").body, R"({"role":"web_anon","sub":null})");
  Response known = nginx().get("/who", bearer(kToken));
  EXPECT_EQ(known.body, R"({"role":"customer","sub":"7"})");
  EXPECT_EQ(known.header("Cache-Control"), "no-store");
}

TEST_F(Access, a_bad_token_is_401_with_its_reason_before_the_body) {
  start_with(kWho);
  Response old = nginx().request("POST", "/who", bearer(kExpired), "{}");
  EXPECT_EQ(old.status, 401);
  EXPECT_NE(old.body.find("\"code\":\"TRS303\""), std::string::npos);
  EXPECT_EQ(old.header("WWW-Authenticate").substr(0, 6), "Bearer");
  EXPECT_NE(old.header("WWW-Authenticate").find("invalid_token"),
            std::string::npos);
}

TEST_F(Access, trestle_auth_guards_files_and_its_refusal_is_json) {
  start_with(R"(
  location / { trestle_auth shop; trestle_json_errors on; }
  location /open/ { trestle_auth shop optional; alias html/; }
  location /admin/ { trestle_auth shop role=admin,root; alias html/; }
)");
  Response refused = nginx().get("/index.html");
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(refused.header("WWW-Authenticate"), "Bearer");
  EXPECT_NE(refused.body.find("\"code\":\"TRS302\""), std::string::npos)
      << refused.body;
  EXPECT_EQ(nginx().get("/index.html", bearer(kExpired)).status, 401);
  EXPECT_EQ(nginx().get("/index.html", bearer(kToken)).body, "static");
  EXPECT_EQ(nginx().get("/open/index.html").body, "static");
  EXPECT_EQ(nginx().get("/open/index.html", bearer(kExpired)).status, 401);
  EXPECT_EQ(nginx().get("/admin/index.html", bearer(kToken)).status, 403);
}

TEST_F(Access, trestle_auth_obeys_satisfy_and_error_page) {
  start_with(R"(
  location /any/ {
    satisfy any; deny all; trestle_auth shop; alias html/;
  }
  location /login/ {
    trestle_auth shop; alias html/;
    error_page 401 = @login;
  }
  location @login { return 302 /sign-in; }
)");
  EXPECT_EQ(nginx().get("/any/index.html").status, 401);
  EXPECT_EQ(nginx().get("/any/index.html", bearer(kToken)).body, "static");
  Response login = nginx().get("/login/index.html");
  EXPECT_EQ(login.status, 302);
}

TEST_F(Access, variables_tell_who_asked_and_how_it_went) {
  start_with(kWho);
  EXPECT_EQ(nginx().get("/who", bearer(kToken)).status, 200);
  EXPECT_EQ(nginx().get("/fail").status, 400);
  nginx().stop();
  EXPECT_EQ(nginx().folder().read("facts.log"),
            "/who|customer|7|3|shop|1|-\n/fail|web_anon|-|-|shop|0|22012\n");
}

// --- errors of nginx ---------------------------------------------------------

TEST_F(Access, nginx_errors_are_json_for_those_who_take_it) {
  start_with(R"(
  trestle_json_errors on;
  location /forbidden { deny all; }
  location /text { return 404 "mine"; }
  location /custom { error_page 404 /index.html; }
  location /teapot { return 418; }
  location /down { proxy_pass http://127.0.0.1:1; }
)");
  nginx().allow("Connection refused");
  Response missing = nginx().get("/none");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(missing.header("Content-Type"), "application/json; charset=utf-8");
  EXPECT_EQ(missing.body,
            "{\"code\":\"TRS404\",\"details\":null,\"hint\":null,"
            "\"message\":\"Not found\"}");
  EXPECT_EQ(missing.header("Content-Length"),
            std::to_string(missing.body.size()));
  HttpClient client(nginx().address());
  Response head = client.request("HEAD", "/none");
  EXPECT_EQ(head.status, 404);
  EXPECT_EQ(head.header("Content-Length"), std::to_string(missing.body.size()));
  EXPECT_EQ(client.get("/index.html").body, "static");
  Response browser = nginx().get(
      "/none", {{"Accept", "text/html,application/xhtml+xml,*/*;q=0.8"}});
  EXPECT_EQ(browser.header("Content-Type"), "text/html");
  EXPECT_NE(browser.body.find("<html>"), std::string::npos);
  EXPECT_EQ(nginx().get("/forbidden").body.find("{\"code\":\"TRS403\""), 0u);
  EXPECT_EQ(nginx().get("/text").body, "mine");
  EXPECT_EQ(nginx().get("/custom/none").body, "static");
  EXPECT_EQ(nginx().get("/teapot").body.find("{\"code\":\"TRS418\""), 0u);
  EXPECT_EQ(nginx().get("/down").body.find("{\"code\":\"TRS502\""), 0u);
}

TEST_F(Access, requests_that_cannot_be_parsed_get_json_too) {
  start_with("trestle_json_errors on;");
  for (const char* text :
       {"NONSENSE\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/3.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"}) {
    HttpClient client(nginx().address());
    ASSERT_TRUE(client.connect());
    ASSERT_TRUE(client.send(text));
    Response answer = client.read_response();
    EXPECT_GE(answer.status, 400) << text;
    EXPECT_EQ(answer.body.find("{\"code\":\"TRS"), 0u) << answer.body;
  }
}

TEST_F(Access, html_stays_where_trestle_json_errors_is_off) {
  start_with(R"(
  location = /who { trestle_query shop sql/who.sql; deny all;
                    trestle_json_errors off; }
  location = /json { trestle_query shop sql/who.sql; deny all; }
)");
  EXPECT_NE(nginx().get("/none").body.find("<html>"), std::string::npos);
  EXPECT_NE(nginx().get("/who").body.find("<html>"), std::string::npos);
  EXPECT_EQ(nginx().get("/json").body.find("{\"code\":\"TRS403\""), 0u);
}

// --- other origins -----------------------------------------------------------

constexpr const char* kApp = "https://app.example";

TEST_F(Access, cors_lets_listed_origins_read_and_no_others) {
  start_with(std::string(R"(
  trestle_cors https://app.example credentials=on expose=X-Total max_age=10m;
)") + kWho);
  Response known = nginx().get("/who", {{"Origin", kApp}});
  EXPECT_EQ(known.header("Access-Control-Allow-Origin"), kApp);
  EXPECT_EQ(known.header("Access-Control-Allow-Credentials"), "true");
  EXPECT_EQ(known.header("Access-Control-Expose-Headers"), "X-Total");
  Response other = nginx().get("/who", {{"Origin", "https://evil.example"}});
  EXPECT_EQ(other.status, 200);
  EXPECT_FALSE(other.has("Access-Control-Allow-Origin"));
  for (const Response& answer : {known, other, nginx().get("/who")}) {
    bool varies = false;
    for (const auto& [name, value] : answer.headers)
      varies = varies || (name == "Vary" && value == "Origin");
    EXPECT_TRUE(varies);
  }
}

TEST_F(Access, a_preflight_is_answered_before_authentication) {
  start_with(R"(
  trestle_cors https://app.example methods=GET,PUT;
  location = /who { trestle_auth shop; trestle_query shop sql/who.sql; }
)");
  Response answer = nginx().request(
      "OPTIONS", "/who",
      {{"Origin", kApp},
       {"Access-Control-Request-Method", "PUT"},
       {"Access-Control-Request-Headers", "authorization, x-a"}});
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.header("Access-Control-Allow-Origin"), kApp);
  EXPECT_EQ(answer.header("Access-Control-Allow-Methods"), "GET, PUT");
  EXPECT_EQ(answer.header("Access-Control-Allow-Headers"),
            "authorization, x-a");
  EXPECT_EQ(answer.header("Access-Control-Max-Age"), "86400");
  EXPECT_EQ(answer.body, "");
  Response foreign =
      nginx().request("OPTIONS", "/who",
                      {{"Origin", "https://evil.example"},
                       {"Access-Control-Request-Method", "PUT"}});
  EXPECT_FALSE(foreign.has("Access-Control-Allow-Origin"));
  EXPECT_FALSE(foreign.has("Access-Control-Allow-Methods"));
}

TEST_F(Access, errors_carry_cors_headers_too) {
  start_with(std::string("trestle_cors *;") + kWho);
  Response failed = nginx().get("/fail", {{"Origin", kApp}});
  EXPECT_EQ(failed.status, 400);
  EXPECT_EQ(failed.header("Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(nginx()
                .get("/who", {{"Origin", kApp}, {"Authorization", "Bearer x"}})
                .header("Access-Control-Allow-Origin"),
            "*");
}

}  // namespace
}  // namespace trestle::testing
