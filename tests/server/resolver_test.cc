// A database whose host is a name: answers that change, that say no, and that
// never come. Nothing else that the worker serves may notice.
#include <gtest/gtest.h>

#include <algorithm>

#include "support/dns_server.h"
#include "support/server_test.h"

namespace trestle::testing {
namespace {

class Resolver : public ServerTest {
 protected:
  void SetUp() override {
    nginx().file("one.sql", "-- @value\nselect 1;");
    nginx().file("where.sql", "-- @value\nselect host(inet_server_addr());");
    nginx().file("sleep.sql", "-- @value\nselect 1 from pg_sleep(0.2);");
  }

  // `resolver` empty: none.
  void start_with(std::string_view resolver, const std::string& host, int port,
                  std::string_view keys = "") {
    start(std::string(resolver) + "\ntrestle_database db {\n  primary \"host=" +
          host + " port=" + std::to_string(port) +
          " user=web sslmode=disable dbname=" + database() +
          "\";\n  connect_timeout 1s;\n  " + std::string(keys) +
          "\n}\nserver {\n  listen @port@;\n"
          "  location = /plain { return 200 \"plain\"; }\n"
          "  location = /one { trestle_query db one.sql; }\n"
          "  location = /where { trestle_query db where.sql; }\n"
          "  location = /sleep { trestle_query db sleep.sql; }\n}\n");
  }

  [[nodiscard]] std::string asks_dns() const {
    return "resolver 127.0.0.1:" + std::to_string(dns_.port()) +
           " ipv6=off valid=1s; resolver_timeout 1s;";
  }

  bool serves() {
    return wait_until([this] { return nginx().get("/one").body == "1"; });
  }

  DnsServer dns_;
};

TEST_F(Resolver, without_one_names_are_looked_up_at_the_start) {
  start_with("", "localhost", cluster().port());
  EXPECT_EQ(nginx().get("/one").body, "1");
  EXPECT_EQ(dns_.questions(), 0);
}

TEST_F(Resolver, a_name_is_asked_for_when_a_connection_is_made) {
  dns_.answer({"127.0.0.1"});
  start_with(asks_dns(), "db.test", cluster().port());
  EXPECT_EQ(dns_.questions(), 0);
  EXPECT_EQ(nginx().get("/one").body, "1");
  EXPECT_GE(dns_.questions(), 1);
}

// The slowest but one in a hundred of a location without a database, asked
// until `elapsed` has passed since `begin`.
double plain_p99(const Address& address, Clock::time_point begin,
                 double elapsed) {
  std::vector<double> times;
  HttpClient client(address);
  while (elapsed_ms(begin) < elapsed) {
    const Clock::time_point asked = Clock::now();
    EXPECT_EQ(client.get("/plain").body, "plain");
    times.push_back(elapsed_ms(asked));
  }
  std::sort(times.begin(), times.end());
  return times[times.size() * 99 / 100];
}

TEST_F(Resolver, answers_that_never_come_hold_nobody_up) {
  start_with(asks_dns(), "db.test", cluster().port());
  const double before = plain_p99(nginx().address(), Clock::now(), 500);
  HttpClient waits(nginx().address());
  ASSERT_TRUE(waits.connect());
  const Clock::time_point asked = Clock::now();
  ASSERT_TRUE(waits.send(request_text("GET", "/one")));
  ASSERT_TRUE(wait_until([this] { return dns_.questions() >= 1; }));
  const double p99 = plain_p99(nginx().address(), asked, 900);
  RecordProperty("plain_p99_us", static_cast<int>(p99 * 1000));
  // On a machine that is slow by itself, not much more than without.
  EXPECT_LT(p99, std::max(5.0, 5 * before));
  const Response response = waits.read_response();
  EXPECT_EQ(response.status, 503) << response.body;
  EXPECT_TRUE(response.has("Retry-After"));
  EXPECT_LT(elapsed_ms(asked), 6'000);
  dns_.answer({"127.0.0.1"});
  EXPECT_TRUE(serves());
}

TEST_F(Resolver, a_name_that_is_denied_is_503_until_it_is_there) {
  dns_.deny();
  start_with(asks_dns(), "db.test", cluster().port());
  for (int i = 0; i < 3; i++) {
    const Response response = nginx().get("/one");
    EXPECT_EQ(response.status, 503);
    EXPECT_EQ(response.body.find("db.test"), std::string::npos);
  }
  EXPECT_TRUE(nginx().wait_for_log("db.test"));
  dns_.answer({"127.0.0.1"});
  EXPECT_TRUE(serves());
}

TEST_F(Resolver, the_next_address_is_tried) {
  dns_.answer({"127.0.0.9", "127.0.0.1"});
  start_with(asks_dns(), "db.test", cluster().port());
  EXPECT_EQ(nginx().get("/one").body, "1");
}

TEST_F(Resolver, new_connections_go_where_the_name_leads_now) {
  PostgresCluster both(
      {.settings = {{"listen_addresses", "127.0.0.1,127.0.0.2"}}, .tcp = true});
  both.query("create role web login");
  both.query("create database " + database());
  dns_.answer({"127.0.0.1"});
  start_with(asks_dns(), "db.test", both.port(), "pool_size 2;");
  EXPECT_EQ(nginx().get("/where").body, "\"127.0.0.1\"");
  dns_.answer({"127.0.0.2"});
  // What is connected stays; what is lost comes back elsewhere.
  EXPECT_EQ(nginx().get("/where").body, "\"127.0.0.1\"");
  EXPECT_TRUE(wait_until([&] {
    both.query(
        "select pg_terminate_backend(pid) from pg_stat_activity "
        "where usename = 'web'");
    return nginx().get("/where").body == "\"127.0.0.2\"";
  }));
}

}  // namespace
}  // namespace trestle::testing
