// The change feed: what SQL pushes reaches channels, whatever dies in between;
// what was missed is told.
#include <gtest/gtest.h>

#include "support/live_test.h"

namespace trestle::testing {
namespace {

constexpr const char* kSchema = R"(
create schema api;
grant usage on schema api to web_anon;
create function api.may_join(topic text, session jsonb) returns boolean
language sql as $$ select true $$;
create table api.note (id int primary key, text text);
grant select, insert on api.note to web_anon;
create function api.tell() returns trigger language plpgsql as $$
begin
  perform trestle.push('notes', to_jsonb(new));
  return null;
end $$;
create trigger tell after insert on api.note
for each row execute function api.tell();
)";

constexpr const char* kHttp = R"(
trestle_live_memory 1m;
trestle_database shop {
  primary "@postgres@";
  pool_size 2;
  anonymous_role web_anon;
  schemas api;
  feed;
}
server {
  listen @port@;
  location = /live { trestle_live shop on_join=api.may_join; }
  location /api/ { trestle_rest shop; }
  location = /status { trestle_status; }
})";

class LiveFeed : public LiveTest {
 protected:
  void SetUp() override {
    LiveTest::SetUp();
    sql(kSchema);
  }

  [[nodiscard]] static std::string with_feed(std::string_view feed) {
    std::string http(kHttp);
    return http.replace(http.find("feed;"), 5, feed);
  }
};

TEST_F(LiveFeed, what_sql_pushes_reaches_the_channel) {
  configure({.workers = 2});
  start(kHttp);
  wait_for_feed();
  auto first = joined("notes");
  auto second = joined("notes");
  auto other = joined("room:1");
  sql("select trestle.push('notes', '{\"a\": [1, \"\u00e9\"]}')");
  for (auto* client : {first.get(), second.get()})
    EXPECT_EQ(without_id(client->read_text()),
              "{\"ch\":\"notes\",\"data\":{\"a\": [1, \"\u00e9\"]}}");
  // By a trigger, over REST; what is rolled back is not told.
  sql("begin; select trestle.push('notes', '1'); rollback");
  EXPECT_EQ(
      nginx()
          .request("POST", "/api/note", {{"Content-Type", "application/json"}},
                   R"({"id":1,"text":"x"})")
          .status,
      201);
  for (auto* client : {first.get(), second.get()})
    EXPECT_EQ(without_id(client->read_text()),
              R"({"ch":"notes","data":{"id": 1, "text": "x"}})");
  sql("select trestle.push('room:1', null)");
  EXPECT_EQ(without_id(other->read_text()), R"({"ch":"room:1","data":null})");
}

TEST_F(LiveFeed, a_killed_feed_process_is_told_as_a_gap) {
  start(kHttp);
  wait_for_feed();
  nginx().allow("exited on signal 9");
  auto client = joined("notes");
  const pid_t victim = nginx().helper();
  ASSERT_NE(victim, 0);
  kill(victim, SIGKILL);
  ASSERT_TRUE(wait_until([&] {
    const pid_t now = nginx().helper();
    return now != 0 && now != victim;
  }));
  EXPECT_EQ(client->read_text(), R"({"resync":"notes"})");
  sql("select trestle.push('notes', '1')");
  EXPECT_EQ(without_id(client->read_text()), R"({"ch":"notes","data":1})");
}

TEST_F(LiveFeed, a_terminated_connection_is_told_as_a_gap) {
  start(kHttp);
  wait_for_feed();
  auto client = joined("notes");
  cluster().query(
      "select pg_terminate_backend(active_pid) from pg_replication_slots");
  EXPECT_EQ(client->read_text(), R"({"resync":"notes"})");
  sql("select trestle.push('notes', '1')");
  EXPECT_EQ(without_id(client->read_text()), R"({"ch":"notes","data":1})");
}

TEST_F(LiveFeed, a_restart_of_postgresql_is_told_as_a_gap) {
  start(kHttp);
  wait_for_feed();
  auto client = joined("notes");
  cluster().stop(PostgresCluster::StopMode::immediate);
  cluster().start();
  EXPECT_EQ(client->read_text(), R"({"resync":"notes"})");
  sql("select trestle.push('notes', '1')");
  EXPECT_EQ(without_id(client->read_text()), R"({"ch":"notes","data":1})");
}

TEST_F(LiveFeed, with_a_slot_that_stays_nothing_is_missed) {
  start(with_feed("feed slot=trestle_test;"));
  wait_for_feed();
  nginx().allow("exited on signal 9");
  auto client = joined("notes");
  sql("select trestle.push('notes', '1')");
  EXPECT_EQ(without_id(client->read_text()), R"({"ch":"notes","data":1})");
  kill(nginx().helper(), SIGKILL);
  sql("select trestle.push('notes', '2')");
  EXPECT_EQ(without_id(client->read_text()), R"({"ch":"notes","data":2})");
  cluster().query(
      "select pg_terminate_backend(active_pid) from pg_replication_slots");
  sql("select trestle.push('notes', '3')");
  EXPECT_EQ(without_id(client->read_text()), R"({"ch":"notes","data":3})");
  // An administrator drops it: what was missed cannot be known.
  nginx().stop();
  cluster().query("select pg_drop_replication_slot('trestle_test')");
}

TEST_F(LiveFeed, a_dropped_slot_is_made_anew_and_told_as_a_gap) {
  start(with_feed("feed slot=trestle_test;"));
  wait_for_feed();
  auto client = joined("notes");
  // The feed comes back as soon as it can, so this is tried until it is first.
  ASSERT_TRUE(wait_until([&] {
    return cluster().query(
               "do $$ begin perform pg_terminate_backend(active_pid, 1000) "
               "from pg_replication_slots; perform pg_drop_replication_slot("
               "'trestle_test'); exception when object_in_use then null; "
               "end $$; select count(*) from pg_replication_slots where "
               "slot_name = 'trestle_test' and confirmed_flush_lsn is not "
               "null") == "0";
  }));
  EXPECT_EQ(client->read_text(), R"({"resync":"notes"})");
  sql("select trestle.push('notes', '1')");
  EXPECT_EQ(without_id(client->read_text()), R"({"ch":"notes","data":1})");
  nginx().stop();
  cluster().query("select pg_drop_replication_slot('trestle_test')");
}

TEST_F(LiveFeed,
       a_client_that_comes_back_after_a_reload_misses_nothing_silently) {
  start(kHttp);
  wait_for_feed();
  WebSocketClient before(nginx().address());
  ASSERT_EQ(before.open("/live"), 101);
  before.text(R"({"join":"notes"})");
  const std::string id = id_of(before.read_text());
  nginx().reload();
  sql("select trestle.push('notes', '1')");
  WebSocketClient after(nginx().address());
  ASSERT_EQ(after.open("/live"), 101);
  after.text(R"({"join":"notes","since":")" + id + "\"}");
  EXPECT_EQ(without_id(after.read_text()), R"({"ok":1})");
  const std::string got = without_id(after.read_text());
  EXPECT_TRUE(got == R"({"resync":"notes"})" ||
              got == R"({"ch":"notes","data":1})")
      << got;
}

TEST_F(LiveFeed, status_says_what_keeps_the_feed_from_working) {
  start(with_feed("feed publication=missing;"));
  EXPECT_TRUE(nginx().wait_for_log("create publication \"missing\""));
  EXPECT_TRUE(wait_until([&] {
    return nginx().get("/status").body.find(
               R"("state":"failed","problem":"create publication)") !=
           std::string::npos;
  }));
  cluster().query("alter role web noreplication");
  nginx().reload(filled(kHttp));
  EXPECT_TRUE(nginx().wait_for_log("needs the attribute REPLICATION"));
  cluster().query("alter role web replication");
  wait_for_feed();
}

TEST_F(LiveFeed, without_a_master_the_only_process_reads_the_feed) {
  configure({.workers = 0, .main = "master_process off;"});
  start(kHttp);
  wait_for_feed();
  auto client = joined("notes");
  sql("select trestle.push('notes', '1')");
  EXPECT_EQ(without_id(client->read_text()), R"({"ch":"notes","data":1})");
}

}  // namespace
}  // namespace trestle::testing
