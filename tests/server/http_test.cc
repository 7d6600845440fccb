// What nginx promises of every handler must hold for ours: framing, pipelining,
// bodies in any pieces, HTTP/2, subrequests, error pages.
#include <gtest/gtest.h>

#include "support/curl_client.h"
#include "support/server_test.h"

namespace trestle::testing {
namespace {

constexpr const char* kDatabase = R"(
trestle_database db { primary "@postgres@"; pool_size 2; }
)";

class Http : public ServerTest {
 protected:
  void SetUp() override {
    NginxServer& n = nginx();
    n.file("echo.sql", "-- @post\n-- @value\nselect length(:text);");
    n.file("number.sql", "-- @value\nselect :n::int;");
    n.file("rows.sql",
           "-- @many\nselect i, repeat('x', 100) as t "
           "from generate_series(1, :n::int) i;");
    n.file("slow.sql", "-- @value\nselect 1 from pg_sleep(:s::float);");
  }

  void start_with(std::string_view locations,
                  std::string_view listen = "listen @port@;") {
    start(std::string(kDatabase) + "server { " + std::string(listen) +
          "\nlocation /n { trestle_query db number.sql; }"
          "\nlocation /rows { trestle_query db rows.sql; }"
          "\nlocation /slow { trestle_query db slow.sql; }"
          "\nlocation /echo { trestle_query db echo.sql; "
          "client_max_body_size 8m; }\n" +
          std::string(locations) + "}");
  }
};

TEST_F(Http, keeps_connections_alive_and_answers_a_pipeline_in_order) {
  start_with("");
  HttpClient client(nginx().address());
  for (int i = 0; i < 20; i++)
    EXPECT_EQ(client.get("/n?n=" + std::to_string(i)).body, std::to_string(i));
  std::string pipeline;
  for (int i = 0; i < 50; i++)
    pipeline += request_text("GET", "/n?n=" + std::to_string(i));
  ASSERT_TRUE(client.send(pipeline));
  for (int i = 0; i < 50; i++)
    ASSERT_EQ(client.read_response().body, std::to_string(i));
}

TEST_F(Http, takes_a_request_byte_by_byte) {
  start_with("");
  HttpClient client(nginx().address());
  ASSERT_TRUE(client.connect());
  ASSERT_TRUE(client.send_bytewise(
      request_text("POST", "/echo", {{"Content-Type", "application/json"}},
                   R"({"text":"abcdef"})")));
  EXPECT_EQ(client.read_response().body, "6");
  ASSERT_TRUE(client.send_bytewise(request_text(
      "POST", "/echo",
      {{"Content-Type", "application/json"}, {"Transfer-Encoding", "chunked"}},
      "5\r\n{\"tex\r\nB\r\nt\":\"abcdef\"\r\n1\r\n}\r\n"
      "0\r\n\r\n")));
  EXPECT_EQ(client.read_response().body, "6");
}

TEST_F(Http, reads_large_bodies_from_memory_and_from_a_file) {
  start_with("");
  HttpClient client(nginx().address());
  for (const std::size_t size :
       {10UL, 8'000UL, 16'384UL, 70'000UL, 4'000'000UL}) {
    const std::string body = "{\"text\":\"" + std::string(size, 'y') + "\"}";
    EXPECT_EQ(client
                  .request("POST", "/echo",
                           {{"Content-Type", "application/json"}}, body)
                  .body,
              std::to_string(size));
  }
  EXPECT_EQ(
      client
          .request("POST", "/echo", {{"Content-Type", "application/json"}},
                   std::string(9'000'000, 'y'))
          .status,
      413);
}

TEST_F(Http, sends_100_continue_when_asked) {
  start_with("");
  HttpClient client(nginx().address());
  ASSERT_TRUE(client.connect());
  const std::string body = R"({"text":"abc"})";
  ASSERT_TRUE(client.send(
      request_text("POST", "/echo",
                   {{"Content-Type", "application/json"},
                    {"Expect", "100-continue"},
                    {"Content-Length", std::to_string(body.size())}})));
  EXPECT_EQ(client.read_some(25), "HTTP/1.1 100 Continue\r\n\r\n");
  ASSERT_TRUE(client.send(body));
  EXPECT_EQ(client.read_response().body, "3");
}

TEST_F(Http, answers_http_1_0_and_head_without_a_body) {
  start_with("");
  HttpClient client(nginx().address());
  ASSERT_TRUE(client.connect());
  ASSERT_TRUE(client.send("GET /rows?n=1000 HTTP/1.0\r\n\r\n"));
  const Response old = client.read_response();
  EXPECT_FALSE(old.has("Transfer-Encoding"));
  EXPECT_GT(old.body.size(), 100'000u);
  EXPECT_EQ(nginx().request("HEAD", "/rows?n=1000").body, "");
  EXPECT_EQ(nginx().request("HEAD", "/rows?n=0").status, 200);
}

TEST_F(Http, speaks_http_2_without_tls) {
  start_with("", "listen @port@ http2;");
  const std::string base = "http://127.0.0.1:" + std::to_string(nginx().port());
  const CurlResponse got =
      curl(base + "/n?n=5", {.version = HttpVersion::two_prior_knowledge});
  EXPECT_EQ(got.body, "5") << got.error;
  EXPECT_EQ(got.version, 2);
  const CurlResponse posted =
      curl(base + "/echo",
           {.version = HttpVersion::two_prior_knowledge,
            .method = "POST",
            .headers = {{"Content-Type", "application/json"}},
            .body = "{\"text\":\"" + std::string(300'000, 'z') + "\"}"});
  EXPECT_EQ(posted.body, "300000") << posted.error;
  EXPECT_GT(
      curl(base + "/rows?n=5000", {.version = HttpVersion::two_prior_knowledge})
          .body.size(),
      500'000u);
}

TEST_F(Http, speaks_http_2_over_tls) {
  const Finished made = run_program(
      {"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
       "-subj", "/CN=localhost", "-keyout", nginx().folder().path("key.pem"),
       "-out", nginx().folder().path("cert.pem")});
  ASSERT_EQ(made.exit_code, 0) << made.output;
  start_with("",
             "listen @port@ ssl http2;\nssl_certificate cert.pem;\n"
             "ssl_certificate_key key.pem;");
  const std::string base =
      "https://127.0.0.1:" + std::to_string(nginx().port());
  for (const HttpVersion version : {HttpVersion::one, HttpVersion::two}) {
    EXPECT_EQ(curl(base + "/n?n=7", {.version = version}).body, "7");
    EXPECT_GT(curl(base + "/rows?n=5000", {.version = version}).body.size(),
              500'000u);
  }
  std::vector<std::string> urls;
  for (int i = 0; i < 30; i++)
    urls.push_back(base + "/n?n=" + std::to_string(i));
  const auto responses = curl_all(urls, {.version = HttpVersion::two});
  for (int i = 0; i < 30; i++) {
    const CurlResponse& response = responses[static_cast<std::size_t>(i)];
    EXPECT_EQ(response.body, std::to_string(i)) << response.error;
    EXPECT_EQ(response.version, 2);
  }
}

TEST_F(Http, is_included_as_a_subrequest) {
  nginx().file("page/index.html",
               "<p><!--#include virtual=\"/n?n=5\" -->,"
               "<!--#include virtual=\"/rows?n=2\" --></p>");
  start_with(R"(
location / { root page; ssi on; }
)");
  const Response response = nginx().get("/index.html");
  const std::string t(100, 'x');
  EXPECT_EQ(response.body, "<p>5,[{\"i\":1,\"t\":\"" + t +
                               "\"},{\"i\":2,\"t\":\"" + t + "\"}]</p>");
}

TEST_F(Http, answers_auth_request) {
  nginx().file("allowed.sql",
               "-- @status 204\n-- @exec\n"
               "select 1 / (coalesce(:header.x_key, 'no') = 'yes')::int;");
  start_with(R"(
location = /check { internal; trestle_query db allowed.sql; }
location /secret { auth_request /check; error_page 500 =403 /no;
                   return 200 "never reached"; }
location = /guarded { auth_request /check; try_files /none @ok; }
location @ok { return 200 "in"; }
)");
  EXPECT_EQ(nginx().get("/guarded", {{"X-Key", "yes"}}).body, "in");
  EXPECT_EQ(nginx().get("/guarded", {{"X-Key", "no"}}).status, 500);
  nginx().allow("auth request unexpected status");
}

TEST_F(Http, leaves_error_pages_to_nginx) {
  nginx().file("missing.sql", "-- @one\nselect 1 as a where false;");
  start_with(R"(
location = /gone { trestle_query db missing.sql; error_page 404 /n?n=404; 
                   }
location = /named { trestle_query db missing.sql; error_page 404 = @other; }
location @other { return 200 "other"; }
)");
  EXPECT_EQ(nginx().get("/gone").status, 404);
  EXPECT_EQ(nginx().get("/n?n=1").body, "1");
}

TEST_F(Http, follows_internal_redirects_into_a_handler) {
  start_with(R"(
location = /rewritten { rewrite ^ /n?n=11 last; }
location = /tried { try_files /none /n?n=12; }
location = /page { error_page 418 = /n?n=13; return 418; }
)");
  EXPECT_EQ(nginx().get("/rewritten").body, "11");
  EXPECT_EQ(nginx().get("/tried").body, "12");
  EXPECT_EQ(nginx().get("/page").body, "13");
}

TEST_F(Http, writes_nginx_errors_as_json_where_json_is_wanted) {
  start_with(R"(
trestle_json_errors on;
location = /forbidden { deny all; }
)");
  for (const auto& [target, status] : std::vector<std::pair<std::string, int>>{
           {"/unknown", 404}, {"/forbidden", 403}, {"/n?n=x", 400}}) {
    const Response response =
        nginx().get(target, {{"Accept", "application/json"}});
    EXPECT_EQ(response.status, status);
    EXPECT_TRUE(response.body.starts_with("{\"code\":\"")) << response.body;
    EXPECT_TRUE(
        response.header("Content-Type").starts_with("application/json"));
  }
  EXPECT_TRUE(nginx()
                  .get("/unknown", {{"Accept", "text/html,*/*;q=0.1"}})
                  .body.starts_with("<html>"));
  HttpClient client(nginx().address());
  ASSERT_TRUE(client.connect());
  ASSERT_TRUE(
      client.send("GET / HTTP/1.1\r\nAccept: application/json\r\n"
                  "bad header\r\n\r\n"));
  EXPECT_EQ(client.read_response().status, 400);
}

TEST_F(Http, answers_cross_origin_requests_of_listed_origins_only) {
  start_with(R"(
location /shared { trestle_query db number.sql;
  trestle_cors https://app.example credentials=on; }
location /open { trestle_query db number.sql; trestle_cors *; }
)");
  const Headers app = {{"Origin", "https://app.example"}};
  Response response = nginx().get("/shared?n=1", app);
  EXPECT_EQ(response.header("Access-Control-Allow-Origin"),
            "https://app.example");
  EXPECT_EQ(response.header("Access-Control-Allow-Credentials"), "true");
  EXPECT_NE(response.all("Vary").find("Origin"), std::string::npos);
  response = nginx().get("/shared?n=1", {{"Origin", "https://evil.example"}});
  EXPECT_FALSE(response.has("Access-Control-Allow-Origin"));
  EXPECT_NE(response.all("Vary").find("Origin"), std::string::npos);
  response = nginx().get("/open?n=1", app);
  EXPECT_EQ(response.header("Access-Control-Allow-Origin"), "*");
  EXPECT_FALSE(response.has("Access-Control-Allow-Credentials"));
  response =
      nginx().request("OPTIONS", "/shared",
                      {{"Origin", "https://app.example"},
                       {"Access-Control-Request-Method", "POST"},
                       {"Access-Control-Request-Headers", "content-type"}});
  EXPECT_EQ(response.status / 100, 2);
  EXPECT_NE(response.header("Access-Control-Allow-Methods").find("POST"),
            std::string::npos);
  EXPECT_EQ(backends(), 1);
}

TEST_F(Http, gives_up_on_a_body_that_never_ends) {
  start_with(R"(
location /patient { trestle_query db echo.sql; trestle_body_timeout 300ms; }
)");
  HttpClient client(nginx().address());
  ASSERT_TRUE(client.connect());
  ASSERT_TRUE(client.send(request_text(
      "POST", "/patient",
      {{"Content-Type", "application/json"}, {"Content-Length", "1000"}})));
  const Clock::time_point start = Clock::now();
  Response response;
  while (response.status == 0 && elapsed_ms(start) < 5'000) {
    if (!client.send("x")) break;
    response = client.read_response(false, Milliseconds(20));
  }
  EXPECT_EQ(response.status, 408);
  EXPECT_LT(elapsed_ms(start), 2'000);
  EXPECT_EQ(backends(), 0) << "a connection was taken for an unread body";
}

TEST_F(Http, logs_what_the_database_did) {
  start(std::string(kDatabase) + R"(
log_format trestle '$status [$trestle_role] $trestle_rows $trestle_sqlstate '
                   '$trestle_db_time';
server {
  listen @port@;
  access_log facts.log trestle;
  location /rows { trestle_query db rows.sql; }
  location /n { trestle_query db number.sql; }
})");
  EXPECT_EQ(nginx().get("/rows?n=7").status, 200);
  EXPECT_EQ(nginx().get("/n?n=x").status, 400);
  ASSERT_TRUE(wait_until([this] {
    return nginx().folder().read("facts.log").find("22P02") !=
           std::string::npos;
  })) << nginx().folder().read("facts.log");
  EXPECT_NE(nginx().folder().read("facts.log").find("200 [] 7 - 0."),
            std::string::npos)
      << nginx().folder().read("facts.log");
}

TEST_F(Http, logs_the_code_of_every_error) {
  sql("create schema api; grant usage on schema api to web_anon");
  nginx().file("site/index.html", "Welcome");
  start(std::string(kDatabase) + R"(
log_format code '$uri=$trestle_error;';
server {
  listen @port@;
  trestle_json_errors on;
  access_log codes.log code;
  location = /rows { trestle_query db rows.sql; }
  location = /n { trestle_query db number.sql; }
  location /api/ { trestle_rest db schema=api; }
  location = /graphql { trestle_graphql db schema=api; }
  location = /live { trestle_live db; }
  location /site/ { trestle_pages db site; }
})");
  EXPECT_EQ(nginx().get("/rows?n=7").status, 200);
  EXPECT_EQ(nginx().get("/n?n=x").status, 400);
  EXPECT_EQ(nginx().request("PUT", "/n").status, 405);
  EXPECT_EQ(nginx().get("/api/nothing").status, 404);
  EXPECT_EQ(nginx().get("/graphql?query=%7Bx%7D").status, 200);
  EXPECT_EQ(nginx().get("/live").status, 426);
  EXPECT_EQ(nginx().get("/site/none").status, 404);
  const std::string_view codes =
      "/rows=-;\n/n=22P02;\n/n=TRS107;\n/api/nothing=PGRST205;\n"
      "/graphql=validation-failed;\n/live=TRS600;\n"
      "/site/none=TRS211;\n";
  EXPECT_TRUE(wait_until([&] {
    return nginx().folder().read("codes.log") == codes;
  })) << nginx().folder().read("codes.log");
}

}  // namespace
}  // namespace trestle::testing
