// Results of every size, over plain and encrypted connections and through a
// network that brings single bytes; slow readers; clients that leave by the
// thousand.
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <random>

#include "support/curl_client.h"
#include "support/fault_proxy.h"
#include "support/load.h"
#include "support/server_test.h"

namespace trestle::testing {
namespace {

class Streaming : public ServerTest {
 protected:
  void SetUp() override {
    nginx().file("text.sql", "-- @value\nselect repeat('x', :n::int);");
    nginx().file("rows.sql",
                 "-- @many\nselect i, 'row number ' || i as t "
                 "from generate_series(1, :n::int) i;");
    nginx().file("late.sql",
                 "-- @many\nselect 10000 / (20000 - i) as i "
                 "from generate_series(1, :n::int) i;");
    nginx().file("quick.sql", "-- @value\nselect :n::int;");
  }

  void start_with(std::string_view conninfo,
                  std::string_view settings = "pool_size 4;") {
    start("trestle_database db {\n  primary \"" + std::string(conninfo) +
          "\";\n  " + std::string(settings) +
          "\n}\nserver {\n  listen @port@;\n"
          "  location = /text { trestle_query db text.sql; }\n"
          "  location = /rows { trestle_query db rows.sql; }\n"
          "  location = /late { trestle_query db late.sql; }\n"
          "  location = /quick { trestle_query db quick.sql; }\n}\n");
  }

  // Odd sizes around every buffer's border, on one connection.
  void check_sizes(int step) {
    HttpClient client(nginx().address());
    std::vector<int> sizes = {0,     1,      2,      8'191, 8'192,
                              8'193, 16'383, 16'384, 16'385};
    for (int n = 3; n < 400'000; n += step) sizes.push_back(n);
    for (const int n : sizes) {
      const Response response = client.get("/text?n=" + std::to_string(n));
      ASSERT_EQ(response.status, 200) << n;
      ASSERT_EQ(response.body.size(), static_cast<std::size_t>(n) + 2) << n;
    }
  }

  [[nodiscard]] std::string over_tcp(int port, std::string_view tls) const {
    return "host=127.0.0.1 port=" + std::to_string(port) +
           " user=web dbname=" + database() + " sslmode=" + std::string(tls);
  }
};

TEST_F(Streaming, results_of_all_sizes_come_whole_over_a_socket) {
  start_with("@postgres@");
  check_sizes(soak(7'919, 997));
}

TEST_F(Streaming, results_of_all_sizes_come_whole_over_tls) {
  start_with(over_tcp(cluster().port(), "require"));
  check_sizes(soak(7'919, 997));
  EXPECT_EQ(sql("select count(*) > 0 from pg_stat_ssl s join pg_stat_activity a"
                " using (pid) where a.usename = 'web' and s.ssl"),
            "t");
}

TEST_F(Streaming, results_of_all_sizes_come_whole_byte_by_byte) {
  FaultProxy proxy({cluster().port()});
  start_with(over_tcp(proxy.port(), "disable"));
  proxy.set(Fault::bytewise);
  check_sizes(soak(49'999, 7'919));
}

TEST_F(Streaming, results_come_whole_over_tls_byte_by_byte) {
  FaultProxy proxy({cluster().port()});
  start_with(over_tcp(proxy.port(), "require"));
  proxy.set(Fault::bytewise);
  check_sizes(soak(99'991, 7'919));
}

TEST_F(Streaming, many_rows_are_one_valid_array) {
  start_with("@postgres@");
  const Response response = nginx().get("/rows?n=20000");
  ASSERT_EQ(response.status, 200);
  EXPECT_TRUE(response.body.starts_with(R"([{"i":1,"t":"row number 1"},)"));
  EXPECT_TRUE(
      response.body.ends_with(R"({"i":20000,"t":"row number 20000"}])"));
  EXPECT_EQ(std::count(response.body.begin(), response.body.end(), '{'), 20000);
}

TEST_F(Streaming, an_early_error_is_an_error_and_a_late_one_breaks_off) {
  start_with("@postgres@");
  EXPECT_EQ(nginx().get("/late?n=10").status, 200);
  const Response late = nginx().get("/late?n=20000");
  // Not whole: no status of a complete answer, or a proper error.
  EXPECT_TRUE(late.status == 0 || late.status == 400)
      << late.status << " " << late.body.size();
  EXPECT_EQ(nginx().get("/quick?n=3").body, "3");
}

TEST_F(Streaming, a_slow_reader_of_a_million_rows_costs_no_memory) {
  start_with("@postgres@", "pool_size 4; query_timeout 300s;");
  EXPECT_EQ(nginx().get("/rows?n=2000").status, 200);
  ASSERT_TRUE(nginx().wait_for_log("loaded"));
  const pid_t worker = nginx().workers().at(0);
  [[maybe_unused]] const long before = private_memory_kb(worker);
  HttpClient client(nginx().address());
  ASSERT_TRUE(client.connect());
  ASSERT_TRUE(client.send(request_text("GET", "/rows?n=1000000")));
  std::size_t taken = 0;
  long most = 0;
  // The first part in small sips, the rest in gulps.
  for (int i = 0; i < 200; i++) {
    taken += client.read_some(512).size();
    if (i % 10 == 0) most = std::max(most, private_memory_kb(worker));
    const Response other = nginx().get("/quick?n=" + std::to_string(i));
    ASSERT_EQ(other.body, std::to_string(i));
  }
  std::string end;
  for (std::string bytes; !(bytes = client.read_some(1 << 20)).empty();) {
    taken += bytes.size();
    most = std::max(most, private_memory_kb(worker));
    end = (end + bytes)
              .substr((end + bytes).size() -
                      std::min<std::size_t>(16, end.size() + bytes.size()));
    if (end.ends_with("]\r\n0\r\n\r\n")) break;
  }
  EXPECT_TRUE(end.ends_with("]\r\n0\r\n\r\n")) << end;
  EXPECT_GT(taken, 35'000'000u);
#ifndef TRESTLE_PRELOAD  // sanitizers keep freed memory
  EXPECT_LT(most - before, 1'024) << "kB";
#endif
}

TEST_F(Streaming, slow_readers_leave_connections_to_others) {
  start_with("@postgres@", "pool_size 2;");
  std::vector<std::unique_ptr<HttpClient>> readers;
  for (int i = 0; i < 6; i++) {
    readers.push_back(std::make_unique<HttpClient>(nginx().address()));
    ASSERT_TRUE(readers.back()->connect());
    ASSERT_TRUE(readers.back()->send(request_text("GET", "/text?n=5000000")));
    ASSERT_EQ(readers.back()->read_some(8), "HTTP/1.1");
  }
  EXPECT_EQ(nginx().get("/quick?n=8").body, "8");
}

TEST_F(Streaming, a_storm_of_clients_that_leave_breaks_nothing) {
  start_with("@postgres@", "pool_size 3; queue size=1000 timeout=20s;");
  std::mt19937 random(7);
  Load load{.address = nginx().address(), .clients = 60};
  const char* targets[] = {"/quick?n=1", "/rows?n=3000", "/text?n=100000",
                           "/rows?n=10", "/late?n=30000"};
  load.request = [&](int, std::uint64_t) {
    return request_text("GET", targets[random() % 5]);
  };
  load.leave_after_ms = [&](int, std::uint64_t) {
    return random() % 10 == 0 ? -1 : static_cast<int>(random() % 12);
  };
  Clock::time_point last = Clock::now();
  load.tick = [&] {
    if (elapsed_ms(last) < 250) return;
    last = Clock::now();
    sql("select pg_terminate_backend(pid) from pg_stat_activity "
        "where usename = 'web' limit 1");
  };
  const LoadCounts counts = load.run(
      Milliseconds(0), static_cast<std::uint64_t>(soak(2'000, 10'000)));
  EXPECT_GT(counts.aborted, 500u) << counts.text();
  EXPECT_TRUE(
      wait_until([this] { return nginx().get("/quick?n=5").body == "5"; }));
  const pid_t worker = nginx().workers().at(0);
  EXPECT_TRUE(wait_until([&] { return open_descriptors(worker) < 40; }))
      << open_descriptors(worker);
  EXPECT_LE(backends(), 3);
}

}  // namespace
}  // namespace trestle::testing
