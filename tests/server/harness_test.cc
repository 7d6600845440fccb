// The harness itself, on an nginx without the module: what the other tests rely
// on.
#include <gtest/gtest.h>

#include "support/curl_client.h"
#include "support/fault_proxy.h"
#include "support/load.h"
#include "support/server_test.h"

namespace trestle::testing {
namespace {

constexpr const char* kPlain = R"(
server {
  listen @port@;
  location = /one { return 200 "1"; }
  location = /empty { return 204; }
  location /body { client_max_body_size 1m; return 200 "$request_uri"; }
})";

TEST(Harness, starts_reloads_and_stops_a_stock_nginx) {
  NginxServer server({.workers = 2, .module = false});
  server.start(kPlain);
  EXPECT_EQ(server.get("/one").body, "1");
  const std::vector<pid_t> before = server.workers();
  ASSERT_EQ(before.size(), 2u);
  server.reload();
  EXPECT_EQ(server.get("/one").body, "1");
  EXPECT_NE(server.workers(), before);
  EXPECT_TRUE(server.wait_for_log("reconfiguring"));
}

TEST(Harness, reads_answers_of_every_framing) {
  NginxServer server({.module = false});
  server.start(kPlain);
  HttpClient client(server.address());
  EXPECT_EQ(client.get("/one").body, "1");
  EXPECT_EQ(client.request("HEAD", "/one").header("Content-Length"), "1");
  EXPECT_EQ(client.get("/empty").status, 204);
  ASSERT_TRUE(client.send_bytewise(request_text("GET", "/body?x")));
  EXPECT_EQ(client.read_response().body, "/body?x");
  ASSERT_TRUE(
      client.send(request_text("GET", "/one") + request_text("GET", "/body") +
                  request_text("GET", "/one", {{"Connection", "close"}})));
  EXPECT_EQ(client.read_response().body, "1");
  EXPECT_EQ(client.read_response().body, "/body");
  EXPECT_EQ(client.read_response().body, "1");
  EXPECT_TRUE(client.wait_closed());
}

TEST(Harness, names_the_line_of_a_wrong_configuration) {
  NginxServer server({.module = false});
  const Finished result = server.check("\nserver {\n  listen nowhere:x;\n}\n");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_NE(result.output.find("test.conf:3"), std::string::npos)
      << result.output;
  server.allow("[emerg]");
}

TEST(Harness, sees_a_killed_worker) {
  NginxServer server({.module = false});
  server.start(kPlain);
  const pid_t victim = server.workers().at(0);
  kill(victim, SIGKILL);
  ASSERT_TRUE(wait_until([&] {
    const std::vector<pid_t> now = server.workers();
    return now.size() == 1 && now[0] != victim;
  }));
  server.allow("exited on signal 9");
  EXPECT_EQ(server.get("/one").body, "1");
}

TEST(Harness, loads_with_many_clients) {
  NginxServer server({.module = false});
  server.start(kPlain);
  Load load{.address = server.address(), .clients = 50};
  load.request = [](int, std::uint64_t) { return request_text("GET", "/one"); };
  int wrong = 0;
  load.done = [&wrong](const LoadResult& result) {
    wrong += result.response.body != "1";
  };
  LoadCounts counts = load.run(Milliseconds(0), 1000);
  EXPECT_EQ(counts.ok, 1000u) << counts.text();
  EXPECT_EQ(wrong, 0);
  load.keep_alive = false;
  load.leave_after_ms = [](int client, std::uint64_t) {
    return client % 2 == 0 ? 0 : -1;
  };
  counts = load.run(Milliseconds(0), 500);
  EXPECT_EQ(counts.failed, 0u) << counts.text();
  EXPECT_EQ(counts.ok + counts.aborted, 500u) << counts.text();
}

TEST(Harness, breaks_connections_on_purpose) {
  NginxServer server({.module = false});
  server.start(kPlain);
  FaultProxy proxy(server.address());
  HttpClient client({proxy.port()});
  EXPECT_EQ(client.get("/one").body, "1");
  proxy.set(Fault::bytewise);
  EXPECT_EQ(client.get("/one").body, "1");
  proxy.set(Fault::delay, 30);
  const Clock::time_point start = Clock::now();
  EXPECT_EQ(client.get("/one").body, "1");
  EXPECT_GE(elapsed_ms(start), 60);
  proxy.set(Fault::cut);
  EXPECT_EQ(client.get("/one").status, 0);
  proxy.set(Fault::refuse);
  ASSERT_TRUE(wait_until([&] { return !client.connect(); }));
  proxy.set(Fault::none);
  ASSERT_TRUE(wait_until([&] { return client.connect(); }));
  EXPECT_EQ(client.get("/one").body, "1");
}

TEST(Harness, speaks_http_2) {
  NginxServer server({.module = false});
  server.start(R"(
server {
  listen @port@ http2;
  location / { return 200 "$server_protocol"; }
})");
  const std::string url =
      "http://127.0.0.1:" + std::to_string(server.port()) + "/";
  const CurlResponse response =
      curl(url, {.version = HttpVersion::two_prior_knowledge});
  EXPECT_EQ(response.body, "HTTP/2.0") << response.error;
  EXPECT_EQ(response.version, 2);
}

class HarnessDatabase : public ServerTest {};

TEST_F(HarnessDatabase, is_fresh_for_each_test) {
  EXPECT_EQ(sql("select count(*) from pg_class where relname = 'here'"), "0");
  sql("create table here (id int)");
  EXPECT_EQ(filled("\"@postgres@\"").find('@'), std::string::npos);
}

TEST_F(HarnessDatabase, is_really_fresh) {
  EXPECT_EQ(sql("select count(*) from pg_class where relname = 'here'"), "0");
}

}  // namespace
}  // namespace trestle::testing
