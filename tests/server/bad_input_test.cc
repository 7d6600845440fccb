// What nobody should send: each is answered with a 4xx that is JSON, or the
// connection is closed; never a 5xx, a hang, or a word of the server's inside.
#include <gtest/gtest.h>

#include "support/server_test.h"
#include "support/token.h"

namespace trestle::testing {
namespace {

constexpr const char* kServer = R"(
trestle_database db {
  primary "@postgres@";
  pool_size 2;
  anonymous_role web_anon;
  jwt_secret "a secret of at least thirty-two bytes";
}
server {
  listen @port@;
  trestle_json_errors on;
  client_max_body_size 100k;
  location = /number { trestle_query db number.sql; }
  location = /text { trestle_query db text.sql; }
  location = /json { trestle_query db json.sql; }
})";

class BadInput : public ServerTest {
 protected:
  void SetUp() override {
    nginx().file("number.sql", "-- @value\nselect :n!::int;");
    nginx().file("text.sql", "-- @post\n-- @value\nselect :t!;");
    nginx().file("json.sql", "-- @post\n-- @value\nselect :j!::jsonb;");
    start(kServer);
  }

  void expect_refused(const Response& response) {
    EXPECT_GE(response.status, 400) << response.body;
    EXPECT_LT(response.status, 500) << response.body;
    EXPECT_TRUE(response.body.starts_with("{\"code\":\"")) << response.body;
    for (const char* inside : {"/tmp", "libpq", "postgres@", "module/"})
      EXPECT_EQ(response.body.find(inside), std::string::npos) << response.body;
  }

  Response post(std::string_view target, std::string_view body,
                std::string_view type = "application/json") {
    return nginx().request("POST", target,
                           {{"Content-Type", std::string(type)}}, body);
  }

  void TearDown() override {
    EXPECT_EQ(nginx().get("/number?n=1").body, "1");
    ServerTest::TearDown();
  }
};

TEST_F(BadInput, query_strings) {
  for (const char* target :
       {"/number", "/number?n=", "/number?n=x", "/number?n=1e99",
        "/number?n=2147483648", "/number?n=-2147483649", "/number?n=%",
        "/number?n=%zz", "/number?n=%00", "/number?n=1%00", "/number?n=%ff",
        "/number?n=%c3%28", "/number?n=%ed%a0%80", "/number?n=0x10x",
        "/number?n=1;drop", "/number?m=1", "/number?n[]=1"}) {
    SCOPED_TRACE(target);
    expect_refused(nginx().get(target));
  }
}

TEST_F(BadInput, bodies) {
  std::string deep = "{\"j\":";
  for (int i = 0; i < 20'000; i++) deep += '[';
  const std::vector<std::string> bodies = {"",
                                           "{",
                                           "[]",
                                           "1",
                                           "null",
                                           "\"t\"",
                                           "{\"t\":}",
                                           "{\"t\":1,}",
                                           "{'t':'1'}",
                                           "{\"t\":\"\\ud800\"}",
                                           "{\"t\":\"\xff\"}",
                                           "{\"t\":\"a\\u0000b\"}",
                                           "{\"t\":\"a\x01\"}",
                                           "{\"t\":\"1\"}x",
                                           "\xef\xbb\xbf{\"t\":}",
                                           deep,
                                           "{\"u\":\"1\"}",
                                           "{\"t\":null}"};
  for (const std::string& body : bodies) {
    SCOPED_TRACE(body.substr(0, 60));
    expect_refused(post("/text", body));
  }
  expect_refused(post("/json", deep + std::string(20'000, ']') + "}"));
  expect_refused(post("/json", R"({"j":"{"})"));
  for (const char* form : {"t=%zz", "t=%00", "t=%ff", "u=1", "="}) {
    SCOPED_TRACE(form);
    expect_refused(post("/text", form, "application/x-www-form-urlencoded"));
  }
  for (const char* type :
       {"text/plain", "application/xml", "multipart/form-data", "x", "/",
        "application/json; charset=latin1", ""}) {
    SCOPED_TRACE(type);
    const Response response = post("/text", "x", type);
    EXPECT_TRUE(response.status == 415 || response.status == 400)
        << response.status << response.body;
  }
  expect_refused(post("/text", std::string(200'000, 'x')));
}

TEST_F(BadInput, credentials) {
  const std::vector<std::string> tokens = {
      "",
      ".",
      "..",
      "...",
      "a.b",
      "a.b.c",
      "a.b.c.d",
      std::string(9'000, 'a'),
      base64url("{}") + "." + base64url("{}") + "." + base64url("x"),
      base64url("[]") + "." + base64url("{}") + ".",
      base64url(R"({"alg":"HS256","alg":"none"})") + "." + base64url("{}") +
          ".x",
      hs256_token("[]", "a secret of at least thirty-two bytes"),
      hs256_token("not json", "a secret of at least thirty-two bytes"),
      hs256_token(R"({"exp":1e400})", "a secret of at least thirty-two bytes"),
      hs256_token("{}", "a secret of at least thirty-two bytes",
                  R"({"alg":"HS256","crit":["b64"],"b64":false})")};
  for (const std::string& token : tokens) {
    SCOPED_TRACE(token.substr(0, 60));
    const Response response =
        nginx().get("/number?n=1", {{"Authorization", "Bearer " + token}});
    if (token.empty() && response.status == 200) continue;  // nothing was sent
    expect_refused(response);
  }
}

TEST_F(BadInput, raw_requests) {
  for (const char* text :
       {"GET\r\n\r\n", "GET /number?n=1\r\n\r\n", "GARBAGE\r\n\r\n",
        "GET /number?n=1 HTTP/9.9\r\nHost: a\r\n\r\n",
        "GET /number?n=1 HTTP/1.1\r\n\r\n",
        "GET /number?n=1 HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET /number?n=1 HTTP/1.1\r\nHost: a\r\nBad Header: x\r\n\r\n",
        "POST /text HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        "POST /text HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
        "Content-Length: 2\r\n\r\nx",
        "POST /text HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /text HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
        "POST /text HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        "\x16\x03\x01\x02\r\n\r\n",
        "GET /../../etc/passwd HTTP/1.1\r\n"
        "Host: a\r\n\r\n"}) {
    SCOPED_TRACE(text);
    HttpClient client(nginx().address());
    ASSERT_TRUE(client.connect());
    ASSERT_TRUE(client.send(text));
    const Response response = client.read_response(false, Milliseconds(5'000));
    EXPECT_TRUE(response.status == 0 || response.status / 100 == 4 ||
                response.status == 505 || response.status == 501)
        << response.status;
  }
}

}  // namespace
}  // namespace trestle::testing
