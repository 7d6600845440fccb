// The schema changes under load, and nobody tells the server: every request is
// answered, with values under their own names, whatever it was planned for.
#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <poll.h>

#include <atomic>
#include <functional>
#include <map>
#include <thread>

#include "support/item_ways.h"
#include "support/load.h"
#include "support/schema_changes.h"
#include "support/server_test.h"

namespace trestle::testing {
namespace {

const std::string kServer = std::string(R"(
trestle_database db {
  primary "@postgres@";
  pool_size 4;
  anonymous_role web_anon;
}
server {
  listen @port@;
  location = /wrong { trestle_query db wrong.sql; })") +
                            kItemLocations + "}";

// Clients that ask again and again, in several ways, and judge what they get.
class Clients {
 public:
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
    const Response& response = result.response;
    answered_++;
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

std::uint64_t item_of(int client, std::uint64_t number) {
  return (static_cast<std::uint64_t>(client) * 7 + number) % kItems + 1;
}

class SchemaChange : public ServerTest {
 protected:
  void SetUp() override {
    sql(kItemSchema);
    sql("grant all on all tables in schema api to web_anon");
    nginx().file("wrong.sql", "-- @get\n-- @value\nselect api.wrong();");
    write_item_files(nginx());
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
  Clients clients(nginx().address(), item_ways(), item_of);
  make(item_changes(), clients);
}

TEST_F(SchemaChange, of_a_column_s_type_is_noticed_by_no_reader) {
  Clients clients(nginx().address(), item_ways(), item_of);
  make(status_changes("api.item"), clients);
}

// Every write answers what it has written, and has written it once.
TEST_F(SchemaChange, of_a_column_s_type_is_noticed_by_no_writer) {
  const auto id = [](int client, std::uint64_t number) {
    return static_cast<std::uint64_t>(client) * 1'000'000 + number;
  };
  Clients clients(nginx().address(), memo_ways(), id);
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
  EXPECT_LE(loads() - before, 1);  // the listener's
}

// Whether a statement is wrong or its plan is old, nobody can say while the
// database cannot be asked.
TEST_F(SchemaChange, nobody_is_blamed_while_it_cannot_be_looked_at) {
  const std::string target = "/api/item?select=id,price&id=eq.1";
  ASSERT_EQ(nginx().get(target).status, 200);
  ASSERT_TRUE(wait_until([&] { return loads() >= 2; }));  // the listener's
  const std::unique_ptr<PGconn, void (*)(PGconn*)> holder(
      PQconnectdb(cluster().conninfo("postgres", database()).c_str()),
      PQfinish);
  const auto hold = [&](const char* text) {
    PQclear(PQexec(holder.get(), text));
  };
  hold("begin; lock table pg_catalog.pg_enum in access exclusive mode");
  sql("alter table api.item rename price to cost");

  HttpClient client(nginx().address());
  ASSERT_TRUE(client.connect());
  ASSERT_TRUE(client.send(request_text("GET", target)));
  pollfd answered{client.fd(), POLLIN, 0};
  ASSERT_TRUE(wait_until([&] {
    sql("select pg_terminate_backend(pid) from pg_stat_activity"
        " where usename = 'web' and wait_event_type = 'Lock'");
    return poll(&answered, 1, 0) == 1;
  }));
  const Response response = client.read_response();
  EXPECT_EQ(response.status, 503) << response.body;
  EXPECT_FALSE(response.header("Retry-After").empty());
  hold("rollback");
  ASSERT_TRUE(wait_until([&] { return nginx().get(target).status != 503; }));
  EXPECT_EQ(nginx().get(target).status, 400);
  EXPECT_EQ(nginx().get("/api/item?select=id,cost&id=eq.1").status, 200);
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
