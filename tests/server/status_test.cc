// trestle_status: what an administrator, a probe and Prometheus see.
#include <gtest/gtest.h>

#include "support/server_test.h"
#include "support/websocket_client.h"

namespace trestle::testing {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

class Status : public ServerTest {
 protected:
  void SetUp() override {
    nginx().file("sql/one.sql", "-- @one\nselect 1 as one");
    nginx().file("sql/fail.sql", "select 1 / :n::int");
  }

  void start_shop(std::string_view primary = "@postgres@") {
    start(std::string("trestle_database shop { primary \"") +
          std::string(primary) + R"("; anonymous_role web_anon; pool_size 4; }
server {
  listen @port@;
  server_name shop.example;
  location = /one { trestle_query shop sql/one.sql; }
  location = /fail { trestle_query shop sql/fail.sql; }
  location = /echo { trestle_live_echo; }
  location /status { trestle_status; }
})");
  }

  std::string metrics() { return nginx().get("/status/metrics").body; }

  // The value of a metric of the database; -1: it is not there.
  int number(std::string_view name) {
    const std::string line = "\n" + std::string(name) + "{database=\"shop\"} ";
    const std::string text = metrics();
    const std::size_t at = text.find(line);
    return at == std::string::npos ? -1 : atoi(&text[at + line.size()]);
  }

  // A counter is there as soon as nginx has logged the request.
  bool comes(std::string_view line) {
    return wait_until([&] { return contains(metrics(), line); });
  }
};

constexpr std::string_view kOne =
    R"(server="shop.example",location="/one",handler="trestle_query")";

std::string sample(std::string_view name, std::string_view labels,
                   std::string_view rest) {
  return std::string(name) + "{" + std::string(labels) + std::string(rest);
}

TEST_F(Status, counts_requests_over_all_workers_by_location_and_status) {
  configure({.workers = 2});
  SetUp();
  start_shop();
  for (int i = 0; i < 20; i++) ASSERT_EQ(nginx().get("/one").status, 200);
  ASSERT_EQ(nginx().get("/fail?n=0").status, 400);
  EXPECT_TRUE(
      comes(sample("trestle_requests_total", kOne, ",status=\"2xx\"} 20\n")));
  EXPECT_TRUE(comes(sample("trestle_request_duration_seconds_bucket", kOne,
                           ",le=\"+Inf\"} 20\n")));
  EXPECT_TRUE(
      comes(R"(location="/fail",handler="trestle_query",status="4xx"} 1)"));
  // Workers look for changes of the schema now and then, too.
  EXPECT_TRUE(
      wait_until([&] { return number("trestle_database_runs_total") >= 21; }));
  EXPECT_TRUE(comes("trestle_workers 2\n"));
}

TEST_F(Status, counts_what_is_prepared_and_not_what_is_prepared_already) {
  start_shop();
  const auto ask = [&](int times) {
    const int before = number("trestle_database_runs_total");
    for (int i = 0; i < times; i++) ASSERT_EQ(nginx().get("/one").status, 200);
    EXPECT_TRUE(wait_until([&] {
      return number("trestle_database_runs_total") >= before + times;
    }));
  };
  // The first runs learn the statement's types.
  ask(3);
  const int prepares = number("trestle_database_prepares_total");
  EXPECT_GE(prepares, 1);
  EXPECT_TRUE(wait_until([&] {
    return number("trestle_pool_statements") ==
           number("trestle_database_prepares_total");
  }));
  // The worker's own looks at the schema may have prepared a few meanwhile.
  ask(20);
  EXPECT_LT(number("trestle_database_prepares_total"), prepares + 20);
}

TEST_F(Status, tells_how_much_has_passed_through_the_live_memory) {
  start(
      R"(trestle_database shop { primary "@postgres@"; anonymous_role web_anon; }
trestle_live_memory 1m;
server {
  listen @port@;
  location = /live { trestle_live shop; }
  location /status { trestle_status; }
})");
  EXPECT_TRUE(contains(metrics(), "trestle_live_memory_size_bytes 1048576\n"));
  EXPECT_TRUE(
      contains(metrics(), "trestle_live_memory_written_bytes_total 0\n"));
  EXPECT_TRUE(contains(nginx().get("/status").body,
                       R"("memory_size":1048576,"memory_written":0)"));
}

TEST_F(Status, keeps_its_figures_over_a_reload) {
  start_shop();
  ASSERT_EQ(nginx().get("/one").status, 200);
  ASSERT_TRUE(
      comes(sample("trestle_requests_total", kOne, ",status=\"2xx\"} 1\n")));
  nginx().reload();
  ASSERT_EQ(nginx().get("/one").status, 200);
  EXPECT_TRUE(
      comes(sample("trestle_requests_total", kOne, ",status=\"2xx\"} 2\n")));
}

TEST_F(Status, is_a_page_for_people_and_json_for_programs) {
  start_shop();
  ASSERT_EQ(nginx().get("/one").status, 200);
  const Response page =
      nginx().get("/status", Headers{{"Accept", "text/html,*/*;q=0.8"}});
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.header("Content-Type"), "text/html; charset=utf-8");
  EXPECT_TRUE(contains(page.body, "<td class=\"text\">/one</td>"));
  const Response json = nginx().get("/status");
  EXPECT_EQ(json.header("Content-Type"), "application/json; charset=utf-8");
  EXPECT_TRUE(contains(json.body, R"("name":"shop","pool_size":4,)"));
  EXPECT_EQ(nginx().get("/status/nothing").status, 404);
}

TEST_F(Status, counts_live_connections_while_they_are_open) {
  start_shop();
  {
    WebSocketClient socket(nginx().address());
    ASSERT_TRUE(socket.open("/echo"));
    EXPECT_TRUE(comes("trestle_live_connections{kind=\"websocket\"} 1\n"));
  }
  EXPECT_TRUE(comes("trestle_live_connections{kind=\"websocket\"} 0\n"));
}

TEST_F(Status, is_ready_while_the_database_answers) {
  start_shop();
  const Response ready = nginx().get("/status/ready");
  EXPECT_EQ(ready.status, 200);
  EXPECT_EQ(ready.body, "shop: ready\n");
  EXPECT_EQ(nginx().get("/status/live").body, "live\n");
}

TEST_F(Status, is_live_but_not_ready_without_a_database) {
  start_shop("host=/nonexistent user=web dbname=shop");
  const Response ready = nginx().get("/status/ready");
  EXPECT_EQ(ready.status, 503);
  EXPECT_EQ(ready.body, "shop: away\n");
  EXPECT_EQ(nginx().get("/status/live").status, 200);
  EXPECT_TRUE(comes("trestle_database_away{database=\"shop\"} 1\n"));
}

class Observed : public ServerTest {
 protected:
  void SetUp() override {
    nginx().file("sql/sleep.sql", "select pg_sleep(:s::float8)");
    nginx().file("sql/who.sql",
                 "-- @value\nselect current_setting('application_name')");
  }

  void start_shop() {
    start(R"(trestle_database shop { primary "@postgres@"; pool_size 1;
  anonymous_role web_anon; }
trestle_slow_query 50ms;
trestle_trace on;
server {
  listen @port@;
  location = /sleep { trestle_query shop sql/sleep.sql; }
  location = /who { trestle_query shop sql/who.sql; trestle_server_timing on; }
})");
  }
};

TEST_F(Observed, slow_runs_are_told_with_their_statement) {
  start_shop();
  ASSERT_EQ(nginx().get("/sleep?s=0").status, 200);
  ASSERT_EQ(nginx().get("/sleep?s=0.2").status, 200);
  EXPECT_TRUE(nginx().wait_for_log("slow query, "));
  EXPECT_TRUE(nginx().wait_for_log("select pg_sleep($1::float8)"));
}

TEST_F(Observed, a_trace_reaches_postgresql_and_ends_with_its_request) {
  start_shop();
  const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  const Headers headers = {
      {"traceparent", "00-" + trace + "-00f067aa0ba902b7-01"}};
  EXPECT_EQ(nginx().get("/who", headers).body, "\"trestle " + trace + "\"");
  EXPECT_FALSE(contains(nginx().get("/who").body, trace));
  EXPECT_FALSE(contains(
      nginx().get("/who", Headers{{"traceparent", "'; select 1"}}).body,
      "select"));
}

TEST_F(Observed, times_are_told_to_the_browser) {
  start_shop();
  const std::string timing = nginx().get("/who").header("Server-Timing");
  EXPECT_TRUE(contains(timing, "queue;dur=")) << timing;
  EXPECT_TRUE(contains(timing, ", db;dur=")) << timing;
  EXPECT_TRUE(contains(timing, ", total;dur=")) << timing;
  EXPECT_EQ(nginx().get("/sleep?s=0").header("Server-Timing"), "");
}

}  // namespace
}  // namespace trestle::testing
