// The harness itself, on an nginx without the module: what the other tests rely
// on.
#include <gtest/gtest.h>

#include "support/nginx_server.h"

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

}  // namespace
}  // namespace trestle::testing
