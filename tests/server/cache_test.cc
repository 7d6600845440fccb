// trestle_cache: what is kept, for whom, and until when. Every location tells
// in X-Cache where its answer came from.
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "support/cache_state.h"
#include "support/live_test.h"

namespace trestle::testing {
namespace {

constexpr const char* kSchema = R"(
create table product (id int primary key, name text not null, cents int);
insert into product values (1, 'Kettle', 100), (2, 'Lid', 50);
create view shelf as select id, name from product;
create table note (id int primary key, owner text not null, text text);
insert into note values (1, 'ann', 'of ann'), (2, 'bob', 'of bob');
alter table note enable row level security;
create policy own on note using
  (owner = current_setting('request.jwt.claims', true)::json ->> 'name');
create table part (id int, kind int) partition by list (kind);
create table part_1 partition of part for values in (1);
insert into part values (1, 1);
create unlogged table fast (id int primary key);
create materialized view old as select count(*) from product;
create view today as select current_date as day, id from product;
create function opaque() returns int language plpgsql stable as
  $$ begin return (select count(*) from product); end $$;
create function plain() returns bigint language sql stable as
  $$ select count(*) from product $$;
create table counter (id int primary key, value int not null);
insert into counter values (1, 0), (2, 0);
grant all on product, shelf, note, part, part_1, fast, old, today, counter
  to web_anon, customer;
)";

constexpr const char* kHttp = R"(
trestle_live_memory 1m;
trestle_cache_zone 1m;
trestle_database shop {
  primary "@postgres@";
  pool_size 2;
  anonymous_role web_anon;
  jwt_secret reallyreallyreallyreallyverysafe;
  schemas public;
  feed;
}
log_format kept "$uri $trestle_cache_status";
server {
  listen @port@;
  access_log access.log kept;
  add_header X-Cache $trestle_cache_status;
  trestle_cache on;
  location /api/ { trestle_rest shop schema=public; }
  location /off/ { trestle_cache off; trestle_rest shop schema=public; }
  location = /graphql { trestle_graphql shop schema=public; }
  location = /names { trestle_query shop names.sql; }
  location = /agent { trestle_query shop agent.sql; }
  location / { trestle_pages shop pages; }
  location /status { trestle_status; }
})";

class Cache : public LiveTest {
 protected:
  void SetUp() override {
    LiveTest::SetUp();
    sql(kSchema);
    configure({.workers = 2});
    nginx().file("names.sql", "select name from product order by id");
    nginx().file("agent.sql", "-- @value\nselect :header.user_agent");
    nginx().file("pages/shelf.sql", "-- @many rows\nselect name from shelf");
    nginx().file("pages/shelf.html",
                 "{% for row in rows %}<p>{{ row.name }}</p>{% endfor %}");
    start(kHttp);
    wait_for_feed();
  }

  static Headers as(const std::string& name) {
    return {
        {"Authorization",
         "Bearer " + token(R"({"role":"customer","name":")" + name + "\"}")}};
  }

  [[nodiscard]] Response kept(std::string_view target,
                              const Headers& headers = {}) {
    return kept_answer(nginx(), target, headers);
  }
  void pass() { pass_commits(nginx(), cluster(), database()); }

  // In neither worker, nor in any later answer, is there what was.
  void expect_everywhere(std::string_view target, std::string_view text,
                         const Headers& headers = {}) {
    for (int i = 0; i < 12; i++) {
      const Response response = nginx().get(target, headers);
      EXPECT_NE(response.body.find(text), std::string::npos)
          << target << " " << response.header("X-Cache") << response.body;
    }
  }

  void expect_never_kept(std::string_view target) {
    static_cast<void>(kept("/api/product?select=id"));  // the cache is of use
    for (int i = 0; i < 4; i++) {
      const Response response = nginx().get(target);
      EXPECT_EQ(response.status, 200) << target << response.body;
      EXPECT_EQ(response.header("X-Cache"), "BYPASS") << target;
    }
  }
};

TEST_F(Cache, rest_graphql_pages_and_sql_files_are_kept) {
  const Response first = kept("/api/product?select=name&id=eq.1");
  EXPECT_EQ(first.body, R"([{"name":"Kettle"}])");
  EXPECT_TRUE(first.has("Content-Range"));
  EXPECT_EQ(first.header("Content-Type"), "application/json; charset=utf-8");
  EXPECT_EQ(kept("/names").body, R"([{"name":"Kettle"},{"name":"Lid"}])");
  EXPECT_EQ(kept("/shelf").body, "<p>Kettle</p><p>Lid</p>");
  EXPECT_EQ(kept("/graphql?query={product(order_by:{id:asc}){name}}").body,
            R"({"data":{"product":[{"name":"Kettle"},{"name":"Lid"}]}})");
  Response posted;
  EXPECT_TRUE(wait_until([&] {
    posted = nginx().request("POST", "/graphql",
                             {{"Content-Type", "application/json"}},
                             R"({"query":"{product{id}}"})");
    return posted.header("X-Cache") == "HIT";
  }));
  EXPECT_EQ(posted.body, R"({"data":{"product":[{"id":1},{"id":2}]}})");
  EXPECT_FALSE(nginx().get("/off/product").has("X-Cache"));
  EXPECT_EQ(kept("/api/rpc/plain").body, "2");
  EXPECT_EQ(kept("/api/part").body, R"([{"id":1,"kind":1}])");
  EXPECT_EQ(kept("/api/part_1").body, R"([{"id":1,"kind":1}])");
}

TEST_F(Cache, is_told_in_the_log_and_counted) {
  static_cast<void>(kept("/names"));
  EXPECT_TRUE(wait_until([&] {
    return nginx().access_log().find("/names HIT") != std::string::npos;
  })) << nginx().access_log();
  static_cast<void>(nginx().get("/api/old"));
  sql("update product set cents = 1");
  pass();
  static_cast<void>(kept("/names"));
  std::string status;
  EXPECT_TRUE(wait_until([&] {
    status = nginx().get("/status").body;
    for (const char* counter : {"hits", "misses", "bypassed", "dropped"})
      if (status.find("\"cache_" + std::string(counter) + "\":0") !=
          std::string::npos)
        return false;
    return true;
  })) << status;
  EXPECT_NE(status.find(R"("cache":{"size":1048576,"entries":1,"bytes":)"),
            std::string::npos)
      << status;
  const std::string metrics = nginx().get("/status/metrics").body;
  for (const char* sample :
       {"trestle_cache_hits_total{database=\"shop\"} ",
        "trestle_cache_misses_total{database=\"shop\"} ",
        "trestle_cache_bypassed_total{database=\"shop\"} ",
        "trestle_cache_dropped_total{database=\"shop\"} ",
        "trestle_cache_entries 1\n", "trestle_cache_size_bytes 1048576\n",
        "trestle_cache_evicted_total 0\n"})
    EXPECT_NE(metrics.find(sample), std::string::npos) << sample << metrics;
  const std::string page =
      nginx().get("/status", {{"Accept", "text/html"}}).body;
  EXPECT_NE(page.find("<p>1 answers, "), std::string::npos) << page;
}

TEST_F(Cache, nobody_is_given_what_another_may_see) {
  EXPECT_NE(kept("/api/note", as("ann")).body.find("of ann"),
            std::string::npos);
  EXPECT_NE(nginx().get("/api/note", as("bob")).header("X-Cache"), "HIT");
  EXPECT_EQ(kept("/api/note", as("bob")).body.find("of ann"),
            std::string::npos);
  EXPECT_EQ(kept("/api/note").body, "[]");
  EXPECT_EQ(kept("/api/note", as("ann")).header("Cache-Control"), "no-store");
}

TEST_F(Cache, each_representation_is_kept_apart) {
  static_cast<void>(kept("/api/product?select=id"));
  const Headers csv = {{"Accept", "text/csv"}};
  EXPECT_EQ(kept("/api/product?select=id", csv).body, "id\n1\n2");
  EXPECT_EQ(kept("/api/product?select=id", {{"Range", "0-0"}}).body,
            R"([{"id":1}])");
  EXPECT_EQ(kept("/api/product?select=id").body, "[{\"id\":1}, \n {\"id\":2}]");
  EXPECT_EQ(kept("/agent", {{"User-Agent", "a"}}).body, "\"a\"");
  EXPECT_EQ(kept("/agent", {{"User-Agent", "b"}}).body, "\"b\"");
}

TEST_F(Cache, a_client_that_has_the_answer_is_told_so_without_a_query) {
  for (const char* target : {"/api/product", "/names", "/shelf"}) {
    const std::string tag = kept(target).header("ETag");
    ASSERT_FALSE(tag.empty()) << target;
    const Headers known = {{"If-None-Match", tag}};
    const Response same = nginx().get(target, known);
    EXPECT_EQ(same.status, 304) << target;
    EXPECT_EQ(same.header("X-Cache"), "HIT") << target;
    EXPECT_EQ(same.body, "");
    sql("update product set name = name || 'x' where id = 1");
    pass();
    const Response changed = nginx().get(target, known);
    EXPECT_EQ(changed.status, 200) << target;
    EXPECT_NE(changed.header("ETag"), tag);
  }
}

TEST_F(Cache, a_change_of_any_kind_drops_what_was_read_of_its_table) {
  const auto drops = [&](const char* change, std::string_view text) {
    for (const char* target :
         {"/api/shelf?select=name&order=id", "/names", "/shelf"})
      static_cast<void>(kept(target));
    sql(change);
    pass();
    for (const char* target :
         {"/api/shelf?select=name&order=id", "/names", "/shelf"})
      expect_everywhere(target, text);
  };
  drops("insert into product values (3, 'Pot', 7)", "Pot");
  drops("update product set name = 'Pan' where id = 3", "Pan");
  drops(
      "delete from product where id = 2; "
      "update product set name = 'Kettles' where id = 1",
      "Kettles");
  drops(
      "begin; truncate product; insert into product values (9, 'Jug', 1); "
      "commit",
      "Jug");
  sql("truncate product");
  pass();
  for (int i = 0; i < 8; i++) EXPECT_EQ(nginx().get("/names").body, "[]");
  static_cast<void>(kept("/api/part_1"));
  sql("insert into part values (2, 1)");
  pass();
  expect_everywhere("/api/part_1", "\"id\":2");
}

TEST_F(Cache, what_is_written_here_is_seen_at_once) {
  for (int i = 1; i <= soak(20, 2'000); i++) {
    const std::string value = std::to_string(i);
    if (i % 4 == 0) static_cast<void>(kept("/api/counter?id=eq.1"));
    ASSERT_EQ(nginx()
                  .request("PATCH", "/api/counter?id=eq.1",
                           {{"Content-Type", "application/json"}},
                           R"({"value":)" + value + "}")
                  .status,
              204);
    ASSERT_EQ(nginx().get("/api/counter?id=eq.1").body,
              R"([{"id":1,"value":)" + value + "}]");
  }
}

TEST_F(Cache, what_no_table_tells_of_is_never_kept) {
  for (const char* target : {"/api/fast", "/api/old", "/api/today",
                             "/api/rpc/opaque", "/api/product?name=neq.now"})
    expect_never_kept(target);
}

TEST_F(Cache, a_table_that_leaves_the_publication_is_kept_no_more) {
  cluster().query_file("sql/reload_on_ddl.sql", database());
  sql("drop publication trestle; create publication trestle for table product");
  ASSERT_TRUE(wait_until([&] {
    return nginx().get("/api/counter").header("X-Cache") == "BYPASS" &&
           nginx().get("/names").header("X-Cache") == "HIT";
  }));
  expect_never_kept("/api/counter");
}

TEST_F(Cache, a_change_of_the_schema_drops_everything) {
  cluster().query_file("sql/reload_on_ddl.sql", database());
  static_cast<void>(kept("/api/note"));
  static_cast<void>(kept("/api/shelf"));
  sql("create policy all_see on note using (true)");
  pass();
  expect_everywhere("/api/note", "of ann");
  static_cast<void>(kept("/api/note"));
  sql("create or replace view shelf as select id, upper(name) as name from "
      "product");
  pass();
  expect_everywhere("/api/shelf", "KETTLE");
  static_cast<void>(kept("/api/shelf"));
  sql("revoke all on shelf from web_anon");
  pass();
  expect_everywhere("/api/shelf", "permission denied");
}

TEST_F(Cache, nothing_is_given_while_the_feed_is_away) {
  static_cast<void>(kept("/names"));
  // Nothing is heard of a process that is stopped.
  const pid_t helper = nginx().helper();
  ASSERT_NE(helper, 0);
  kill(helper, SIGSTOP);
  ASSERT_TRUE(wait_until(
      [&] { return nginx().get("/names").header("X-Cache") == "BYPASS"; }));
  sql("update product set name = 'Samovar' where id = 1");
  expect_everywhere("/names", "Samovar");
  kill(helper, SIGCONT);
  expect_everywhere("/names", "Samovar");
  EXPECT_NE(kept("/names").body.find("Samovar"), std::string::npos);

  // One that has died comes again, with a gap in what it has told.
  nginx().allow("signal 9");
  kill(nginx().helper(), SIGKILL);
  sql("update product set name = 'Urn' where id = 1");
  ASSERT_TRUE(wait_until([&] {
    return nginx().get("/names").body.find("Urn") != std::string::npos;
  }));
  expect_everywhere("/names", "Urn");
  EXPECT_NE(kept("/names").body.find("Urn"), std::string::npos);
}

TEST_F(Cache, a_commit_that_is_told_before_it_is_visible_is_not_missed) {
  static_cast<void>(kept("/names"));
  // In the log, and told; for others it begins when a standby has it.
  sql("alter system set synchronous_standby_names = 'nobody'");
  sql("select pg_reload_conf()");
  ASSERT_TRUE(wait_until(
      [&] { return sql("show synchronous_standby_names") == "nobody"; }));
  std::thread writer(
      [&] { sql("update product set name = 'Flask' where id = 1"); });
  ASSERT_TRUE(wait_until(
      [&] { return nginx().get("/names").header("X-Cache") == "MISS"; }));
  for (int i = 0; i < 8; i++) {
    const Response response = nginx().get("/names");
    EXPECT_NE(response.header("X-Cache"), "HIT");
    EXPECT_NE(response.body.find("Kettle"), std::string::npos);
  }
  sql("alter system reset synchronous_standby_names");
  sql("select pg_reload_conf()");
  writer.join();
  expect_everywhere("/names", "Flask");
  EXPECT_NE(kept("/names").body.find("Flask"), std::string::npos);
}

TEST_F(Cache, what_is_too_large_is_answered_and_not_kept) {
  sql("insert into product select i, repeat('x', 1000), 1 "
      "from generate_series(10, 300) i");
  pass();
  for (const char* target :
       {"/api/product?limit=100&id=gte.10", "/api/product?select=id&id=eq.2"}) {
    const std::string first = nginx().get(target).body;
    EXPECT_EQ(kept(target).body, first);
  }
  for (int i = 0; i < 3; i++) {
    const Response response = nginx().get("/names");
    EXPECT_GT(response.body.size(), 250'000U);
    EXPECT_EQ(response.header("X-Cache"), "MISS");
  }
}

TEST_F(Cache, the_oldest_make_room_for_others) {
  sql("insert into product select i, repeat('x', 1000), 1 "
      "from generate_series(10, 300) i");
  pass();
  const auto page = [](int id) {
    return "/api/product?id=gte." + std::to_string(id) + "&limit=20";
  };
  for (int i = 10; i < 200; i++) {
    EXPECT_EQ(kept(page(i)).status, 200);
    static_cast<void>(kept("/api/counter"));  // asked for again and again
  }
  EXPECT_EQ(nginx().get(page(199)).header("X-Cache"), "HIT");
  EXPECT_EQ(nginx().get("/api/counter").header("X-Cache"), "HIT");
  EXPECT_EQ(nginx().get(page(10)).header("X-Cache"), "MISS");
  const std::string metrics = nginx().get("/status/metrics").body;
  EXPECT_EQ(metrics.find("trestle_cache_evicted_total 0\n"), std::string::npos)
      << metrics;
}

// Writers and readers. What a reader is given is at least what the feed had
// passed, and what this nginx had written, before he asked.
TEST_F(Cache, no_answer_is_older_than_the_feed_or_a_write_of_ours) {
  static_cast<void>(kept("/api/counter"));  // the cache is of use
  std::atomic<int> told{0};
  std::atomic<int> written{0};
  std::atomic<bool> over{false};
  std::atomic<int> hits{0};
  std::atomic<int> stale{0};
  const auto read = [&] {
    HttpClient client(nginx().address());
    while (!over) {
      const int least[] = {told.load(), written.load()};
      for (int i = 0; i < 2; i++) {
        const Response response = client.get(
            "/api/counter?select=value&id=eq." + std::to_string(i + 1));
        if (response.header("X-Cache") == "HIT") hits++;
        constexpr std::size_t kBefore = std::string_view("[{\"value\":").size();
        if (response.status != 200 ||
            std::stoi(response.body.substr(kBefore)) < least[i])
          stale++;
      }
    }
  };
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; i++) readers.emplace_back(read);
  std::atomic<bool> is_written{false};
  std::thread patcher([&] {
    for (int i = 1; !is_written; i++) {
      const Response response =
          nginx().request("PATCH", "/api/counter?id=eq.2",
                          {{"Content-Type", "application/json"}},
                          R"({"value":)" + std::to_string(i) + "}");
      if (response.status == 204) written = i;
      poll(nullptr, 0, 20);
    }
  });
  for (int i = 1; i <= soak(30, 3'000); i++) {
    sql("update counter set value = " + std::to_string(i) + " where id = 1");
    pass();
    told = i;
    poll(nullptr, 0, 20);
  }
  is_written = true;
  patcher.join();
  EXPECT_TRUE(wait_until([&] { return hits > 0; }));
  over = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(stale, 0);
  EXPECT_GT(written, 0);
}

}  // namespace
}  // namespace trestle::testing
