// The catalog follows the database: by NOTIFY, by a connection that comes back,
// by SIGHUP, by the event triggers of sql/reload_on_ddl.sql; and nobody waits
// for it.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "support/load.h"
#include "support/server_test.h"

namespace trestle::testing {
namespace {

class CatalogReload : public ServerTest {
 protected:
  void SetUp() override {
    sql("create schema api; grant usage on schema api to web_anon;"
        "create table api.product (id int primary key, name text);"
        "insert into api.product values (1, 'Kettle');"
        "alter default privileges in schema api grant select on tables"
        " to web_anon;"
        "grant select on api.product to web_anon");
    start(
        "trestle_database db {\n  primary \"@postgres@\";\n"
        "  anonymous_role web_anon;\n}\n"
        "server {\n  listen @port@;\n"
        "  location /api/ { trestle_rest db schema=api; }\n}\n");
    ASSERT_EQ(status_of("product"), 200);
    ASSERT_TRUE(wait_until([this] { return listener() != "0"; }));
  }

  int status_of(const std::string& table) {
    return nginx().get("/api/" + table).status;
  }
  [[nodiscard]] bool appears(const std::string& table) {
    return wait_until([&] { return status_of(table) == 200; });
  }

  // The backend that listens, "0" while there is none.
  [[nodiscard]] std::string listener() const {
    return sql(
        "select coalesce(max(pid), 0) from pg_stat_activity where"
        " datname = current_database() and application_name like '% listen'"
        " and query like 'listen%' and state = 'idle'");
  }

  [[nodiscard]] int loads() {
    const std::string log = nginx().log();
    int count = 0;
    const std::string loaded = "catalog of \"db\" loaded";
    for (std::size_t at = 0; (at = log.find(loaded, at)) != std::string::npos;
         at += loaded.size())
      ++count;
    return count;
  }
};

TEST_F(CatalogReload, many_notifications_are_few_loads_and_none_is_lost) {
  const int before = loads();
  for (int i = 0; i < 100; ++i)
    sql("create table api.t" + std::to_string(i) + " (id int); notify " +
        (i % 2 == 0 ? "pgrst" : "trestle, 'reload schema'"));
  EXPECT_TRUE(appears("t99"));
  for (int i = 0; i < 100; i += 9)
    EXPECT_EQ(status_of("t" + std::to_string(i)), 200) << i;
  EXPECT_LT(loads() - before, 100);
  // Of the configuration there is nothing to read anew.
  const int after = loads();
  sql("notify pgrst, 'reload config'");
  sql("create table api.last (id int); notify pgrst, 'reload schema'");
  EXPECT_TRUE(appears("last"));
  EXPECT_GE(loads(), after + 1);
}

TEST_F(CatalogReload, what_was_notified_while_nobody_listened_is_seen) {
  const std::string pid = listener();
  nginx().skip_log();
  sql("select pg_terminate_backend(" + pid + ")");
  sql("create table api.meanwhile (id int); notify pgrst");
  EXPECT_TRUE(appears("meanwhile"));
  ASSERT_TRUE(wait_until([&] {
    const std::string now = listener();
    return now != "0" && now != pid;
  }));
  sql("create table api.afterwards (id int); notify pgrst");
  EXPECT_TRUE(appears("afterwards"));
}

TEST_F(CatalogReload, a_failed_load_leaves_the_old_one) {
  nginx().skip_log();
  sql("create table api.later (id int);"
      "revoke select on pg_catalog.pg_constraint from public; notify pgrst");
  EXPECT_TRUE(nginx().wait_for_log("could not be loaded"));
  EXPECT_EQ(nginx().get("/api/product").body, R"([{"id":1,"name":"Kettle"}])");
  EXPECT_EQ(status_of("later"), 404);
  // It is tried again.
  sql("grant select on pg_catalog.pg_constraint to public");
  EXPECT_TRUE(appears("later"));
}

TEST_F(CatalogReload, a_sighup_reads_it_anew) {
  sql("create table api.silent (id int)");
  EXPECT_EQ(status_of("silent"), 404);
  nginx().reload();
  EXPECT_EQ(status_of("silent"), 200);
}

TEST_F(CatalogReload, event_triggers_notify_by_themselves) {
  std::ifstream file("sql/reload_on_ddl.sql");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  ASSERT_FALSE(text.empty());
  sql(text);
  sql(text);  // may be run again
  sql("create table api.made (id int)");
  EXPECT_TRUE(appears("made"));
  sql("alter table api.made add column extra text");
  EXPECT_TRUE(wait_until([&] {
    return nginx().get("/api/made?extra=eq.x").status == 200 &&
           nginx().get("/api/made?select=extra").body == "[]";
  }));
  sql("drop table api.made");
  EXPECT_TRUE(wait_until([&] {
    return nginx().get("/api/made").body.find("PGRST205") != std::string::npos;
  }));
}

// A schema as large as they come: requests go on while it is read.
TEST_F(CatalogReload, nobody_waits_for_a_large_schema) {
  const int tables = soak(400, 5'000);
  // As many as the locks of one transaction allow.
  constexpr int kAtOnce = 400;
  for (int first = 1; first <= tables; first += kAtOnce)
    sql("do $$ begin for i in " + std::to_string(first) + ".." +
        std::to_string(std::min(first + kAtOnce - 1, tables)) +
        " loop execute format('create table api.big%s (id int primary key,"
        " product_id int references api.product, a text, b numeric, c jsonb)',"
        " i); end loop; end $$");
  std::vector<double> quiet, loading;
  int before = -1;  // loads until a new one was asked for
  Load load{.address = nginx().address(), .clients = 2};
  load.request = [](int, std::uint64_t) {
    return request_text("GET", "/api/product?id=eq.1");
  };
  load.done = [&](const LoadResult& result) {
    EXPECT_EQ(result.response.status, 200) << result.response.body;
    (before < 0 ? quiet : loading).push_back(result.ms);
  };
  load.tick = [&] {
    if (before < 0 && quiet.size() >= 100) {
      before = loads();
      sql("notify pgrst");
    }
    load.stop = before >= 0 && loads() > before;
  };
  load.run(Milliseconds(0));
  ASSERT_GT(loading.size(), 0u);
  std::sort(loading.begin(), loading.end());
  std::sort(quiet.begin(), quiet.end());
  const auto record = [](const char* name, double ms) {
    RecordProperty(name, static_cast<int>(ms * 1000));
  };
  record("quiet_p99_us", quiet[quiet.size() * 99 / 100]);
  record("loading_p99_us", loading[loading.size() * 99 / 100]);
  record("loading_worst_us", loading.back());
  if (soak(0, 1) == 1) {
    // What is read is put together while others are served.
    const std::string log = nginx().log();
    const std::string last = log.substr(log.rfind("linked in "));
    EXPECT_FALSE(last.starts_with("linked in 1 turns")) << last;
    EXPECT_LT(loading[loading.size() * 99 / 100],
              2 * quiet[quiet.size() * 99 / 100] + 20);
  }
  EXPECT_TRUE(appears("big" + std::to_string(tables)));
}

}  // namespace
}  // namespace trestle::testing
