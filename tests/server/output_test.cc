// How answers and bodies travel: framing, methods, protocols, buffers, limits.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <fstream>

#include "support/curl_client.h"
#include "support/load.h"
#include "support/server_test.h"

namespace trestle::testing {
namespace {

class Output : public ServerTest {
 protected:
  void SetUp() override {
    nginx().file("sql/one.sql", "-- @one\nselect 1 as one");
    nginx().file("sql/rows.sql",
                 "select g, repeat('x', :width::int) as t "
                 "from generate_series(1, :n::int) g");
    nginx().file("sql/echo.sql",
                 "-- @post\n-- @one\n"
                 "select length(:body::text) as length, "
                 "md5(:body::text) as md5");
    nginx().file("sql/late.sql",
                 "select 1 / (:n::int - g) as x "
                 "from generate_series(1, 100000) g");
    nginx().file("sql/facts.sql",
                 "-- @one\nselect :tenant as tenant, :id as id, "
                 ":var.request_uri as uri, :header.x_a as a");
  }

  void start_with(std::string_view locations, std::string_view more = {}) {
    std::string text =
        "trestle_database shop { primary \"@postgres@\"; "
        "anonymous_role web_anon; pool_size 4; }\n";
    text.append(more).append("server { listen @port@; listen @port2@ http2;\n");
    text.append(locations).append("}");
    start(text);
  }
};

std::string rows_text(int n, int width) {
  std::string text = "[";
  for (int i = 1; i <= n; i++) {
    if (i > 1) text += ",";
    text += "{\"g\":" + std::to_string(i) + ",\"t\":\"" +
            std::string(static_cast<std::size_t>(width), 'x') + "\"}";
  }
  return text + "]";
}

constexpr const char* kLocations = R"(
  location = /one { trestle_query shop sql/one.sql; }
  location = /rows { trestle_query shop sql/rows.sql; }
  location = /late { trestle_query shop sql/late.sql; }
  location = /echo { trestle_query shop sql/echo.sql; }
)";

TEST_F(Output, a_small_answer_has_its_length_and_a_large_one_chunks) {
  start_with(kLocations);
  HttpClient client(nginx().address());
  Response small = client.get("/one");
  EXPECT_EQ(small.status, 200);
  EXPECT_EQ(small.body, "{\"one\":1}");
  EXPECT_EQ(small.header("Content-Length"), "9");
  EXPECT_EQ(small.header("Content-Type"), "application/json; charset=utf-8");
  Response large = client.get("/rows?n=5000&width=40");
  EXPECT_EQ(large.status, 200);
  EXPECT_EQ(large.body, rows_text(5000, 40));
  EXPECT_EQ(large.header("Transfer-Encoding"), "chunked");
  EXPECT_EQ(client.get("/one").body, "{\"one\":1}");
}

TEST_F(Output, answers_around_the_size_of_a_buffer_are_whole) {
  start_with(kLocations, "trestle_buffer_size 1k;");
  HttpClient client(nginx().address());
  for (int width = 990; width < 1030; width++) {
    const std::string target = "/rows?n=1&width=" + std::to_string(width);
    EXPECT_EQ(client.get(target).body, rows_text(1, width)) << width;
  }
}

TEST_F(Output, head_has_the_headers_of_get_and_no_body) {
  start_with(kLocations);
  HttpClient client(nginx().address());
  Response head = client.request("HEAD", "/one");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("Content-Length"), "9");
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(client.request("HEAD", "/rows?n=5000&width=40").status, 200);
  EXPECT_EQ(client.get("/one").body, "{\"one\":1}");
}

TEST_F(Output, http_1_0_closes_after_an_answer_without_length) {
  start_with(kLocations);
  HttpClient client(nginx().address());
  ASSERT_TRUE(client.connect());
  ASSERT_TRUE(client.send("GET /rows?n=5000&width=40 HTTP/1.0\r\n\r\n"));
  Response answer = client.read_response();
  EXPECT_EQ(answer.body, rows_text(5000, 40));
  EXPECT_FALSE(answer.has("Transfer-Encoding"));
}

TEST_F(Output, pipelined_requests_are_answered_in_order) {
  start_with(kLocations);
  HttpClient client(nginx().address());
  ASSERT_TRUE(client.connect());
  std::string all;
  for (int n = 1; n <= 20; n++)
    all += request_text("GET", "/rows?width=1&n=" + std::to_string(n));
  ASSERT_TRUE(client.send(all));
  for (int n = 1; n <= 20; n++)
    EXPECT_EQ(client.read_response().body, rows_text(n, 1)) << n;
}

// A certificate that nobody knows, in the server's folder.
void make_certificate(const NginxServer& server) {
  const std::string key = server.folder().path("tls.key");
  const std::string certificate = server.folder().path("tls.crt");
  const std::string command =
      "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost "
      "-keyout " +
      key + " -out " + certificate + " 2>/dev/null && chmod a+r " + key;
  ASSERT_EQ(std::system(command.c_str()), 0);
}

TEST_F(Output, http_2_carries_small_and_large_answers_at_once) {
  make_certificate(nginx());
  start(R"(
trestle_database shop { primary "@postgres@"; anonymous_role web_anon; }
server {
  listen @port@ ssl http2;
  ssl_certificate tls.crt;
  ssl_certificate_key tls.key;
  location = /one { trestle_query shop sql/one.sql; }
  location = /rows { trestle_query shop sql/rows.sql; }
  location = /echo { trestle_query shop sql/echo.sql; }
})");
  const std::string root =
      "https://127.0.0.1:" + std::to_string(nginx().port());
  std::vector<std::string> urls;
  for (int i = 0; i < 10; i++) {
    urls.push_back(root + "/one");
    urls.push_back(root + "/rows?n=3000&width=100");
  }
  std::vector<CurlResponse> answers =
      curl_all(urls, {.version = HttpVersion::two});
  ASSERT_EQ(answers.size(), urls.size());
  for (std::size_t i = 0; i < answers.size(); i++) {
    EXPECT_EQ(answers[i].version, 2) << answers[i].error;
    const std::string expected =
        i % 2 == 0 ? "{\"one\":1}" : rows_text(3000, 100);
    EXPECT_TRUE(answers[i].body == expected)
        << answers[i].status << " " << answers[i].body.size();
  }
  CurlResponse posted =
      curl(root + "/echo", {.version = HttpVersion::two,
                            .method = "POST",
                            .headers = {{"Content-Type", "text/plain"}},
                            .body = std::string(100'000, 'a')});
  EXPECT_EQ(posted.status, 200) << posted.body;
  EXPECT_NE(posted.body.find("\"length\":100000"), std::string::npos);
}

// --- bodies ------------------------------------------------------------------

const Headers kText = {{"Content-Type", "text/plain"}};

TEST_F(Output, bodies_of_every_size_arrive_whole) {
  start_with(kLocations, "client_max_body_size 4m;");
  HttpClient client(nginx().address());
  for (std::size_t size : {1u, 1000u, 16'000u, 17'000u, 70'000u, 3'000'000u}) {
    Response answer =
        client.request("POST", "/echo", kText, std::string(size, 'a'));
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_NE(answer.body.find("\"length\":" + std::to_string(size) + ","),
              std::string::npos)
        << size;
  }
}

TEST_F(Output, a_body_may_come_byte_by_byte_or_in_chunks) {
  start_with(kLocations);
  HttpClient client(nginx().address());
  ASSERT_TRUE(client.connect());
  ASSERT_TRUE(
      client.send_bytewise(request_text("POST", "/echo", kText, "hello")));
  Response slow = client.read_response();
  EXPECT_NE(slow.body.find("5d41402abc4b2a76b9719d911017c592"),
            std::string::npos)
      << slow.body;
  ASSERT_TRUE(client.send_bytewise(
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
      "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"));
  EXPECT_EQ(client.read_response().body, slow.body);
}

TEST_F(Output, a_body_is_asked_for_when_the_client_expects_it) {
  start_with(kLocations);
  HttpClient client(nginx().address());
  ASSERT_TRUE(client.connect());
  ASSERT_TRUE(client.send(
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
      "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n"));
  EXPECT_EQ(client.read_some(1000).substr(0, 12), "HTTP/1.1 100");
  ASSERT_TRUE(client.send("hello"));
  EXPECT_EQ(client.read_response().status, 200);
}

TEST_F(Output, a_body_that_is_too_large_is_413_in_json) {
  start_with(kLocations, "client_max_body_size 10k;");
  Response known =
      nginx().request("POST", "/echo", kText, std::string(20'000, 'a'));
  EXPECT_EQ(known.status, 413);
  EXPECT_NE(known.body.find("\"code\":\"TRS413\""), std::string::npos)
      << known.body;
  HttpClient client(nginx().address());
  ASSERT_TRUE(client.connect());
  ASSERT_TRUE(client.send(
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
      "Transfer-Encoding: chunked\r\n\r\n4e20\r\n" +
      std::string(20'000, 'a')));
  Response chunked = client.read_response();
  EXPECT_EQ(chunked.status, 413);
  EXPECT_NE(chunked.body.find("\"code\":\"TRS413\""), std::string::npos)
      << chunked.body;
}

TEST_F(Output, a_body_that_takes_too_long_is_408_and_the_end) {
  start_with(kLocations, "trestle_body_timeout 300ms;");
  HttpClient client(nginx().address());
  ASSERT_TRUE(client.connect());
  ASSERT_TRUE(client.send(
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
      "Content-Length: 500\r\n\r\nabc"));
  Response answer = client.read_response();
  EXPECT_EQ(answer.status, 408);
  EXPECT_NE(answer.body.find("\"code\":\"TRS082\""), std::string::npos)
      << answer.body;
  EXPECT_FALSE(answer.keep_alive);
  EXPECT_EQ(nginx().get("/one").status, 200);
}

// --- limits and late errors --------------------------------------------------

TEST_F(Output, an_error_in_the_middle_breaks_the_connection) {
  start_with(kLocations);
  HttpClient client(nginx().address());
  Response early = client.get("/late?n=5");
  EXPECT_EQ(early.status, 400) << early.body;
  EXPECT_NE(early.body.find("22012"), std::string::npos) << early.body;
  EXPECT_EQ(client.get("/late?n=90000").status, 0);
  EXPECT_EQ(client.get("/one").status, 200);
}

TEST_F(Output, an_error_in_the_middle_resets_http_1_0_and_http_2) {
  start_with(kLocations);
  HttpClient client(nginx().address());
  ASSERT_TRUE(client.connect());
  ASSERT_TRUE(client.send("GET /late?n=90000 HTTP/1.0\r\n\r\n"));
  std::string all;
  for (std::string piece; !(piece = client.read_some(65536)).empty();)
    all += piece;
  int problem = 0;
  socklen_t size = sizeof problem;
  getsockopt(client.fd(), SOL_SOCKET, SO_ERROR, &problem, &size);
  EXPECT_EQ(all.find("}]"), std::string::npos);
  CurlResponse two = curl(
      "http://127.0.0.1:" + std::to_string(nginx().port2()) + "/late?n=90000",
      {.version = HttpVersion::two_prior_knowledge});
  EXPECT_EQ(two.status, 0);
  EXPECT_NE(two.error, "");
}

TEST_F(Output, an_answer_above_trestle_max_result_is_refused) {
  start_with(kLocations, "trestle_max_result 5m;");
  HttpClient client(nginx().address());
  EXPECT_EQ(client.get("/rows?n=40000&width=100").status, 200);
  EXPECT_EQ(client.get("/rows?n=100000&width=100").status, 0);
}

TEST_F(Output, an_answer_above_trestle_max_result_in_one_buffer_is_500) {
  start_with(kLocations, "trestle_max_result 1k;");
  Response answer = nginx().get("/rows?n=100&width=50");
  EXPECT_EQ(answer.status, 500);
  EXPECT_NE(answer.body.find("\"code\":\"TRS081\""), std::string::npos)
      << answer.body;
}

int resident_kb(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind("VmRSS:", 0) == 0) return std::atoi(line.c_str() + 6);
  return 0;
}

TEST_F(Output, a_million_rows_to_a_slow_reader_cost_less_than_a_megabyte) {
  start_with(kLocations);
  EXPECT_EQ(nginx().get("/rows?n=20000&width=100").status, 200);  // warm
  ASSERT_TRUE(nginx().wait_for_log("loaded"));
  EXPECT_EQ(nginx().get("/one").status, 200);
  const pid_t worker = nginx().workers().at(0);
  [[maybe_unused]] const int before = resident_kb(worker);
  HttpClient client(nginx().address());
  ASSERT_TRUE(client.connect());
  ASSERT_TRUE(client.send(request_text("GET", "/rows?n=1000000&width=100")));
  // The reader takes a little, then nothing: the server must stop, not grow.
  std::size_t taken = 0;
  for (int i = 0; i < 50; i++) taken += client.read_some(4096).size();
  EXPECT_GT(taken, 0u);
  int most = 0;
  for (int i = 0; i < 20; i++) {
    most = std::max(most, resident_kb(worker));
    static_cast<void>(client.read_some(16'384));
    EXPECT_EQ(nginx().get("/one").status, 200);
  }
#ifndef TRESTLE_PRELOAD
  EXPECT_LT(most - before, 1024);
#endif
  // And all of it comes when the reader wants it.
  std::size_t rest = 0;
  for (std::string piece; !(piece = client.read_some(1 << 20)).empty();) {
    rest += piece.size();
    if (piece.ends_with("\r\n0\r\n\r\n")) break;
  }
  EXPECT_GT(taken + rest, 118'000'000u);
}

// --- what a request brings ---------------------------------------------------

TEST_F(Output, parameters_come_from_params_captures_variables_and_headers) {
  start_with(R"(
  location ~ ^/facts/(?<id>\d+)$ {
    trestle_param tenant "t-$http_x_tenant";
    trestle_query shop sql/facts.sql;
  })");
  Response answer = nginx().get("/facts/12?tenant=evil&id=13",
                                {{"X-Tenant", "a"}, {"X-A", "b"}});
  EXPECT_EQ(answer.body,
            "{\"tenant\":\"t-a\",\"id\":\"12\","
            "\"uri\":\"/facts/12?tenant=evil&id=13\",\"a\":\"b\"}");
}

// --- nginx's own ways --------------------------------------------------------

TEST_F(Output, subrequests_ssi_and_auth_request_work) {
  nginx().file("html/page.html",
               "<a><!--# include virtual=\"/one\" -->"
               "<!--# include virtual=\"/rows?n=3000&width=50\" -->"
               "<!--# include virtual=\"/one\" --></a>");
  nginx().file("html/guarded.html", "guarded");
  nginx().file("html/closed.html", "closed");
  nginx().file("sql/none.sql", "-- @one\n-- @status 403\nselect 1 as one");
  start_with(std::string(kLocations) + R"(
  location = /page.html { root html; ssi on; }
  location = /guarded.html { auth_request /one; root html; }
  location = /closed.html { auth_request /none; root html; }
  location = /none { internal; trestle_query shop sql/none.sql; }
  location = /missing { trestle_query shop sql/one.sql; internal; }
)");
  Response page = nginx().get("/page.html");
  EXPECT_EQ(page.body,
            "<a>{\"one\":1}" + rows_text(3000, 50) + "{\"one\":1}</a>");
  // nginx takes the status of the subrequest for yes or no.
  EXPECT_EQ(nginx().get("/guarded.html").body, "guarded");
  EXPECT_EQ(nginx().get("/closed.html").status, 403);
}

TEST_F(Output, internal_redirects_and_error_pages_reach_a_handler) {
  start_with(std::string(kLocations) + R"(
  location = /moved { rewrite ^ /one last; }
  location = /gone { error_page 410 /one; return 410; }
  location = /gone_ok { error_page 410 =200 /one; return 410; }
)");
  EXPECT_EQ(nginx().get("/moved").body, "{\"one\":1}");
  Response gone = nginx().get("/gone");
  EXPECT_EQ(gone.status, 410);
  EXPECT_EQ(gone.body, "{\"one\":1}");
  EXPECT_EQ(nginx().get("/gone_ok").status, 200);
}

TEST_F(Output, if_and_limit_except_keep_the_handler) {
  start_with(R"(
  location = /one {
    trestle_query shop sql/one.sql;
    if ($arg_x) { set $y 1; }
    limit_except GET { deny all; }
  })");
  EXPECT_EQ(nginx().get("/one").body, "{\"one\":1}");
  EXPECT_EQ(nginx().get("/one?x=1").body, "{\"one\":1}");
  EXPECT_EQ(nginx().request("POST", "/one").status, 403);
}

TEST_F(Output, gzip_and_etags_of_others_are_left_alone) {
  start_with(kLocations,
             "gzip on; gzip_types application/json; "
             "gzip_min_length 1;");
  Response answer =
      nginx().get("/rows?n=2000&width=50", {{"Accept-Encoding", "gzip"}});
  EXPECT_EQ(answer.header("Content-Encoding"), "gzip");
  EXPECT_LT(answer.body.size(), 50'000u);
}

}  // namespace
}  // namespace trestle::testing
