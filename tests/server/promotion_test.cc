// What lives for long beside a primary and a standby: channels and the change
// feed behind them follow a promotion, and GraphQL over a WebSocket is answered
// by the server that would answer it over HTTP.
#include <gtest/gtest.h>

#include "support/server_test.h"
#include "support/websocket_client.h"

namespace trestle::testing {
namespace {

constexpr const char* kSchema =
    "create role web_anon; create role web login noinherit replication;"
    "grant web_anon to web;"
    "create function may_join(topic text, session jsonb) returns boolean "
    "language sql as 'select true';"
    "create table note (id int primary key);"
    "create view place as select 1 as id, pg_is_in_recovery() as standby;"
    "grant select, insert on note, place to web_anon;";

class Promotion : public ServerTest {
 protected:
  void SetUp() override {
    primary_ = primary_with_feed(kSchema);
    standby_ = standby_of(*primary_);
  }

  void start_with(const std::string& keys) {
    start("trestle_live_memory 1m;\ntrestle_database db {\n  primary \"" +
          primary_->conninfo("web") + "\";\n  replica \"" +
          standby_->conninfo("web") + "\";\n  anonymous_role web_anon;\n  " +
          keys +
          "\n}\nserver {\n  listen @port@;\n"
          "  location = /live { trestle_live db on_join=public.may_join; }\n"
          "  location = /graphql { trestle_graphql db schema=public; }\n"
          "  location = /status { trestle_status; }\n}\n");
  }

  [[nodiscard]] bool status_says(std::string_view text) {
    return wait_until([&] {
      return nginx().get("/status").body.find(text) != std::string::npos;
    });
  }

  // GraphQL, as an answer over HTTP.
  [[nodiscard]] std::string ask(const std::string& query) {
    return nginx()
        .request("POST", "/graphql", {{"Content-Type", "application/json"}},
                 R"({"query":")" + query + R"("})")
        .body;
  }
  // The same over a WebSocket: the payload of its one answer.
  static std::string ask(WebSocketClient& socket, const std::string& query) {
    socket.text(R"({"id":"1","type":"subscribe","payload":{"query":")" + query +
                R"("}})");
    const std::string next = socket.read_text();
    const std::string done = socket.read_text();
    EXPECT_EQ(done, R"({"id":"1","type":"complete"})");
    constexpr std::string_view kHead = R"({"id":"1","type":"next","payload":)";
    if (!next.starts_with(kHead)) return next;
    return next.substr(kHead.size(), next.size() - kHead.size() - 1);
  }

  std::unique_ptr<PostgresCluster> primary_;
  std::unique_ptr<PostgresCluster> standby_;
};

TEST_F(Promotion, is_followed_by_the_change_feed) {
  start_with("feed;");
  ASSERT_TRUE(status_says("\"state\":\"running\""));
  WebSocketClient client(nginx().address());
  ASSERT_EQ(client.open("/live"), 101);
  client.text(R"({"join":"notes"})");
  EXPECT_TRUE(client.read_text().starts_with(R"({"ok":1)"));
  primary_->query("select trestle.push('notes', '1')");
  EXPECT_TRUE(client.read_text().starts_with(R"({"ch":"notes","data":1)"));
  standby_->catch_up(*primary_);
  primary_->stop(PostgresCluster::StopMode::immediate);
  standby_->promote();
  // What was committed in between cannot be known.
  EXPECT_EQ(client.read_text(), R"({"resync":"notes"})");
  standby_->query("select trestle.push('notes', '2')");
  EXPECT_TRUE(client.read_text().starts_with(R"({"ch":"notes","data":2)"));
  ASSERT_TRUE(status_says("\"state\":\"running\""));
}

// Both say that they are the primary, and the older one is named first.
TEST_F(Promotion, an_old_primary_is_left_by_the_change_feed) {
  standby_->promote();
  start_with("feed;");
  WebSocketClient client(nginx().address());
  ASSERT_EQ(client.open("/live"), 101);
  client.text(R"({"join":"notes"})");
  EXPECT_TRUE(client.read_text().starts_with(R"({"ok":1)"));
  ASSERT_TRUE(wait_until([this] {
    return standby_->query(
               "select count(*) from pg_replication_slots where active") == "1";
  }));
  standby_->query("select trestle.push('notes', '2')");
  std::string heard = client.read_text();
  if (heard == R"({"resync":"notes"})") heard = client.read_text();
  EXPECT_TRUE(heard.starts_with(R"({"ch":"notes","data":2)")) << heard;
}

TEST_F(Promotion, queries_over_a_websocket_go_where_they_would_over_http) {
  start_with("read_your_writes on;");
  const std::string where = "{ place { standby } }";
  const std::string on_standby = R"({"data":{"place":[{"standby":true}]}})";
  ASSERT_TRUE(wait_until([&] { return ask(where) == on_standby; }))
      << ask(where);
  WebSocketClient socket(nginx().address());
  ASSERT_EQ(socket.open("/graphql",
                        {{"Sec-WebSocket-Protocol", "graphql-transport-ws"}}),
            101);
  socket.text(R"({"type":"connection_init"})");
  EXPECT_EQ(socket.read_text(), R"({"type":"connection_ack"})");
  EXPECT_EQ(ask(socket, where), on_standby);
  // A visitor sees what he has written, also here.
  standby_->query("select pg_wal_replay_pause()");
  ASSERT_TRUE(wait_until([this] {
    return standby_->query("select pg_get_wal_replay_pause_state()") ==
           "paused";
  }));
  const std::string written = ask(
      socket, "mutation { insert_note(objects: {id: 7}) { affected_rows }}");
  EXPECT_TRUE(written.starts_with(R"({"data":{"insert_note":)")) << written;
  EXPECT_EQ(ask(socket, "{ note { id } }"), R"({"data":{"note":[{"id":7}]}})");
  EXPECT_EQ(ask(socket, where), R"({"data":{"place":[{"standby":false}]}})");
  EXPECT_EQ(ask(where), on_standby);  // another visitor
  standby_->query("select pg_wal_replay_resume()");
  EXPECT_TRUE(wait_until([&] { return ask(socket, where) == on_standby; }));
}

}  // namespace
}  // namespace trestle::testing
