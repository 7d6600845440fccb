// The schema changes under load, and nobody tells the server: every request is
// answered, with values under their own names, whatever it was planned for.
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>

#include "support/load.h"
#include "support/server_test.h"

namespace trestle::testing {
namespace {

constexpr int kItems = 50;

constexpr const char* kSchema = R"(
create schema api;
grant usage on schema api to web_anon;
alter default privileges in schema api
  grant all on tables to web_anon;
create type api.place as (x int, y int);
create table api.item (
  id int primary key, name text, price int, status text, spot api.place);
insert into api.item
  select i, 'name-' || i, i * 10, 'new', row (i, -i)::api.place
  from generate_series(1, 50) i;
create function api.named(id int) returns setof api.item language sql stable as
  $$ select * from api.item where item.id = named.id $$;
)";

constexpr const char* kServer = R"(
trestle_database db {
  primary "@postgres@";
  pool_size 4;
  anonymous_role web_anon;
}
server {
  listen @port@;
  location /api/ { trestle_rest db schema=api; }
  location = /graphql { trestle_graphql db schema=api; }
  location = /file { trestle_query db file.sql; }
  location = /wrong { trestle_query db wrong.sql; }
  location / { trestle_pages db pages; }
})";

// Clients that read items in every way, and judge what they get.
class Readers {
 public:
  explicit Readers(Address address) {
    load_.address = std::move(address);
    load_.clients = 12;
    load_.request = [](int client, std::uint64_t number) {
      return request_of(client, item_of(client, number));
    };
    load_.done = [this](const LoadResult& result) { judge(result); };
    load_.tick = [this] { load_.stop = stop_; };
    thread_ = std::thread([this] { counts_ = load_.run(Milliseconds(0)); });
  }
  ~Readers() {
    if (thread_.joinable()) stop();
  }

  void stop() {
    stop_ = true;
    thread_.join();
  }

  // Lets every way be answered a few times.
  [[nodiscard]] bool wait_for_answers() const {
    const std::uint64_t before = answered_;
    return wait_until([&] { return answered_ >= before + 60; });
  }

  // "" when every answer was right.
  [[nodiscard]] std::string wrong() const {
    std::string text;
    for (const auto& [what, times] : wrong_)
      text += std::to_string(times) + " x " + what + "\n";
    return text;
  }
  [[nodiscard]] const LoadCounts& counts() const { return counts_; }

 private:
  static std::string item_of(int client, std::uint64_t number) {
    return std::to_string(
        (static_cast<std::uint64_t>(client) * 7 + number) % kItems + 1);
  }

  static std::string request_of(int client, const std::string& id) {
    switch (client % 6) {
      case 0:
        return request_text("GET", "/api/item?id=eq." + id);
      case 1:
        return request_text("GET",
                            "/api/item?select=id,name,price,status,spot"
                            "&id=eq." +
                                id);
      case 2:
        return request_text("GET", "/api/rpc/named?id=" + id);
      case 3:
        return request_text("POST", "/graphql",
                            {{"Content-Type", "application/json"}},
                            "{\"query\":\"{ item(where: {id: {_eq: " + id +
                                "}}) { id name price status } }\"}");
      case 4:
        return request_text("GET", "/file?id=" + id);
      default:
        return request_text("GET", "/page?id=" + id);
    }
  }

  void judge(const LoadResult& result) {
    const Response& response = result.response;
    const std::string id = item_of(result.client, result.number);
    answered_++;
    std::string text = response.body;
    std::erase(text, ' ');
    // A price may be a number or a text, as its column is.
    const bool priced = text.find("\"price\":" + id + "0") != text.npos ||
                        text.find("\"price\":\"" + id + "0\"") != text.npos;
    const bool right = response.status == 200 &&
                       text.find("\"name\":\"name-" + id + "\"") != text.npos &&
                       priced && text.find("\"status\":\"new\"") != text.npos;
    if (right) return;
    const char* ways[] = {"rest",    "rest columns", "rpc",
                          "graphql", "file",         "page"};
    wrong_[std::string(ways[result.client % 6]) + " " +
           std::to_string(response.status) + " " + response.body]++;
  }

  Load load_;
  LoadCounts counts_;
  std::thread thread_;
  std::atomic<bool> stop_{false};
  std::atomic<std::uint64_t> answered_{0};
  std::map<std::string, int> wrong_;
};

class SchemaChange : public ServerTest {
 protected:
  void SetUp() override {
    sql(kSchema);
    sql("grant all on all tables in schema api to web_anon");
    nginx().file("wrong.sql", "-- @get\n-- @value\nselect api.wrong();");
    nginx().file("pages/page.sql",
                 "-- @one item\nselect * from api.item where id = :id::int;");
    nginx().file("pages/page.html",
                 "{\"name\": \"{{ item.name }}\", \"price\": \"{{ item.price }}"
                 "\", \"status\": \"{{ item.status }}\"}");
    nginx().file("file.sql",
                 "-- @one\nselect id, name, price, status from api.item "
                 "where id = :id::int;");
    start(kServer);
  }

  // How often a catalog was read.
  [[nodiscard]] int loads() {
    const std::string log = nginx().log();
    int count = 0;
    for (std::size_t at = 0;
         (at = log.find("catalog of \"db\" loaded", at)) != log.npos; at++)
      count++;
    return count;
  }
};

TEST_F(SchemaChange, under_load_is_noticed_by_nobody) {
  const char* changes[] = {
      "alter table api.item add extra int default 7",
      "alter table api.item alter price type bigint",
      "alter table api.item drop extra",
      "alter table api.item rename spot to location;"
      "alter table api.item rename location to spot",
      "alter table api.item alter price type numeric",
      "alter table api.item alter price type text",
      "begin; alter table api.item rename to item_before;"
      "create table api.item (like api.item_before including all);"
      "insert into api.item select * from api.item_before;"
      "drop function api.named; drop table api.item_before;"
      "create function api.named(id bigint) returns setof api.item"
      "  language sql stable as"
      "  $$ select * from api.item where item.id = named.id $$; commit",
      "alter table api.item alter price type int using price::int",
      "alter table api.item alter id type bigint",
      "drop function api.named; create function api.named(id numeric)"
      "  returns setof api.item language sql stable as"
      "  $$ select * from api.item where item.id = named.id $$",
      "alter table api.item alter id type int",
      "drop function api.named; create function api.named(id int)"
      "  returns setof api.item language sql stable as"
      "  $$ select * from api.item where item.id = named.id $$",
  };
  Readers readers(nginx().address());
  ASSERT_TRUE(readers.wait_for_answers());
  for (int round = 0; round < soak(1, 200); round++)
    for (const char* change : changes) {
      sql(change);
      ASSERT_TRUE(readers.wait_for_answers());
    }
  readers.stop();
  EXPECT_EQ(readers.wrong(), "");
  EXPECT_EQ(readers.counts().failed, 0u) << readers.counts().text();
  RecordProperty("answered", static_cast<int>(readers.counts().answered));
  RecordProperty("worst_ms", static_cast<int>(readers.counts().worst_ms));
}

// What is wrong in itself does not have a catalog read for each request.
TEST_F(SchemaChange, a_wrong_statement_reads_no_catalog_each_time) {
  sql("create function api.wrong() returns int language plpgsql as"
      " $$ begin return (select count(*) from api.nowhere); end $$");
  ASSERT_EQ(nginx().get("/api/item?id=eq.1").status, 200);
  ASSERT_TRUE(nginx().wait_for_log("loaded"));
  const int before = loads();
  for (int i = 0; i < 20; i++) {
    EXPECT_EQ(nginx().get("/wrong").status, 404);
    EXPECT_EQ(nginx().get("/api/rpc/wrong").status, 404);
    EXPECT_EQ(nginx().get("/api/item?select=x" + std::to_string(i)).status,
              400);
  }
  // One for the listener, and a few until the pauses are long enough.
  EXPECT_LE(loads() - before, 8);
}

// A write that failed has been rolled back, and is done once.
TEST_F(SchemaChange, a_write_is_planned_anew_and_done_once) {
  sql("create table api.note (id int, text text, old int);"
      "grant all on api.note to web_anon");
  const Headers headers = {{"Content-Type", "application/json"},
                           {"Prefer", "return=representation"}};
  const auto post = [&](const char* body) {
    return nginx().request("POST", "/api/note", headers, body);
  };
  ASSERT_EQ(post(R"({"id": 1, "text": "a"})").status, 201);
  sql("alter table api.note drop old");
  const Response second = post(R"({"id": 2, "text": "b"})");
  EXPECT_EQ(second.status, 201);
  EXPECT_EQ(second.body, R"([{"id":2,"text":"b"}])");
  EXPECT_EQ(sql("select string_agg(id || text, ',' order by id) from api.note"),
            "1a,2b");
  // What is truly gone is told as such.
  sql("alter table api.note drop text");
  EXPECT_EQ(post(R"({"id": 3, "text": "c"})").status, 400);
  EXPECT_EQ(sql("select count(*) from api.note"), "2");
}

}  // namespace
}  // namespace trestle::testing
