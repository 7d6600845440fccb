// The schema changes under load, and nobody tells the server: every request is
// answered, with values under their own names, whatever it was planned for.
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <map>
#include <thread>

#include "support/load.h"
#include "support/schema_changes.h"
#include "support/server_test.h"

namespace trestle::testing {
namespace {

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
  location = /star { trestle_query db star.sql; }
  location = /call { trestle_query db call.sql; }
  location = /column { trestle_query db column.sql; }
  location = /list { trestle_query db list.sql; }
  location = /memo { trestle_query db note.sql; }
  location = /copy { trestle_query db copy.sql; }
  location = /wrong { trestle_query db wrong.sql; }
  location / { trestle_pages db pages; }
})";

// Clients that ask again and again, in several ways, and judge what they get.
class Clients {
 public:
  struct Way {
    std::string_view name;
    std::function<std::string(const std::string& id)> request;
    std::function<bool(const Response&, const std::string& id)> is_right;
  };

  // `id`: of a client's next request.
  Clients(Address address, std::vector<Way> ways,
          std::function<std::uint64_t(int client, std::uint64_t number)> id)
      : ways_(std::move(ways)), id_(std::move(id)) {
    load_.address = std::move(address);
    load_.clients = static_cast<int>(2 * ways_.size());
    load_.request = [this](int client, std::uint64_t number) {
      return way_of(client).request(std::to_string(id_(client, number)));
    };
    load_.done = [this](const LoadResult& result) { judge(result); };
    load_.tick = [this] { load_.stop = stop_; };
    thread_ = std::thread([this] { counts_ = load_.run(Milliseconds(0)); });
  }
  ~Clients() {
    if (thread_.joinable()) stop();
  }

  void stop() {
    stop_ = true;
    thread_.join();
  }

  // Lets every way be answered a few times.
  [[nodiscard]] bool wait_for_answers() const {
    const std::uint64_t before = answered_;
    return wait_until([&] { return answered_ >= before + 10 * ways_.size(); });
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
  [[nodiscard]] const Way& way_of(int client) const {
    return ways_[static_cast<std::size_t>(client) % ways_.size()];
  }

  void judge(const LoadResult& result) {
    Response response = result.response;
    answered_++;
    std::erase(response.body, ' ');
    const Way& way = way_of(result.client);
    if (way.is_right(response,
                     std::to_string(id_(result.client, result.number))))
      return;
    wrong_[std::string(way.name) + " " + std::to_string(response.status) + " " +
           response.body]++;
  }

  std::vector<Way> ways_;
  std::function<std::uint64_t(int client, std::uint64_t number)> id_;
  Load load_;
  LoadCounts counts_;
  std::thread thread_;
  std::atomic<bool> stop_{false};
  std::atomic<std::uint64_t> answered_{0};
  std::map<std::string, int> wrong_;
};

const Headers kJson = {{"Content-Type", "application/json"}};

std::uint64_t item_of(int client, std::uint64_t number) {
  return (static_cast<std::uint64_t>(client) * 7 + number) % kItems + 1;
}

// A price may be a number or a text, as its column is.
bool is_named_and_priced(const Response& response, const std::string& id) {
  const std::string& text = response.body;
  const bool priced = text.find("\"price\":" + id + "0") != text.npos ||
                      text.find("\"price\":\"" + id + "0\"") != text.npos;
  return response.status == 200 && priced &&
         text.find("\"name\":\"name-" + id + "\"") != text.npos;
}

bool is_item(const Response& response, const std::string& id) {
  return is_named_and_priced(response, id) && has_status(response.body);
}

// As is_item(), and columns that are composites come as objects.
bool is_whole_item(const Response& response, const std::string& id) {
  const std::string& text = response.body;
  const std::string place = "{\"x\":" + id + ",\"y\":-" + id + "}";
  const bool is_extra_right =
      text.find("\"extra\"") == text.npos ||
      text.find("\"extra\":7") != text.npos ||
      text.find("\"extra\":{\"x\":7,\"y\":8}") != text.npos;
  return is_item(response, id) && is_extra_right &&
         text.find("\":" + place) != text.npos;
}

// Reads of an item in every way.
std::vector<Clients::Way> item_ways() {
  const auto get = [](std::string target) {
    return [target](const std::string& id) {
      return request_text("GET", target + id);
    };
  };
  return {
      {"rest", get("/api/item?id=eq."), is_whole_item},
      {"rest columns", get("/api/item?select=id,name,price,status,spot&id=eq."),
       is_whole_item},
      {"rpc", get("/api/rpc/named?id="), is_whole_item},
      {"rpc columns", get("/api/rpc/named?select=id,name,price,status&id="),
       is_item},
      {"rpc plpgsql", get("/api/rpc/listed?id="), is_whole_item},
      {"graphql",
       [](const std::string& id) {
         return request_text("POST", "/graphql", kJson,
                             "{\"query\":\"{ item(where: {id: {_eq: " + id +
                                 "}}) { id name price status } }\"}");
       },
       is_item},
      {"graphql function",
       [](const std::string& id) {
         return request_text("POST", "/graphql", kJson,
                             "{\"query\":\"{ named(args: {id: " + id +
                                 "}) { id name price status } }\"}");
       },
       is_item},
      {"file", get("/file?id="), is_item},
      {"file of a function", get("/call?id="), is_whole_item},
      {"file of a column of a function", get("/column?id="), is_item},
      {"star", get("/star?id="), is_whole_item},
      {"list", get("/list?id="), is_whole_item},
      {"page", get("/page?id="), is_named_and_priced},
  };
}

class SchemaChange : public ServerTest {
 protected:
  void SetUp() override {
    sql(kItemSchema);
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
    nginx().file("star.sql",
                 "-- @one\nselect * from api.item where id = :id::int;");
    nginx().file("call.sql", "-- @one\nselect * from api.named(:id::int);");
    nginx().file("column.sql",
                 "-- @one\nselect name, price, status from api.named(:id::int) "
                 "where id > 0;");
    nginx().file("list.sql", "select * from api.item where id = :id::int;");
    nginx().file("note.sql",
                 "-- @post\n-- @one\ninsert into api.memo (id, name) values "
                 "(:id::bigint, 'note-' || :id) returning *;");
    nginx().file("copy.sql",
                 "-- @post\n-- @exec\ninsert into api.memo (id, name) select "
                 ":id::bigint, 'note-' || :id from api.named(1) item "
                 "where item.status::text like '%new%';");
    start(kServer);
  }

  // Makes each change while the clients go on.
  void make(const std::vector<std::string>& changes, Clients& clients) {
    ASSERT_TRUE(clients.wait_for_answers());
    for (int round = 0; round < soak(1, 50); round++)
      for (const std::string& change : changes) {
        sql(change);
        ASSERT_TRUE(clients.wait_for_answers()) << change;
      }
    clients.stop();
    EXPECT_EQ(clients.wrong(), "");
    EXPECT_EQ(clients.counts().failed, 0u) << clients.counts().text();
    RecordProperty("answered", static_cast<int>(clients.counts().answered));
    RecordProperty("worst_ms", static_cast<int>(clients.counts().worst_ms));
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
  const std::vector<std::string> changes = {
      "alter table api.item add extra int default 7",
      "alter table api.item alter price type bigint",
      "alter table api.item drop extra",
      "alter table api.item add extra api.place default row (7, 8)",
      "alter table api.item drop extra",
      "alter table api.item rename spot to location;"
      "alter table api.item rename location to spot",
      "alter table api.item alter price type numeric",
      "alter table api.item alter price type text",
      "begin; alter table api.item rename to item_before;"
      "create table api.item (like api.item_before including all);"
      "insert into api.item select * from api.item_before;"
      "drop function api.named, api.listed; drop table api.item_before;"
      "create function api.named(id bigint) returns setof api.item"
      "  language sql stable as"
      "  $$ select * from api.item where item.id = named.id $$;"
      "create function api.listed(id int) returns setof api.item"
      "  language plpgsql stable as $$ begin return query"
      "  select * from api.item where item.id = listed.id; end $$; commit",
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
  Clients clients(nginx().address(), item_ways(), item_of);
  make(changes, clients);
}

TEST_F(SchemaChange, of_a_column_s_type_is_noticed_by_no_reader) {
  Clients clients(nginx().address(), item_ways(), item_of);
  make(status_changes("api.item"), clients);
}

// Every write answers what it has written, and has written it once.
TEST_F(SchemaChange, of_a_column_s_type_is_noticed_by_no_writer) {
  const auto is_note = [](const Response& response, const std::string& id) {
    return response.status / 100 == 2 &&
           response.body.find("\"name\":\"note-" + id + "\"") !=
               response.body.npos &&
           has_status(response.body);
  };
  const auto post = [](std::string target, std::string before,
                       std::string behind, Headers headers) {
    return [=](const std::string& id) {
      return request_text("POST", target, headers, before + id + behind);
    };
  };
  const Headers rest = {{"Content-Type", "application/json"},
                        {"Prefer", "return=representation"}};
  const auto insert = [=](const std::string& id) {
    return request_text("POST", "/api/memo", rest,
                        R"({"id":)" + id + R"(,"name":"note-)" + id + "\"}");
  };
  const auto mutate = [](const std::string& id) {
    return request_text(
        "POST", "/graphql", kJson,
        R"({"query":"mutation { insert_memo_one(object: {id: )" + id +
            R"(, name: \"note-)" + id + R"(\"}) { id name status } }"})");
  };
  const std::vector<Clients::Way> ways = {
      {"file", post("/memo", R"({"id":)", "}", kJson), is_note},
      {"file from a function", post("/copy", R"({"id":)", "}", kJson),
       [](const Response& response, const std::string&) {
         return response.status == 204;
       }},
      {"rest", insert, is_note},
      {"graphql", mutate, is_note},
  };
  const auto id = [](int client, std::uint64_t number) {
    return static_cast<std::uint64_t>(client) * 1'000'000 + number;
  };
  Clients clients(nginx().address(), ways, id);
  std::vector<std::string> changes = status_changes("api.memo");
  for (std::string& change : status_changes("api.item"))
    changes.push_back(std::move(change));
  make(changes, clients);
  EXPECT_EQ(sql("select count(*) from api.memo"),
            std::to_string(clients.counts().answered));
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
