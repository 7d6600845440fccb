// trestle_cache before a primary and a streaming standby that is behind: what
// it answers is old, and must neither be given nor kept as if it were not.
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "support/cache_state.h"
#include "support/server_test.h"

namespace trestle::testing {
namespace {

constexpr const char* kSchema =
    "create role web_anon; create role web login noinherit replication;"
    "grant web_anon to web;"
    "create table counter (id int primary key, value int not null);"
    "insert into counter values (1, 0);"
    "create table note (id int primary key, text text);"
    "insert into note values (1, 'for all');"
    "alter table note enable row level security;"
    "create policy seen on note using (true);"
    "grant all on counter, note to web_anon";

constexpr const char* kCounter = "/api/counter?select=value";

class CacheStandby : public ServerTest {
 protected:
  void SetUp() override {
    primary_ = primary_with_feed(kSchema);
    primary_->query_file("sql/reload_on_ddl.sql");
    standby_ = standby_of(*primary_);
  }

  // Returns when the feed runs and reads go to the standby.
  void start_node() {
    nginx().file("where.sql", "-- @value\nselect pg_is_in_recovery();");
    start("trestle_live_memory 1m;\ntrestle_database db {\n  primary \"" +
          primary_->conninfo("web") + "\";\n  replica \"" +
          standby_->conninfo("web") +
          "\" max_lag=1h;\n  anonymous_role web_anon;\n  schemas public;\n"
          "  feed;\n}\nserver {\n  listen @port@;\n"
          "  add_header X-Cache $trestle_cache_status;\n"
          "  location /api/ { trestle_cache on; trestle_rest db; }\n"
          "  location = /where { trestle_query db where.sql; }\n"
          "  location /status { trestle_status; }\n}\n");
    ASSERT_TRUE(wait_until([this] {
      return nginx().get("/status").body.find("\"state\":\"running\"") !=
                 std::string::npos &&
             nginx().get("/where").body == "true";
    })) << nginx().get("/status").body;
    static_cast<void>(kept("/api/note"));  // the feed has been heard of
  }

  // From here on the standby shows what it has.
  void pause() {
    standby_->catch_up(*primary_);
    standby_->query("select pg_wal_replay_pause()");
    ASSERT_TRUE(wait_until([this] {
      return standby_->query("select pg_get_wal_replay_pause_state()") ==
             "paused";
    }));
  }

  void resume() {
    standby_->query("select pg_wal_replay_resume()");
    standby_->catch_up(*primary_);
  }

  void write(int value) {
    primary_->query("update counter set value = " + std::to_string(value));
  }

  void pass() { pass_commits(nginx(), *primary_); }
  [[nodiscard]] Response kept(std::string_view target) {
    return kept_answer(nginx(), target);
  }

  static std::string shown(int value) {
    return "[{\"value\":" + std::to_string(value) + "}]";
  }

  // Now, later, and when it is kept.
  void expect_shows(std::string_view target, const std::string& body) {
    for (int i = 0; i < 8; i++) {
      const Response response = nginx().get(target);
      EXPECT_EQ(response.body, body) << response.header("X-Cache");
    }
    EXPECT_EQ(kept(target).body, body);
  }

  std::unique_ptr<PostgresCluster> primary_;
  std::unique_ptr<PostgresCluster> standby_;
};

TEST_F(CacheStandby, what_it_does_not_have_yet_is_given_all_the_same) {
  start_node();
  EXPECT_EQ(kept(kCounter).body, shown(0));
  pause();
  write(1);
  pass();
  expect_shows(kCounter, shown(1));
  EXPECT_EQ(standby_->query("select value from counter"), "0");
  resume();
  expect_shows(kCounter, shown(1));
  write(2);
  pass();
  expect_shows(kCounter, shown(2));
}

TEST_F(CacheStandby, what_it_lacked_when_the_feed_began_is_not_kept_as_new) {
  pause();
  write(1);
  start_node();
  EXPECT_EQ(standby_->query("select value from counter"), "0");
  expect_shows(kCounter, shown(1));
  resume();
  expect_shows(kCounter, shown(1));
}

TEST_F(CacheStandby,
       what_was_kept_of_it_goes_when_the_feed_hears_of_the_change) {
  start_node();
  pause();
  const pid_t helper = nginx().helper();
  ASSERT_NE(helper, 0);
  kill(helper, SIGSTOP);
  write(1);
  const std::string before = nginx().get(kCounter).body;
  EXPECT_TRUE(before == shown(0) || before == shown(1)) << before;
  kill(helper, SIGCONT);
  pass();
  expect_shows(kCounter, shown(1));
  resume();
  expect_shows(kCounter, shown(1));
}

TEST_F(CacheStandby, rows_that_a_policy_hides_by_now_are_not_kept) {
  start_node();
  EXPECT_NE(kept("/api/note").body.find("for all"), std::string::npos);
  pause();
  primary_->query("alter policy seen on note using (id > 1)");
  pass();
  expect_shows("/api/note", "[]");
  resume();
  expect_shows("/api/note", "[]");
}

TEST_F(CacheStandby, what_is_written_here_is_seen_at_once) {
  start_node();
  static_cast<void>(kept(kCounter));
  pause();
  for (int i = 1; i <= 10; i++) {
    ASSERT_EQ(nginx()
                  .request("PATCH", "/api/counter?id=eq.1",
                           {{"Content-Type", "application/json"}},
                           R"({"value":)" + std::to_string(i) + "}")
                  .status,
              204);
    ASSERT_EQ(nginx().get(kCounter).body, shown(i));
  }
  resume();
  expect_shows(kCounter, shown(10));
}

// It falls behind and catches up, again and again, while a row changes and is
// read. What is given is at least what the feed had passed.
TEST_F(CacheStandby, no_answer_is_older_than_the_feed) {
  start_node();
  std::atomic<int> told{0};
  std::atomic<bool> over{false};
  std::atomic<int> stale{0};
  std::thread reader([&] {
    HttpClient client(nginx().address());
    while (!over) {
      const int least = told;
      const Response response = client.get(kCounter);
      constexpr std::size_t kBefore = std::string_view("[{\"value\":").size();
      if (response.status != 200 ||
          std::stoi(response.body.substr(kBefore)) < least)
        stale++;
    }
  });
  for (int i = 1; i <= soak(12, 300); i++) {
    if (i % 4 == 1) pause();
    if (i % 4 == 3) resume();
    write(i);
    pass();
    told = i;
  }
  over = true;
  reader.join();
  EXPECT_EQ(stale, 0);
  resume();
  expect_shows(kCounter, shown(soak(12, 300)));
}

}  // namespace
}  // namespace trestle::testing
