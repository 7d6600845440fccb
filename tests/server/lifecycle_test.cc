// Clients that leave, reloads, ends: nothing is lost, nothing is left behind.
#include <gtest/gtest.h>

#include <csignal>

#include "support/load.h"
#include "support/server_test.h"

namespace trestle::testing {
namespace {

class Lifecycle : public ServerTest {
 protected:
  void SetUp() override {
    nginx().file("sql/one.sql", "-- @one\nselect 1 as one");
    nginx().file("sql/sleep.sql", "select pg_sleep(:s::float8)");
    nginx().file("sql/rows.sql",
                 "select g, repeat('x', 100) as t "
                 "from generate_series(1, :n::int) g");
    nginx().file("sql/whoami.sql", "-- @one\nselect :n::int as n");
  }

  void start_shop(std::string_view keys = "pool_size 4;") {
    text_ = std::string(
                "trestle_database shop { primary \"@postgres@\"; "
                "anonymous_role web_anon; ") +
            std::string(keys) + R"( }
server {
  listen @port@;
  location = /one { trestle_query shop sql/one.sql; }
  location = /sleep { trestle_query shop sql/sleep.sql; }
  location = /rows { trestle_query shop sql/rows.sql; }
  location = /whoami { trestle_query shop sql/whoami.sql; }
  location = /status { trestle_status; }
})";
    start(text_);
  }

  void reload() { nginx().reload(filled(text_)); }

  int running() const {
    return std::atoi(sql("select count(*) from pg_stat_activity where "
                         "usename = 'web' and state = 'active'")
                         .c_str());
  }

  std::string text_;
};

TEST_F(Lifecycle, a_client_that_leaves_cancels_its_query_and_no_others) {
  start_shop();
  HttpClient stays(nginx().address());
  ASSERT_TRUE(stays.connect());
  ASSERT_TRUE(stays.send(request_text("GET", "/sleep?s=2")));
  HttpClient leaves(nginx().address());
  ASSERT_TRUE(leaves.connect());
  ASSERT_TRUE(leaves.send(request_text("GET", "/sleep?s=60")));
  ASSERT_TRUE(wait_until([&] { return running() == 2; }));
  leaves.close();
  ASSERT_TRUE(wait_until([&] { return running() <= 1; }, Milliseconds(1500)));
  EXPECT_EQ(stays.read_response().status, 200);
  EXPECT_EQ(nginx().get("/one").body, "{\"one\":1}");
  ASSERT_TRUE(wait_until([&] {
    return nginx().get("/status").body.find("\"canceling\":0") !=
           std::string::npos;
  }));
}

TEST_F(Lifecycle, clients_that_leave_in_any_moment_harm_nobody) {
  start_shop();
  Load load{.address = nginx().address(), .clients = 16};
  load.request = [](int client, std::uint64_t number) {
    if (number % 3 == 0) return request_text("GET", "/rows?n=20000");
    if (number % 7 == 0) return request_text("GET", "/sleep?s=0.01");
    return request_text("GET", "/whoami?n=" + std::to_string(client));
  };
  load.leave_after_ms = [](int client, std::uint64_t number) {
    return client % 2 == 0 ? static_cast<int>(number % 5) : -1;
  };
  int wrong = 0;
  load.done = [&wrong](const LoadResult& result) {
    if (result.outcome != Outcome::answered || result.response.status != 200)
      return;
    if (result.number % 3 == 0 || result.number % 7 == 0) return;
    wrong +=
        result.response.body != "{\"n\":" + std::to_string(result.client) + "}";
  };
  LoadCounts counts =
      load.run(Milliseconds(0), static_cast<std::uint64_t>(soak(600, 10'000)));
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(counts.failed, 0u) << counts.text();
  EXPECT_EQ(nginx().get("/one").body, "{\"one\":1}");
  EXPECT_LE(backends(), 4);
}

TEST_F(Lifecycle, a_reload_with_an_idle_pool_is_over_in_two_seconds) {
  configure({.workers = 2});
  SetUp();
  start_shop("pool_size 4 min_idle=2;");
  EXPECT_EQ(nginx().get("/one").status, 200);
  ASSERT_TRUE(wait_until([&] { return backends() >= 4; }));
  reload();
  EXPECT_TRUE(wait_until([&] { return nginx().workers(true).size() == 2; },
                         Milliseconds(2'000)));
  EXPECT_EQ(nginx().get("/one").status, 200);
}

TEST_F(Lifecycle, a_reload_waits_for_what_runs) {
  start_shop();
  HttpClient client(nginx().address());
  ASSERT_TRUE(client.connect());
  ASSERT_TRUE(client.send(request_text("GET", "/sleep?s=1.5")));
  ASSERT_TRUE(wait_until([&] { return running() == 1; }));
  reload();
  EXPECT_EQ(nginx().get("/one").status, 200);
  EXPECT_EQ(client.read_response().status, 200);
  EXPECT_TRUE(wait_until([&] { return nginx().workers(true).size() == 1; }));
}

TEST_F(Lifecycle, reloads_under_load_fail_no_request) {
  configure({.workers = 2});
  SetUp();
  start_shop();
  Load load{.address = nginx().address(), .clients = 8, .keep_alive = false};
  load.request = [](int client, std::uint64_t number) {
    return number % 10 == 0
               ? request_text("GET", "/rows?n=5000")
               : request_text("GET", "/whoami?n=" + std::to_string(client));
  };
  int bad = 0;
  load.done = [&bad](const LoadResult& result) {
    bad += result.outcome == Outcome::answered && result.response.status != 200;
  };
  int reloads = 0;
  Clock::time_point last = Clock::now();
  load.tick = [&] {
    if (reloads >= soak(3, 20) || elapsed_ms(last) < 700) return;
    reload();
    reloads++;
    last = Clock::now();
  };
  LoadCounts counts = load.run(Milliseconds(soak(4'000, 20'000)));
  EXPECT_EQ(counts.failed, 0u) << counts.text();
  EXPECT_EQ(bad, 0);
  EXPECT_GE(reloads, 2);
}

TEST_F(Lifecycle, an_end_at_once_leaves_no_backend_and_no_alert) {
  start_shop();
  HttpClient client(nginx().address());
  ASSERT_TRUE(client.connect());
  ASSERT_TRUE(client.send(request_text("GET", "/sleep?s=3")));
  HttpClient reader(nginx().address());
  ASSERT_TRUE(reader.connect());
  ASSERT_TRUE(reader.send(request_text("GET", "/rows?n=1000000")));
  EXPECT_NE(reader.read_some(100), "");
  ASSERT_TRUE(wait_until([&] { return running() == 2; }));
  ::kill(nginx().master(), SIGTERM);
  EXPECT_TRUE(client.wait_closed());
}

TEST_F(Lifecycle, one_process_does_it_all) {
  configure({.workers = 0, .main = "master_process off;"});
  SetUp();
  start_shop();
  EXPECT_EQ(nginx().get("/one").body, "{\"one\":1}");
  EXPECT_EQ(nginx().get("/rows?n=5000").status, 200);
}

TEST_F(Lifecycle, a_database_that_is_away_is_503_with_retry_after) {
  start(R"(
trestle_database shop { primary "host=/nowhere dbname=x"; }
server { listen @port@; location / { trestle_query shop sql/one.sql; } })");
  for (int i = 0; i < 3; i++) {
    Response answer = nginx().get("/");
    EXPECT_EQ(answer.status, 503);
    EXPECT_GE(std::atoi(answer.header("Retry-After").c_str()), 1);
    EXPECT_NE(answer.body.find("\"code\":\"TRS001\""), std::string::npos)
        << answer.body;
    EXPECT_EQ(answer.body.find("nowhere"), std::string::npos);
  }
}

TEST_F(Lifecycle, a_full_queue_is_503_at_once) {
  start_shop("pool_size 1; queue size=1 timeout=10s; pipeline 1;");
  std::vector<std::unique_ptr<HttpClient>> clients;
  for (int i = 0; i < 2; i++) {
    clients.push_back(std::make_unique<HttpClient>(nginx().address()));
    ASSERT_TRUE(clients.back()->connect());
    ASSERT_TRUE(clients.back()->send(request_text("GET", "/sleep?s=1")));
    ASSERT_TRUE(wait_until([&] { return running() == 1; }));
    ASSERT_TRUE(wait_until([&] {
      return nginx().get("/status").body.find(
                 "\"waiting\":" + std::to_string(i)) != std::string::npos;
    }));
  }
  const Clock::time_point start = Clock::now();
  Response refused = nginx().get("/one");
  EXPECT_LT(elapsed_ms(start), 900);
  EXPECT_EQ(refused.status, 503);
  EXPECT_GE(std::atoi(refused.header("Retry-After").c_str()), 1);
  for (const auto& client : clients)
    EXPECT_EQ(client->read_response().status, 200);
}

}  // namespace
}  // namespace trestle::testing
