// nginx in front of a primary and a streaming standby: a primary that dies
// under load, and a visitor who reads what he has just written.
#include <gtest/gtest.h>

#include "support/ledger.h"

namespace trestle::testing {
namespace {

class Standby : public ServerTest {
 protected:
  void SetUp() override {
    primary_ = std::make_unique<PostgresCluster>(
        PostgresCluster::Options{.settings = {{"synchronous_commit", "on"}}});
    primary_->query(
        "create role web_anon; create role web login noinherit;"
        "grant web_anon to web");
    Ledger::prepare(*primary_, "postgres", nginx());
    nginx().file("count.sql", "-- @value\nselect count(*) from ledger;");
    nginx().file("where.sql", "-- @value\nselect pg_is_in_recovery();");
    standby_ = std::make_unique<PostgresCluster>(
        PostgresCluster::Options{.primary = primary_.get()});
    standby_->catch_up(*primary_);
  }

  void start_with(std::string_view keys) {
    start("trestle_database db {\n  primary \"" + primary_->conninfo("web") +
          "\";\n  replica \"" + standby_->conninfo("web") +
          "\";\n  anonymous_role web_anon;\n  " + std::string(keys) +
          "\n}\nserver {\n  listen @port@;\n"
          "  location = /read { trestle_query db read.sql; }\n"
          "  location = /write { trestle_query db write.sql; }\n"
          "  location = /count { trestle_query db count.sql; }\n"
          "  location = /where { trestle_query db where.sql; }\n"
          "  location /status { trestle_status; }\n}\n");
    ASSERT_TRUE(wait_until([this] {
      return nginx().get("/where").body == "true";
    })) << nginx().get("/status").body;
  }

  [[nodiscard]] bool status_says(std::string_view text) {
    return wait_until([&] {
      return nginx().get("/status").body.find(text) != std::string::npos;
    });
  }

  [[nodiscard]] Response write(int id, const Headers& more = {}) {
    Headers headers = more;
    headers.emplace_back("Content-Type", "application/json");
    return nginx().request("POST", "/write", headers,
                           "{\"id\":" + std::to_string(id) + "}");
  }

  std::unique_ptr<PostgresCluster> primary_;
  std::unique_ptr<PostgresCluster> standby_;
};

TEST_F(Standby, a_primary_that_dies_under_load_loses_no_read_and_no_write) {
  standby_->make_synchronous(*primary_);
  start_with("pool_size 4;");
  Ledger ledger(nginx().address());
  ledger.start();
  ASSERT_TRUE(wait_until([&] { return ledger.answered() > 200; }));

  primary_->stop(PostgresCluster::StopMode::immediate);
  const std::uint64_t before = ledger.answered();
  ASSERT_TRUE(wait_until([&] { return ledger.answered() > before + 100; }));
  const Response refused = write(1);
  EXPECT_EQ(refused.status, 503) << refused.body;
  EXPECT_GE(std::atoi(refused.header("Retry-After").c_str()), 1);

  standby_->promote();
  const Clock::time_point promoted = Clock::now();
  ASSERT_TRUE(wait_until([&] { return write(2).status == 200; }));
  const double writable_ms = elapsed_ms(promoted);
  RecordProperty("writable_ms", static_cast<int>(writable_ms));
  EXPECT_LT(writable_ms, 2'000);
  ASSERT_TRUE(wait_until([&] { return nginx().get("/count").status == 200; }));
  EXPECT_TRUE(status_says(R"("servers":[{"role":"away","lag_ms":0},)"
                          R"({"role":"primary","lag_ms":0}])"));
  const LoadCounts counts = ledger.stop();

  EXPECT_EQ(standby_->query("delete from ledger where id = 2 returning id"),
            "2");
  EXPECT_EQ(ledger.judge(*standby_, "postgres"), "");
  EXPECT_EQ(ledger.wrong(), "");
  EXPECT_EQ(ledger.unserved_reads(), 0u) << ledger.statuses();
  EXPECT_EQ(counts.failed, 0u) << counts.text();
  EXPECT_TRUE(nginx().wait_for_log("is the primary now"));
}

TEST_F(Standby, the_status_page_tells_what_each_server_is) {
  start_with("");
  EXPECT_TRUE(status_says(R"("servers":[{"role":"primary","lag_ms":0},{"role":)"
                          R"("standby","lag_ms":)"));
  EXPECT_NE(nginx()
                .get("/status/metrics")
                .body.find("trestle_database_server_role{database=\"db\","
                           "server=\"2\",role=\"standby\"} 1\n"),
            std::string::npos);
}

TEST_F(Standby, a_visitor_reads_what_he_has_written) {
  start_with("read_your_writes on;");
  standby_->query("select pg_wal_replay_pause()");
  ASSERT_TRUE(wait_until([this] {
    return standby_->query("select pg_get_wal_replay_pause_state()") ==
           "paused";
  }));
  const Response written = write(7);
  ASSERT_EQ(written.status, 200) << written.body;
  const std::string set = written.header("Set-Cookie");
  EXPECT_TRUE(set.starts_with("trestle-read-db=")) << set;
  EXPECT_TRUE(set.ends_with("; Path=/; Max-Age=15; HttpOnly; SameSite=Lax"))
      << set;
  const Headers cookie = {{"Cookie", "a=b; " + set.substr(0, set.find(';'))}};
  EXPECT_EQ(nginx().get("/count", cookie).body, "1");
  EXPECT_EQ(nginx().get("/where", cookie).body, "false");
  EXPECT_EQ(nginx().get("/count").body, "0");
  for (const char* value : {"", "x", "0/0", "../..", "0/"})
    EXPECT_EQ(nginx()
                  .get("/where",
                       {{"Cookie", std::string("trestle-read-db=") + value}})
                  .body,
              "true")
        << value;
  standby_->query("select pg_wal_replay_resume()");
  EXPECT_TRUE(
      wait_until([&] { return nginx().get("/where", cookie).body == "true"; }));
  EXPECT_EQ(nginx().get("/count", cookie).body, "1");
  // Reads, and writes that came to nothing, have no cookie.
  EXPECT_FALSE(nginx().get("/count").has("Set-Cookie"));
  const Response failed =
      nginx().request("POST", "/write", {{"Content-Type", "application/json"}},
                      R"({"id":"x"})");
  EXPECT_EQ(failed.status, 400);
  EXPECT_FALSE(failed.has("Set-Cookie"));
}

TEST_F(Standby, without_being_asked_for_there_is_no_cookie) {
  start_with("");
  EXPECT_FALSE(write(1).has("Set-Cookie"));
}

TEST_F(Standby, a_standby_that_goes_is_not_missed) {
  start_with("pool_size 4;");
  Ledger ledger(nginx().address());
  ledger.start();
  ASSERT_TRUE(wait_until([&] { return ledger.answered() > 100; }));
  standby_->stop(PostgresCluster::StopMode::immediate);
  const std::uint64_t before = ledger.answered();
  ASSERT_TRUE(wait_until([&] { return ledger.answered() > before + 100; }));
  standby_->start();
  ASSERT_TRUE(
      wait_until([this] { return nginx().get("/where").body == "true"; }));
  const LoadCounts counts = ledger.stop();
  EXPECT_EQ(ledger.judge(*primary_, "postgres"), "");
  EXPECT_EQ(ledger.unserved(), 0u) << ledger.statuses();
  EXPECT_EQ(counts.failed, 0u) << counts.text();
}

TEST_F(Standby, one_string_may_name_all_servers) {
  start("trestle_database db {\n  primary \"host=" + standby_->socket_folder() +
        "," + primary_->socket_folder() +
        " user=web dbname=postgres target_session_attrs=read-write\";\n"
        "  anonymous_role web_anon;\n}\nserver {\n  listen @port@;\n"
        "  location = /write { trestle_query db write.sql; }\n"
        "  location = /where { trestle_query db where.sql; }\n}\n");
  EXPECT_TRUE(wait_until([this] { return write(1).status == 200; }));
  EXPECT_TRUE(wait_until([this] { return write(2).status == 200; }));
  // Such servers are there to take over, not to be read.
  EXPECT_EQ(nginx().get("/where").body, "false");
}

}  // namespace
}  // namespace trestle::testing
