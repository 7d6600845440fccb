// Two nginx nodes in front of one primary and two streaming standbys. A node
// has no state but caches: what one has written, the other reads and tells.
#include <gtest/gtest.h>

#include <set>

#include "support/server_test.h"
#include "support/websocket_client.h"

namespace trestle::testing {
namespace {

constexpr const char* kSchema =
    "create role web_anon; create role web login noinherit replication;"
    "grant web_anon to web;"
    "create table note (id int primary key, text text);"
    "grant select, insert on note to web_anon;"
    "create function may_join(topic text, session jsonb) returns boolean "
    "language sql as 'select true';";

constexpr const char* kWrite =
    "-- @post\n-- @exec\ninsert into note values (:id::int, :text);\n"
    "-- @exec\nselect trestle.push('notes', to_jsonb(:text::text));";

class ScaleOut : public ServerTest {
 protected:
  void SetUp() override {
    primary_ = primary_with_feed(kSchema);
    first_ = standby_of(*primary_);
    second_ = standby_of(*primary_);
    for (NginxServer* node : nodes()) {
      node->file("write.sql", kWrite);
      node->file("note.sql",
                 "-- @one note\nselect text from note where id = :id::int;");
      node->file("where.sql",
                 "-- @value\nselect current_setting('cluster_name');");
      node->start(configuration());
    }
    for (NginxServer* node : nodes()) {
      ASSERT_TRUE(says(*node, "/status", "\"state\":\"running\""));
      ASSERT_TRUE(reads_at(*node, {first_.get(), second_.get()}));
    }
  }

  [[nodiscard]] std::string configuration() const {
    return "trestle_live_memory 1m;\ntrestle_database db {\n  primary \"" +
           primary_->conninfo("web") + "\";\n  replica \"" +
           first_->conninfo("web") + "\";\n  replica \"" +
           second_->conninfo("web") +
           "\";\n  anonymous_role web_anon;\n  schemas public;\n  feed;\n"
           "  read_your_writes on;\n}\nserver {\n  listen @port@;\n"
           "  location = /write { trestle_query db write.sql; }\n"
           "  location = /note { trestle_query db note.sql; }\n"
           "  location = /where { trestle_query db where.sql; }\n"
           "  location = /live { trestle_live db on_join=public.may_join; }\n"
           "  location = /status { trestle_status; }\n}\n";
  }

  [[nodiscard]] std::vector<NginxServer*> nodes() {
    return {&nginx(), &other_};
  }

  [[nodiscard]] static bool says(NginxServer& node, const char* target,
                                 std::string_view text) {
    return wait_until(
        [&] { return node.get(target).body.find(text) != std::string::npos; });
  }

  // In time, reads of the node are answered by each of these and no other.
  [[nodiscard]] static bool reads_at(
      NginxServer& node, const std::vector<const PostgresCluster*>& servers) {
    std::set<std::string> names;
    for (const PostgresCluster* server : servers)
      names.insert(server->query("show cluster_name"));
    return wait_until([&] {
      std::set<std::string> seen;
      for (int i = 0; i < 20; i++) {
        std::string name = node.get("/where").body;
        std::erase(name, '"');
        seen.insert(name);
      }
      return seen == names;
    });
  }

  [[nodiscard]] static Response write(NginxServer& node, int id,
                                      const std::string& text) {
    return node.request(
        "POST", "/write", {{"Content-Type", "application/json"}},
        R"({"id":)" + std::to_string(id) + R"(,"text":")" + text + "\"}");
  }

  // A client that follows the channel and the rows of the table.
  [[nodiscard]] static std::unique_ptr<WebSocketClient> follower(
      NginxServer& node) {
    auto client = std::make_unique<WebSocketClient>(node.address());
    EXPECT_EQ(client->open("/live"), 101);
    for (const char* asked : {R"({"join":"notes"})", R"({"sub":"note"})"}) {
      client->text(asked);
      EXPECT_TRUE(client->read_text().starts_with(R"({"ok":1)"));
    }
    return client;
  }

  // The change and the push of one write(), in whatever order.
  static void expect_hears(WebSocketClient& client, const std::string& text) {
    const std::string heard = client.read_text() + client.read_text();
    EXPECT_NE(heard.find(R"("ch":"notes","data":")" + text + "\""), heard.npos)
        << heard;
    EXPECT_NE(heard.find(R"("op":"insert")"), heard.npos) << heard;
    EXPECT_NE(heard.find(R"("text":")" + text + "\""), heard.npos) << heard;
  }

  // The replication slots of the nodes' feeds.
  [[nodiscard]] bool feeds_are(const char* number) {
    return wait_until([&] {
      return primary_->query(
                 "select count(*) from pg_replication_slots where active and "
                 "slot_type = 'logical'") == number;
    });
  }

  std::unique_ptr<PostgresCluster> primary_;
  std::unique_ptr<PostgresCluster> first_;
  std::unique_ptr<PostgresCluster> second_;
  NginxServer other_;
};

TEST_F(ScaleOut, what_one_node_writes_the_subscribers_of_all_hear) {
  EXPECT_TRUE(feeds_are("2"));
  const auto here = follower(nginx());
  const auto there = follower(other_);
  ASSERT_EQ(write(nginx(), 1, "from A").status, 204);
  expect_hears(*here, "from A");
  expect_hears(*there, "from A");
  ASSERT_EQ(write(other_, 2, "from B").status, 204);
  expect_hears(*here, "from B");
  expect_hears(*there, "from B");
  EXPECT_TRUE(says(nginx(), "/note?id=2", "from B"));
  EXPECT_TRUE(says(other_, "/note?id=1", "from A"));
}

TEST_F(ScaleOut, a_visitor_reads_at_one_node_what_another_has_written) {
  for (PostgresCluster* standby : {first_.get(), second_.get()}) {
    standby->query("select pg_wal_replay_pause()");
    ASSERT_TRUE(wait_until([&] {
      return standby->query("select pg_get_wal_replay_pause_state()") ==
             "paused";
    }));
  }
  const Response written = write(nginx(), 7, "mine");
  ASSERT_EQ(written.status, 204);
  const std::string set = written.header("Set-Cookie");
  const Headers cookie = {{"Cookie", set.substr(0, set.find(';'))}};
  EXPECT_EQ(other_.get("/note?id=7", cookie).body, R"({"text":"mine"})");
  EXPECT_EQ(other_.get("/note?id=7").status, 404);  // another visitor
  for (PostgresCluster* standby : {first_.get(), second_.get()})
    standby->query("select pg_wal_replay_resume()");
  EXPECT_TRUE(says(other_, "/note?id=7", "mine"));
}

TEST_F(ScaleOut, a_node_and_a_standby_may_die_without_the_others) {
  const auto client = follower(other_);
  nginx().kill();
  EXPECT_TRUE(feeds_are("1"));
  first_->stop(PostgresCluster::StopMode::immediate);
  ASSERT_EQ(write(other_, 1, "still here").status, 204);
  expect_hears(*client, "still here");
  EXPECT_TRUE(reads_at(other_, {second_.get()}));
  EXPECT_TRUE(says(other_, "/note?id=1", "still here"));
  // Neither was missed by a later one: nothing but the database has state.
  nginx().start(configuration());
  EXPECT_TRUE(feeds_are("2"));
  EXPECT_TRUE(says(nginx(), "/note?id=1", "still here"));
}

}  // namespace
}  // namespace trestle::testing
