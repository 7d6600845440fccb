// nginx behind Debian's PgBouncer in transaction mode: a connection of ours is
// another backend with each transaction, so nothing may be left to a session.
#include <gtest/gtest.h>

#include <csignal>

#include "support/load.h"
#include "support/server_test.h"
#include "support/token.h"

namespace trestle::testing {
namespace {

constexpr const char* kSecret = "a secret of at least thirty-two bytes";

class Pooler : public ServerTest {
 protected:
  void SetUp() override {
    sql("create table item (owner text, n int);"
        "insert into item select 'user' || u, u from generate_series(0, 9) u;"
        "alter table item enable row level security;"
        "create policy own on item using (owner = current_setting("
        "  'request.jwt.claims', true)::json ->> 'sub');"
        "grant select, insert on item to customer");
    NginxServer& n = nginx();
    n.file("rows.sql", "-- @many\nselect owner from item;");
    n.file("add.sql",
           "-- @post\n-- @one\ninsert into item values (:claims.sub, :n!::int) "
           "returning owner, n;");
    n.file("both.sql",
           "-- @post\n-- @exec\ninsert into item values (:claims.sub, 99);\n"
           "-- @value\nselect 1 / :by::int;");
    n.file("state.sql", R"(
-- @one
select current_user::text as role,
       coalesce(current_setting('request.jwt.claims', true), '') as claims,
       current_setting('statement_timeout') as timeout,
       current_setting('transaction_read_only') as read_only,
       (select count(*) from pg_prepared_statements) as prepared;
)");
    n.file("sleep.sql", "-- @value\nselect 1 from pg_sleep(:s::float);");
    port_ = free_port();
    settings_.write("pgbouncer.ini",
                    "[databases]\n* = host=" + cluster().socket_folder() +
                        " port=" + std::to_string(cluster().port()) +
                        "\n[pgbouncer]\nlisten_addr = 127.0.0.1\n"
                        "listen_port = " +
                        std::to_string(port_) +
                        "\nunix_socket_dir =\nauth_type = trust\n"
                        "auth_file = " +
                        settings_.path("users") +
                        "\npool_mode = transaction\ndefault_pool_size = 2\n"
                        "max_client_conn = 100\n");
    settings_.write("users", "\"web\" \"\"\n");
    start_pooler();
    start(R"(
trestle_database db {
  primary "host=127.0.0.1 port=)" +
          std::to_string(port_) + R"( user=web sslmode=disable dbname=)" +
          database() + R"(";
  pooler transaction;
  pool_size 6;
  query_timeout 20s;
  anonymous_role web_anon;
  jwt_secret "a secret of at least thirty-two bytes";
}
server {
  listen @port@;
  location = /rows { trestle_query db rows.sql; }
  location = /add { trestle_query db add.sql; }
  location = /both { trestle_query db both.sql; }
  location = /state { trestle_query db state.sql; }
  location = /sleep { trestle_query db sleep.sql; }
  location = /short { trestle_query db sleep.sql; trestle_query_timeout 100ms; }
})");
  }

  void TearDown() override {
    nginx().stop();
    stop_pooler();
    ServerTest::TearDown();
  }

  void start_pooler() {
    pooler_ = Process({"/usr/sbin/pgbouncer", settings_.path("pgbouncer.ini")},
                      {.output = settings_.path("log")});
    ASSERT_TRUE(wait_until([this] {
      HttpClient client(Address{.port = port_});
      return client.connect();
    })) << settings_.read("log");
  }
  void stop_pooler() {
    pooler_.signal(SIGTERM);
    EXPECT_TRUE(pooler_.wait());
  }

  static Headers as(int user) {
    return {bearer(hs256_token(R"({"role":"customer","sub":"user)" +
                                   std::to_string(user) + "\"}",
                               kSecret)),
            {"Content-Type", "application/json"}};
  }

  [[nodiscard]] int sleeping() const {
    return std::atoi(sql("select count(*) from pg_stat_activity where "
                         "usename = 'web' and wait_event = 'PgSleep'")
                         .c_str());
  }

  TempFolder settings_;
  int port_ = 0;
  Process pooler_;
};

TEST_F(Pooler, reads_and_writes_are_answered) {
  EXPECT_EQ(nginx().get("/rows", as(3)).body, R"([{"owner":"user3"}])");
  EXPECT_EQ(nginx().request("POST", "/add", as(3), R"({"n":7})").body,
            R"({"owner":"user3","n":7})");
  EXPECT_EQ(nginx().get("/rows", as(3)).body,
            R"([{"owner":"user3"},{"owner":"user3"}])");
  EXPECT_EQ(nginx().get("/rows").status, 401);  // nobody may not read it
  // One transaction, all or nothing.
  EXPECT_EQ(nginx().request("POST", "/both", as(3), R"({"by":0})").status, 400);
  EXPECT_EQ(sql("select count(*) from item where n = 99"), "0");
  EXPECT_EQ(nginx().request("POST", "/both", as(3), R"({"by":1})").body, "1");
}

TEST_F(Pooler, nothing_outlives_its_transaction) {
  for (int i = 0; i < 10; i++) {
    EXPECT_EQ(nginx().get("/rows", as(i)).status, 200);
    EXPECT_EQ(nginx().get("/state").body,
              R"({"role":"web_anon","claims":"{\"role\":\"web_anon\"}",)"
              R"("timeout":"20s","read_only":"on","prepared":0})");
  }
  // The backends as the next client of the pooler finds them.
  EXPECT_EQ(sql("select count(*) from pg_stat_activity where usename = 'web' "
                "and state <> 'idle'"),
            "0");
}

TEST_F(Pooler, visitors_do_not_mix) {
  Load load{.address = nginx().address(), .clients = 10};
  load.request = [](int client, std::uint64_t number) {
    if (number % 4 == 3) return request_text("GET", "/state");
    return request_text("GET", "/rows", as(client));
  };
  std::string foreign;
  load.done = [&](const LoadResult& result) {
    const std::string& body = result.response.body;
    const bool anonymous = result.number % 4 == 3;
    const std::string own = "user" + std::to_string(result.client) + "\"";
    if (result.response.status != 200 ||
        body.find(anonymous ? "web_anon" : own) == std::string::npos)
      foreign += std::to_string(result.response.status) + " " + body + "; ";
  };
  const LoadCounts counts =
      load.run(Milliseconds(0), static_cast<std::uint64_t>(soak(500, 50'000)));
  EXPECT_EQ(foreign, "");
  EXPECT_EQ(counts.failed, 0u) << counts.text();
  EXPECT_LE(backends(), 2);
}

TEST_F(Pooler, time_outs_and_cancels_reach_the_backend) {
  EXPECT_EQ(nginx().get("/short?s=20").status, 504);
  HttpClient client(nginx().address());
  ASSERT_TRUE(client.connect());
  ASSERT_TRUE(client.send(request_text("GET", "/sleep?s=30")));
  ASSERT_TRUE(wait_until([this] { return sleeping() == 1; }));
  client.close();
  EXPECT_TRUE(wait_until([this] { return sleeping() == 0; }));
  EXPECT_EQ(nginx().get("/rows", as(1)).status, 200);
}

TEST_F(Pooler, one_that_restarts_is_found_again) {
  EXPECT_EQ(nginx().get("/rows", as(1)).status, 200);
  stop_pooler();
  EXPECT_TRUE(
      wait_until([this] { return nginx().get("/state").status == 503; }));
  start_pooler();
  EXPECT_TRUE(
      wait_until([this] { return nginx().get("/state").status == 200; }));
}

}  // namespace
}  // namespace trestle::testing
