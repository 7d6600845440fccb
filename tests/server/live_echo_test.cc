// The WebSocket connection inside nginx, without a database: who may open one,
// what its limits do, and how it ends.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "support/nginx_server.h"
#include "support/websocket_client.h"

namespace trestle::testing {
namespace {

constexpr const char* kEcho = R"(
trestle_trusted_origin https://app.example;
server {
  listen @port@;
  location = /echo { trestle_live_echo; }
  location = /any { trestle_live_echo; trestle_live_origin any; }
  location = /listed {
    trestle_live_echo;
    trestle_live_origin https://other.example;
  }
  location = /small {
    trestle_live_echo;
    trestle_live_max_message 100;
    trestle_live_max_fragments 3;
  }
  location = /ping { trestle_live_echo; trestle_live_ping 300ms; }
  location = /deflate { trestle_live_echo; trestle_live_deflate on; }
  location = /plain { return 200 "plain"; }
})";

class LiveEcho : public ::testing::Test {
 protected:
  void SetUp() override { nginx_.start(kEcho); }
  NginxServer nginx_;
};

TEST_F(LiveEcho, sends_messages_back_with_their_type) {
  WebSocketClient client(nginx_.address());
  ASSERT_EQ(client.open("/echo"), 101);
  EXPECT_EQ(client.answer().header("Sec-WebSocket-Accept"),
            "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  client.text("Hello");
  EXPECT_EQ(client.read_text(), "Hello");
  client.binary(std::string_view("\0\xff", 2));
  const Frame frame = client.read();
  EXPECT_TRUE(frame.is_binary());
  EXPECT_EQ(frame.payload, std::string_view("\0\xff", 2));
  client.close(1000);
  EXPECT_EQ(client.read().close_code(), 1000);
  EXPECT_TRUE(client.wait_closed());
}

TEST_F(LiveEcho, takes_bytes_that_come_with_the_handshake) {
  WebSocketClient client(nginx_.address());
  ASSERT_EQ(client.open("/echo", {},
                        websocket_frame(1, "one") + websocket_frame(1, "two")),
            101);
  EXPECT_EQ(client.read_text(), "one");
  EXPECT_EQ(client.read_text(), "two");
}

TEST_F(LiveEcho, a_request_without_upgrade_is_426) {
  const Response answer = nginx_.get("/echo");
  EXPECT_EQ(answer.status, 426);
  EXPECT_EQ(answer.header("Upgrade"), "websocket");
  EXPECT_EQ(answer.header("Sec-WebSocket-Version"), "13");
  EXPECT_NE(answer.body.find("TRS600"), std::string::npos);
  EXPECT_EQ(nginx_.request("POST", "/echo", {}, "x").status, 405);
}

TEST_F(LiveEcho, a_refused_connection_goes_on_as_http) {
  HttpClient client(nginx_.address());
  EXPECT_EQ(client.get("/echo").status, 426);
  EXPECT_EQ(client.get("/plain").body, "plain");
}

TEST_F(LiveEcho, pages_of_other_origins_are_403) {
  WebSocketClient client(nginx_.address());
  const std::string own = "http://127.0.0.1:" + std::to_string(nginx_.port());
  const Headers host = {{"Host", own.substr(7)}};
  const auto from = [&](std::string origin) {
    return Headers{host[0], {"Origin", std::move(origin)}};
  };
  EXPECT_EQ(client.open("/echo", from("https://evil.example")), 403);
  EXPECT_EQ(client.open("/echo", from("null")), 403);
  EXPECT_EQ(client.open("/echo", from("https://other.example")), 403);
  EXPECT_EQ(client.open("/echo", from("https://app.example")), 101);
  EXPECT_EQ(client.open("/echo", from(own)), 101);
  EXPECT_EQ(client.open("/listed", from("https://other.example")), 101);
  EXPECT_EQ(client.open("/any", from("https://evil.example")), 101);
}

TEST_F(LiveEcho, the_limits_close_with_their_codes) {
  WebSocketClient big(nginx_.address());
  ASSERT_EQ(big.open("/small"), 101);
  big.text(std::string(100, 'x'));
  EXPECT_EQ(big.read_text(), std::string(100, 'x'));
  big.text(std::string(101, 'x'));
  EXPECT_EQ(big.read().close_code(), 1009);
  EXPECT_TRUE(big.wait_closed());

  WebSocketClient many(nginx_.address());
  ASSERT_EQ(many.open("/small"), 101);
  many.raw(websocket_frame(1, "a", false) + websocket_frame(0, "b", false) +
           websocket_frame(0, "c", false) + websocket_frame(0, "d"));
  EXPECT_EQ(many.read().close_code(), 1008);

  WebSocketClient standard(nginx_.address());
  ASSERT_EQ(standard.open("/echo"), 101);
  standard.text(std::string(64 * 1024 + 1, 'x'));
  EXPECT_EQ(standard.read().close_code(), 1009);
}

TEST_F(LiveEcho, deflate_is_agreed_only_where_it_is_on) {
  const Headers offer = {{"Sec-WebSocket-Extensions", "permessage-deflate"}};
  WebSocketClient client(nginx_.address());
  ASSERT_EQ(client.open("/echo", offer), 101);
  EXPECT_FALSE(client.answer().has("Sec-WebSocket-Extensions"));
  ASSERT_EQ(client.open("/deflate", offer), 101);
  EXPECT_TRUE(client.answer()
                  .header("Sec-WebSocket-Extensions")
                  .starts_with("permessage-deflate"));
}

TEST_F(LiveEcho, a_peer_that_answers_pings_stays_and_a_silent_one_goes) {
  WebSocketClient alive(nginx_.address());
  WebSocketClient silent(nginx_.address());
  ASSERT_EQ(alive.open("/ping"), 101);
  ASSERT_EQ(silent.open("/ping"), 101);
  for (int i = 0; i < 4; i++) {
    const Frame ping = alive.read(kDeadline, false);
    ASSERT_EQ(ping.opcode, 9);
    alive.frame(10, ping.payload);
  }
  EXPECT_EQ(silent.read(kDeadline, false).opcode, 9);
  EXPECT_TRUE(nginx_.wait_for_log("client of a WebSocket does not answer"));
  alive.text("still here");
  EXPECT_EQ(alive.read_text(), "still here");
}

TEST_F(LiveEcho, a_peer_that_does_not_read_is_not_read) {
  WebSocketClient client(nginx_.address());
  ASSERT_EQ(client.open("/echo"), 101);
  const std::string message = websocket_frame(1, std::string(60'000, 'x'));
  // Until neither side takes more: far less than all of it is ever held.
  std::size_t sent = 0;
  int idle = 0;
  while (idle < 20 && sent < 1000 * message.size()) {
    const std::size_t at = sent % message.size();
    const ssize_t count = ::send(client.fd(), message.data() + at,
                                 message.size() - at, MSG_DONTWAIT);
    idle = count > 0 ? 0 : idle + 1;
    if (count > 0) sent += static_cast<std::size_t>(count);
    if (count <= 0) poll(nullptr, 0, 10);
  }
  EXPECT_LT(sent, 1000 * message.size());
  const std::size_t whole = sent / message.size();
  for (std::size_t i = 0; i < whole; i++)
    ASSERT_EQ(client.read_text().size(), 60'000u) << i;
}

TEST_F(LiveEcho, abrupt_ends_leave_nothing_behind) {
  const std::size_t before = open_descriptors(nginx_.workers().at(0));
  for (int i = 0; i < 30; i++) {
    WebSocketClient client(nginx_.address());
    ASSERT_EQ(client.open("/echo"), 101);
    if (i % 3 == 0) client.raw(websocket_frame(1, "half").substr(0, 3));
    if (i % 3 == 1) client.reset();
    if (i % 3 == 2) shutdown(client.fd(), SHUT_WR);
    EXPECT_TRUE(i % 3 != 2 || client.wait_closed());
  }
  EXPECT_TRUE(wait_until(
      [&] { return open_descriptors(nginx_.workers().at(0)) <= before; }));
}

TEST_F(LiveEcho, a_reload_closes_with_1012_and_the_old_worker_leaves) {
  constexpr int kClients = 300;
  std::vector<std::unique_ptr<WebSocketClient>> clients;
  for (int i = 0; i < kClients; i++) {
    clients.push_back(std::make_unique<WebSocketClient>(nginx_.address()));
    ASSERT_EQ(clients.back()->open("/echo"), 101);
  }
  const pid_t old = nginx_.workers().at(0);
  const Clock::time_point start = Clock::now();
  nginx_.reload();
  for (const auto& client : clients) {
    const Frame frame = client->read();
    EXPECT_EQ(frame.close_code(), 1012);
    client->close(1012);
  }
  EXPECT_TRUE(wait_until([&] {
    const std::vector<pid_t> all = nginx_.workers(true);
    return std::find(all.begin(), all.end(), old) == all.end();
  }));
  EXPECT_LT(elapsed_ms(start), 8'000);
}

TEST_F(LiveEcho, an_idle_connection_is_small) {
  const pid_t worker = nginx_.workers().at(0);
  std::vector<std::unique_ptr<WebSocketClient>> clients;
  const auto add = [&](int count) {
    for (int i = 0; i < count; i++) {
      clients.push_back(std::make_unique<WebSocketClient>(nginx_.address()));
      ASSERT_EQ(clients.back()->open("/echo"), 101);
      clients.back()->text("Hello");
      ASSERT_EQ(clients.back()->read_text(), "Hello");
    }
  };
  add(100);
  [[maybe_unused]] const long before = private_memory_kb(worker);
  add(900);
  [[maybe_unused]] const long after = private_memory_kb(worker);
#ifndef TRESTLE_PRELOAD  // sanitizers put zones around every object
  EXPECT_LT(static_cast<double>(after - before) / 900, 8.0);
#endif
}

}  // namespace
}  // namespace trestle::testing
