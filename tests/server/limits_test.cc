// The pool at its limits: never more connections than allowed, a queue in order
// with a deadline, statements that end when their client leaves.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

#include "support/load.h"
#include "support/server_test.h"

namespace trestle::testing {
namespace {

class Limits : public ServerTest {
 protected:
  void SetUp() override {
    nginx().file("sleep.sql",
                 "-- @post\n-- @value\nselect :n::int from pg_sleep(:s::float);"
                 "\n-- @get\n-- @value\nselect :n::int from "
                 "pg_sleep(:s::float);");
    nginx().file("quick.sql", "-- @value\nselect :n::int;");
  }

  void start_with(std::string_view settings) {
    start("trestle_database db {\n  primary \"@postgres@\";\n  " +
          std::string(settings) +
          "\n}\nserver {\n  listen @port@;\n"
          "  location = /sleep { trestle_query db sleep.sql; }\n"
          "  location = /quick { trestle_query db quick.sql; }\n}\n");
  }

  [[nodiscard]] int sleeping() const {
    return std::atoi(
        cluster()
            .query("select count(*) from pg_stat_activity where usename = "
                   "'web' and state = 'active' and wait_event = 'PgSleep' and "
                   "datname = '" +
                   database() + "'")
            .c_str());
  }

  [[nodiscard]] static std::string sleep_for(const char* seconds, int n = 1) {
    return "/sleep?s=" + std::string(seconds) + "&n=" + std::to_string(n);
  }
};

TEST_F(Limits, never_has_more_connections_than_the_pool) {
  configure({.workers = 2});
  SetUp();
  start_with("pool_size 3; queue size=1000 timeout=20s;");
  Load load{.address = nginx().address(), .clients = 60};
  load.request = [](int client, std::uint64_t number) {
    return request_text(
        "GET", number % 2 == 0 ? sleep_for("0.01", client) : "/quick?n=1");
  };
  load.leave_after_ms = [](int client, std::uint64_t number) {
    return (static_cast<std::uint64_t>(client) + number) % 9 == 0 ? 5 : -1;
  };
  int most = 0;
  load.tick = [&] { most = std::max(most, backends()); };
  const LoadCounts counts = load.run(Milliseconds(soak(2'000, 60'000)));
  EXPECT_LE(most, 6);
  EXPECT_GT(counts.ok, 100u) << counts.text();
  EXPECT_EQ(counts.failed, 0u) << counts.text();
}

TEST_F(Limits, a_full_queue_is_503_at_once_and_a_late_one_at_its_deadline) {
  start_with("pool_size 1; queue size=2 timeout=400ms;");
  // The first connection may take longer than that.
  ASSERT_TRUE(
      wait_until([this] { return nginx().get("/quick?n=1").status == 200; }));
  HttpClient holder(nginx().address());
  ASSERT_TRUE(holder.connect());
  ASSERT_TRUE(holder.send(request_text("GET", sleep_for("1.5"))));
  ASSERT_TRUE(wait_until([this] { return sleeping() == 1; }));

  HttpClient first(nginx().address());
  HttpClient second(nginx().address());
  const Clock::time_point queued = Clock::now();
  for (HttpClient* client : {&first, &second}) {
    ASSERT_TRUE(client->connect());
    ASSERT_TRUE(client->send(request_text("GET", sleep_for("0"))));
  }
  // The queue holds two; a third is refused without waiting.
  Response refused;
  ASSERT_TRUE(wait_until([&] {
    const Clock::time_point asked = Clock::now();
    refused = nginx().get(sleep_for("0"));
    return refused.status == 503 && elapsed_ms(asked) < 300;
  }));
  EXPECT_TRUE(refused.body.starts_with("{\"code\":\"TRS002\"")) << refused.body;
  EXPECT_GE(std::atoi(refused.header("Retry-After").c_str()), 1);

  for (HttpClient* client : {&first, &second}) {
    const Response late = client->read_response();
    EXPECT_EQ(late.status, 503);
    EXPECT_TRUE(late.has("Retry-After"));
  }
  EXPECT_GE(elapsed_ms(queued), 390);
  EXPECT_LT(elapsed_ms(queued), 1'200);
  EXPECT_EQ(holder.read_response().status, 200);
}

TEST_F(Limits, the_queue_is_first_in_first_out) {
  start_with("pool_size 1; pipeline 1; queue size=100 timeout=20s;");
  HttpClient holder(nginx().address());
  ASSERT_TRUE(holder.connect());
  ASSERT_TRUE(holder.send(request_text("GET", sleep_for("0.3"))));
  ASSERT_TRUE(wait_until([this] { return sleeping() == 1; }));
  // One connection carries them in order; the server sees them one by one.
  std::deque<HttpClient> clients;
  for (int i = 0; i < 20; i++) {
    HttpClient& client = clients.emplace_back(nginx().address());
    ASSERT_TRUE(client.connect());
    ASSERT_TRUE(client.send(request_text("GET", sleep_for("0.001", i))));
  }
  for (HttpClient& client : clients)
    ASSERT_EQ(client.read_response().status, 200);
  // The access log is written as requests end.
  ASSERT_TRUE(wait_until([this] {
    const std::string text = nginx().access_log();
    return std::count(text.begin(), text.end(), '\n') == 21;
  }));
  const std::string text = nginx().access_log();
  std::size_t at = 0;
  for (int i = 0; i < 20; i++) {
    const std::size_t next = text.find("&n=" + std::to_string(i) + " ", at);
    ASSERT_NE(next, std::string::npos) << i << "\n" << text;
    at = next;
  }
}

TEST_F(Limits, a_client_that_leaves_ends_its_statement) {
  start_with("pool_size 2;");
  for (const bool reset : {false, true}) {
    HttpClient client(nginx().address());
    ASSERT_TRUE(client.connect());
    ASSERT_TRUE(client.send(request_text("POST", "/sleep",
                                         {{"Content-Type", "application/json"}},
                                         R"({"n":1,"s":30})")));
    ASSERT_TRUE(wait_until([this] { return sleeping() == 1; }));
    const Clock::time_point left = Clock::now();
    if (reset)
      client.reset();
    else
      client.close();
    EXPECT_TRUE(wait_until([this] { return sleeping() == 0; }));
    EXPECT_LT(elapsed_ms(left), 1'000);
  }
  EXPECT_EQ(nginx().get("/quick?n=4").body, "4");
}

TEST_F(Limits, a_cancel_never_hits_a_neighbour) {
  start_with("pool_size 2; queue size=1000 timeout=20s;");
  // Half of the clients leave in the middle of their statement; the others'
  // must all end well, on the same two connections.
  Load load{.address = nginx().address(), .clients = 16};
  load.request = [](int client, std::uint64_t number) {
    return request_text("GET",
                        sleep_for("0.004", static_cast<int>(number) + client));
  };
  load.leave_after_ms = [](int client, std::uint64_t number) {
    return client % 2 == 0 ? static_cast<int>(number % 7) : -1;
  };
  std::string wrong;
  load.done = [&](const LoadResult& result) {
    if (result.outcome == Outcome::aborted) return;
    const std::string expected =
        std::to_string(static_cast<int>(result.number) + result.client);
    if (result.response.body != expected) wrong += result.response.body + "; ";
  };
  const LoadCounts counts = load.run(Milliseconds(soak(2'500, 60'000)));
  EXPECT_EQ(wrong, "");
  EXPECT_GT(counts.aborted, 50u) << counts.text();
  EXPECT_GT(counts.ok, 10u) << counts.text();
}

// Twice: as many clients as the pool serves at once, and ten times as many.
TEST_F(Limits, ten_times_the_capacity_serves_as_many_as_once) {
  start_with("pool_size 4; queue size=1000 timeout=300ms;");
  for (int i = 0; i < 4; i++)
    EXPECT_EQ(nginx().get(sleep_for("0.02")).body, "1");
  std::string wrong;
  std::vector<double> times;
  const auto served = [&](int clients) {
    times.clear();
    Load load{.address = nginx().address(), .clients = clients};
    load.request = [](int, std::uint64_t) {
      return request_text("GET", sleep_for("0.02"));
    };
    load.done = [&](const LoadResult& result) {
      const Response& response = result.response;
      if (response.status == 200) return times.push_back(result.ms);
      if (response.status != 503 ||
          std::atoi(response.header("Retry-After").c_str()) < 1)
        wrong += std::to_string(response.status) + response.body;
    };
    const LoadCounts counts = load.run(Milliseconds(soak(2'000, 60'000)));
    EXPECT_EQ(counts.failed, 0u) << counts.text();
    return counts.ok;
  };
  const std::uint64_t once = served(4);
  const std::uint64_t tenfold = served(40);
  EXPECT_EQ(wrong, "");
  EXPECT_GT(once, 10u);
  RecordProperty("served_percent", static_cast<int>(tenfold * 100 / once));
  EXPECT_GT(tenfold * 2, once);
  // Who is served at all is served in time.
  std::sort(times.begin(), times.end());
  const double p99 = times[times.size() * 99 / 100];
  RecordProperty("p99_ms", static_cast<int>(p99));
  EXPECT_LT(p99, 2'000);
}

// Requests are due at twice and ten times the rate that the pool can do,
// whatever the answers do.
TEST_F(Limits, an_open_loop_beyond_the_capacity_is_served_soon_and_in_order) {
  start_with("pool_size 2; pipeline 4; queue timeout=5s standing=100ms;");
  const auto request = [](int, std::uint64_t) {
    return request_text("GET", sleep_for("0.02"));
  };
  for (int i = 0; i < 4; i++)
    EXPECT_EQ(nginx().get(sleep_for("0.02")).body, "1");
  const Milliseconds time(soak(2'000, 30'000));
  const double seconds = static_cast<double>(time.count()) / 1'000;
  Load closed{.address = nginx().address(), .clients = 6};
  closed.request = request;
  const double capacity = static_cast<double>(closed.run(time).ok) / seconds;
  ASSERT_GT(capacity, 5);

  for (const int factor : {2, 10}) {
    std::vector<double> times;
    std::uint64_t last = 0;
    std::uint64_t refused = 0;
    std::string wrong;
    Load load{.address = nginx().address(), .clients = 400};
    load.rate = capacity * factor;
    load.request = request;
    load.done = [&](const LoadResult& result) {
      const Response& response = result.response;
      if (response.status == 200) {
        times.push_back(result.ms);
        // Two run at once, and clients that ask at the same moment are read in
        // any order.
        EXPECT_GT(result.order + 40, last);
        last = std::max(last, result.order);
      } else if (response.status != 503 ||
                 std::atoi(response.header("Retry-After").c_str()) < 1) {
        wrong += std::to_string(response.status) + response.body;
      } else {
        refused++;
      }
    };
    const LoadCounts counts = load.run(time);
    EXPECT_EQ(counts.failed, 0u) << counts.text();
    EXPECT_EQ(wrong, "");
    EXPECT_GT(refused, 0u);
    const double good = static_cast<double>(times.size()) / seconds;
    std::sort(times.begin(), times.end());
    const double p99 = times[times.size() * 99 / 100];
    const std::string at = "_at_" + std::to_string(factor);
    RecordProperty("good_percent" + at,
                   static_cast<int>(good / capacity * 100));
    RecordProperty("p99_ms" + at, static_cast<int>(p99));
    EXPECT_GT(good, capacity * (soak(0, 1) == 1 ? 0.9 : 0.6));
    EXPECT_LT(p99, soak(2'000, 500));
  }
}

TEST_F(Limits, a_slow_statement_is_504_and_its_connection_lives_on) {
  start_with("pool_size 1; query_timeout 200ms;");
  const Clock::time_point asked = Clock::now();
  const Response response = nginx().get(sleep_for("20"));
  EXPECT_EQ(response.status, 504) << response.body;
  EXPECT_LT(elapsed_ms(asked), 1'500);
  EXPECT_EQ(nginx().get("/quick?n=1").body, "1");
  EXPECT_EQ(backends(), 1);
}

TEST_F(Limits, slow_statements_do_not_stop_the_quick_ones) {
  start_with("pool_size 2; queue size=100 timeout=10s;");
  // Known to be quick: what is new counts as slow.
  for (int i = 0; i < 50; i++) EXPECT_EQ(nginx().get("/quick?n=1").body, "1");
  std::deque<HttpClient> slow;
  for (int i = 0; i < 6; i++) {
    HttpClient& client = slow.emplace_back(nginx().address());
    ASSERT_TRUE(client.connect());
    ASSERT_TRUE(client.send(request_text("GET", sleep_for("1"))));
  }
  ASSERT_TRUE(wait_until([this] { return sleeping() >= 1; }));
  const Clock::time_point asked = Clock::now();
  EXPECT_EQ(nginx().get("/quick?n=2").body, "2");
  EXPECT_LT(elapsed_ms(asked), 900);
  for (HttpClient& client : slow) EXPECT_EQ(client.read_response().status, 200);
}

}  // namespace
}  // namespace trestle::testing
