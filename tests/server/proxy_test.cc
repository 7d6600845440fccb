// Trestle behind another server that ends TLS: what the visitor's browser sees
// counts, and only the proxies that are named can tell of it.
#include <gtest/gtest.h>

#include "support/curl_client.h"
#include "support/server_test.h"
#include "support/websocket_client.h"

namespace trestle::testing {
namespace {

// The proxy calls from 127.0.0.2, everybody else from 127.0.0.1.
constexpr const char* kServer = R"(
trestle_database db {
  primary "@postgres@";
  anonymous_role web_anon;
  session_key_file session.key;
  schemas api;
}
trestle_trusted_proxy 127.0.0.2;
server {
  listen @port@;
  location = /me { trestle_query db me.sql; }
  location = /login { trestle_query db login.sql; }
  location = /change { trestle_query db change.sql; }
  location = /echo { trestle_live_echo; }
  location /api/ { trestle_rest db schema=api; trestle_dev on; }
  location /real/ {
    set_real_ip_from 127.0.0.2;
    real_ip_header X-Forwarded-For;
    trestle_query db me.sql;
  }
  location / { trestle_pages db pages; }
}
server {
  listen @port2@ ssl;
  listen unix:@folder@/outside.sock;
  ssl_certificate tls.crt;
  ssl_certificate_key tls.key;
  location / {
    proxy_pass http://@port@;
    proxy_bind 127.0.0.2;
    proxy_http_version 1.1;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Proto https;
    proxy_set_header X-Forwarded-Host shop.example;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $http_connection;
  }
}
server {
  listen unix:@folder@/app.sock;
  root dist;
  location /api/ { trestle_rest db schema=api; }
  location / { try_files $uri /index.html; }
}
)";

class Proxy : public ServerTest {
 protected:
  void SetUp() override {
    sql("create schema api; create table api.thing (id int primary key);"
        "grant usage on schema api to web_anon;"
        "grant select on api.thing to web_anon;");
    NginxServer& n = nginx();
    n.file("session.key", std::string(64, '5') + "\n");
    const TempFolder& folder = n.folder();
    ASSERT_EQ(
        run_program({"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
                     "-days", "2", "-subj", "/CN=localhost", "-keyout",
                     folder.path("tls.key"), "-out", folder.path("tls.crt")})
            .exit_code,
        0);
    n.file("me.sql",
           "-- @one\nselect :claims.sub as sub, :var.remote_addr as "
           "address");
    n.file("login.sql",
           "-- @post\n-- @session\n-- @one login\n"
           "select 'web_anon' as role, 'ann' as sub;");
    n.file("change.sql", "-- @post\n-- @value\nselect :claims.sub::text;");
    n.file("pages/index.html", "<p>{{ request.scheme }}://{{ request.host }}");
    n.file("pages/go.sql", "-- @post\n-- @redirect /there\nselect 1;");
    start(kServer);
  }

  [[nodiscard]] CurlResponse outside(const std::string& target,
                                     const CurlOptions& options = {}) {
    return curl("https://127.0.0.1:" + std::to_string(nginx().port2()) + target,
                options);
  }

  // A session cookie as a browser behind the proxy has it.
  std::string log_in() {
    const std::string set =
        outside("/login", {.method = "POST"}).header("Set-Cookie");
    return set.substr(0, set.find(';'));
  }
};

TEST_F(Proxy, cookies_are_those_of_a_tls_site) {
  const std::string set =
      outside("/login", {.method = "POST"}).header("Set-Cookie");
  EXPECT_TRUE(set.starts_with("__Host-trestle=")) << set;
  EXPECT_NE(set.find("; Secure"), std::string::npos) << set;
  const std::string cookie = set.substr(0, set.find(';'));
  EXPECT_NE(outside("/me", {.headers = {{"Cookie", cookie}}})
                .body.find(R"("sub":"ann")"),
            std::string::npos);
  const std::string plain =
      nginx().request("POST", "/login").header("Set-Cookie");
  EXPECT_TRUE(plain.starts_with("trestle=")) << plain;
  EXPECT_EQ(plain.find("Secure"), std::string::npos) << plain;
}

TEST_F(Proxy, the_own_origin_is_the_one_outside) {
  const std::string cookie = log_in();
  auto change = [&](const char* origin) {
    return outside("/change",
                   {.method = "POST",
                    .headers = {{"Cookie", cookie}, {"Origin", origin}}})
        .body;
  };
  EXPECT_EQ(change("https://shop.example"), "\"ann\"");
  EXPECT_EQ(change("https://shop.example:443"), "\"ann\"");
  EXPECT_EQ(change("http://shop.example"), "null");
  EXPECT_EQ(change("https://evil.example"), "null");
}

TEST_F(Proxy, anybody_else_can_say_what_he_likes) {
  for (const Headers& forged : {Headers{{"X-Forwarded-Proto", "https"}},
                                Headers{{"X-Forwarded-Proto", "https"},
                                        {"X-Forwarded-Host", "evil.example"},
                                        {"X-Forwarded-For", "127.0.0.2"}}}) {
    const Response login = nginx().request("POST", "/login", forged);
    EXPECT_TRUE(login.header("Set-Cookie").starts_with("trestle="));
    EXPECT_EQ(nginx().get("/", forged).body, "<p>http://localhost");
  }
  // Also through the proxy: it adds its own words behind the visitor's.
  EXPECT_EQ(
      outside("/", {.headers = {{"X-Forwarded-Host", "evil.example"}}}).body,
      "<p>https://shop.example");
}

TEST_F(Proxy, descriptions_and_redirects_lead_outside) {
  const std::string api = outside("/api/").body;
  EXPECT_NE(api.find(R"("host":"shop.example")"), std::string::npos) << api;
  EXPECT_NE(api.find(R"("schemes":["https"])"), std::string::npos) << api;
  const CurlResponse moved = outside(
      "/go",
      {.method = "POST", .headers = {{"Origin", "https://shop.example"}}});
  EXPECT_EQ(moved.status, 303) << moved.body;
  EXPECT_EQ(moved.header("Location"), "/there");
}

TEST_F(Proxy, upgrades_pass_and_foreign_ones_do_not) {
  for (const auto& [origin, status] :
       {std::pair{"https://shop.example", 101},
        std::pair{"http://shop.example", 403},
        std::pair{"https://evil.example", 403}}) {
    HttpClient client(Address{.path = nginx().folder().path("outside.sock")});
    ASSERT_TRUE(client.connect());
    ASSERT_TRUE(client.send(
        request_text("GET", "/echo",
                     {{"Upgrade", "websocket"},
                      {"Connection", "Upgrade"},
                      {"Sec-WebSocket-Version", "13"},
                      {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                      {"Origin", origin}})));
    const std::string line = client.read_some(12);
    EXPECT_EQ(line, "HTTP/1.1 " + std::to_string(status)) << origin;
  }
}

TEST_F(Proxy, a_single_page_application_stands_beside_the_api) {
  nginx().file("dist/index.html", "<div id=app></div>");
  nginx().file("dist/assets/app.js", "start()");
  HttpClient client(Address{.path = nginx().folder().path("app.sock")});
  EXPECT_EQ(client.get("/").body, "<div id=app></div>");
  EXPECT_EQ(client.get("/orders/7").body, "<div id=app></div>");
  EXPECT_EQ(client.get("/assets/app.js").body, "start()");
  EXPECT_EQ(client.get("/api/thing").body, "[]");
}

TEST_F(Proxy, the_visitors_address_is_realips_affair) {
  const CurlResponse answer = outside("/real/");
  EXPECT_NE(answer.body.find(R"("address":"127.0.0.1")"), std::string::npos)
      << answer.body;
  // The proxy is still known by its own address.
  EXPECT_NE(nginx().get("/me").body.find(R"("address":"127.0.0.1")"),
            std::string::npos);
}

TEST_F(Proxy, what_is_for_developers_stays_on_their_machine) {
  const Headers sql_please = {{"Accept", "application/sql"}};
  const Response shown = nginx().get("/api/thing", sql_please);
  EXPECT_EQ(shown.header("Content-Type"), "application/sql; charset=utf-8");
  EXPECT_NE(
      outside("/api/thing", {.headers = sql_please}).header("Content-Type"),
      "application/sql; charset=utf-8");
  for (const char* mark :
       {"X-Forwarded-For", "X-Real-IP", "Forwarded", "Via"}) {
    Headers headers = sql_please;
    headers.emplace_back(mark, "203.0.113.9");
    EXPECT_NE(nginx().get("/api/thing", headers).header("Content-Type"),
              "application/sql; charset=utf-8")
        << mark;
  }
}

}  // namespace
}  // namespace trestle::testing
