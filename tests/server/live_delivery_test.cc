// Many subscribers and many events: nothing lost, nothing twice; or else a
// resync.
#include <gtest/gtest.h>

#include <csignal>

#include "support/comeback.h"
#include "support/live_test.h"

namespace trestle::testing {
namespace {

constexpr const char* kSchema = R"(
create schema api;
grant usage on schema api to web_anon;
create function api.may_join(topic text, session jsonb) returns boolean
language sql as $$ select true $$;
create table api.tick (id int primary key);
grant select on api.tick to web_anon;
)";

constexpr const char* kHttp = R"(
trestle_live_memory 4m;
trestle_database shop {
  primary "@postgres@";
  pool_size 2;
  # Ten thousand join at once.
  queue timeout=60s standing=60s;
  anonymous_role web_anon;
  schemas api;
  feed;
}
server {
  listen @port@;
  location = /live { trestle_live shop on_join=api.may_join; }
  location = /status { trestle_status; }
})";

class LiveDelivery : public LiveTest {
 protected:
  void SetUp() override {
    LiveTest::SetUp();
    sql(kSchema);
    configure({.workers = 2, .connections = 24'000});
    start(kHttp);
    wait_for_feed();
  }

  static std::string number_in(const std::string& text) {
    const std::size_t at = text.find("\"data\":");
    return at == std::string::npos
               ? text
               : text.substr(at + 7, text.find(',', at) - at - 7);
  }
};

TEST_F(LiveDelivery, every_push_reaches_every_subscriber_once) {
  const int subscribers = soak(500, 10'000);
  const int events = soak(20, 300);
  std::vector<std::unique_ptr<WebSocketClient>> clients;
  for (int i = 0; i < subscribers; i++) {
    clients.push_back(std::make_unique<WebSocketClient>(nginx().address()));
    ASSERT_EQ(clients.back()->open("/live"), 101);
    clients.back()->text(R"({"join":"ticks"})");
  }
  for (auto& client : clients)
    ASSERT_EQ(without_id(client->read_text()), R"({"ok":1})");
  for (int i = 0; i < events; i++)
    sql("select trestle.push('ticks', '" + std::to_string(i) + "')");
  for (auto& client : clients)
    for (int i = 0; i < events; i++)
      ASSERT_EQ(number_in(client->read_text()), std::to_string(i));
}

TEST_F(LiveDelivery, followers_of_one_table_are_read_for_once) {
  const int subscribers = soak(200, 1'000);
  std::vector<std::unique_ptr<WebSocketClient>> clients;
  for (int i = 0; i < subscribers; i++) {
    clients.push_back(std::make_unique<WebSocketClient>(nginx().address()));
    ASSERT_EQ(clients.back()->open("/live"), 101);
    clients.back()->text(R"({"sub":"tick"})");
  }
  for (auto& client : clients)
    ASSERT_EQ(without_id(client->read_text()), R"({"ok":1})");
  for (int i = 0; i < 10; i++)
    sql("insert into api.tick values (" + std::to_string(i) + ")");
  for (auto& client : clients)
    for (int i = 0; i < 10; i++)
      ASSERT_EQ(without_id(client->read_text()),
                R"({"ch":"tick","op":"insert","new":{"id":)" +
                    std::to_string(i) + "}}");
}

// A worker that stood still while the ring went round tells its clients.
TEST_F(LiveTest, an_overtaken_worker_tells_its_clients_to_resync) {
  sql(kSchema);
  configure({.workers = 2});
  std::string http(kHttp);
  http.replace(http.find("@port@;"), 7, "@port@ reuseport;");
  start(http);
  wait_for_feed();
  std::vector<std::unique_ptr<WebSocketClient>> clients;
  for (int i = 0; i < 16; i++) clients.push_back(joined("ticks"));
  const pid_t still = nginx().workers().at(0);
  kill(still, SIGSTOP);
  constexpr int kPushes = 200;
  sql("select trestle.push('ticks', to_jsonb(i)), trestle.push('other', "
      "to_jsonb(repeat('x', 30000))) from generate_series(0, " +
      std::to_string(kPushes - 1) + ") i");
  const std::string written = cluster().query("select pg_current_wal_lsn()");
  EXPECT_TRUE(wait_until([&] {
    return cluster().query("select bool_or(confirmed_flush_lsn >= '" + written +
                           "') from pg_replication_slots") == "t";
  }));
  kill(still, SIGCONT);
  int overtaken = 0;
  for (auto& client : clients) {
    for (int next = 0; next < kPushes; next++) {
      const std::string text = without_id(client->read_text());
      if (text == R"({"resync":"ticks"})") {
        overtaken++;
        break;
      }
      ASSERT_EQ(text, R"({"ch":"ticks","data":)" + std::to_string(next) + "}");
    }
  }
  EXPECT_GT(overtaken, 0);
}

}  // namespace
}  // namespace trestle::testing
