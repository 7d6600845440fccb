// Subscriptions to rows: what matches now, every change of it from then on, as
// the subscriber may see it, and an explicit word when something was missed.
#include <gtest/gtest.h>

#include "support/event_stream.h"
#include "support/live_test.h"

namespace trestle::testing {
namespace {

constexpr const char* kSchema = R"(
create schema api;
grant usage on schema api to web_anon, customer;
create table api.orders (
  id int primary key, status text not null default 'open', total numeric);
grant select on api.orders to web_anon;
create table api.notes (
  id int primary key, owner text not null, text text,
  day date not null default '2026-01-02');
grant select on api.notes to customer;
alter table api.notes enable row level security;
create policy own on api.notes for select using
  (owner = current_setting('request.jwt.claims')::json ->> 'sub');
create view api.open as select * from api.orders where status = 'open';
grant select on api.open to web_anon;
create table api.bare (id int);
create table api.pair (a int, b text, c int, primary key (a, b));
grant select on api.bare, api.pair to web_anon;
create table api.whole (id int primary key, name text, secret text);
alter table api.whole replica identity full;
grant select (id, name) on api.whole to web_anon;
)";

constexpr const char* kHttp = R"(
trestle_live_memory 1m;
trestle_database shop {
  primary "@postgres@";
  pool_size 4;
  anonymous_role web_anon;
  jwt_secret reallyreallyreallyreallyverysafe;
  schemas api;
  feed;
}
server {
  listen @port@;
  location = /live { trestle_live shop; }
  location = /few { trestle_live shop; trestle_live_rows 3;
                    trestle_live_subscriptions 2; }
  location = /status { trestle_status; }
})";

class LiveRows : public LiveTest {
 protected:
  void SetUp() override {
    LiveTest::SetUp();
    sql(kSchema);
  }
  void start_feed(const char* http = kHttp) {
    start(http);
    wait_for_feed();
  }
  std::unique_ptr<WebSocketClient> opened(const std::string& target) {
    auto client = std::make_unique<WebSocketClient>(nginx().address());
    EXPECT_EQ(client->open(target), 101);
    return client;
  }
  std::unique_ptr<WebSocketClient> opened_as(const std::string& sub) {
    return opened("/live?apikey=" +
                  token(R"({"role":"customer","sub":")" + sub + "\"}"));
  }
};

TEST_F(LiveRows, rows_come_first_and_every_change_after_them) {
  sql("insert into api.orders values (1, 'open', 5), (8, 'open', 7.50), "
      "(9, 'closed', 1)");
  start_feed();
  auto client = opened("/live");
  client->text(R"({"sub":"orders","filter":"id=gt.7&status=eq.open",)"
               R"("select":"id,total","rows":true,"ref":1})");
  EXPECT_EQ(without_id(client->read_text()),
            R"({"ch":"orders","rows":[{"id":8,"total":7.50}],"ref":1})");
  EXPECT_EQ(without_id(client->read_text()), R"({"ok":1,"ref":1})");

  sql("insert into api.orders values (10, 'open', 3), (2, 'open', 3)");
  EXPECT_EQ(
      without_id(client->read_text()),
      R"({"ch":"orders","op":"insert","new":{"id":10,"total":3},"ref":1})");
  sql("update api.orders set total = 4 where id = 10");
  EXPECT_EQ(
      without_id(client->read_text()),
      R"({"ch":"orders","op":"update","new":{"id":10,"total":4},"old":{"id":10},"ref":1})");
  // Into the filter, out of it, gone.
  sql("update api.orders set status = 'open' where id = 9");
  EXPECT_EQ(
      without_id(client->read_text()),
      R"({"ch":"orders","op":"insert","new":{"id":9,"total":1},"ref":1})");
  sql("update api.orders set status = 'closed' where id = 8");
  EXPECT_EQ(without_id(client->read_text()),
            R"({"ch":"orders","op":"delete","old":{"id":8},"ref":1})");
  sql("delete from api.orders where id in (1, 2, 8)");
  sql("delete from api.orders where id = 10");
  EXPECT_EQ(without_id(client->read_text()),
            R"({"ch":"orders","op":"delete","old":{"id":10},"ref":1})");
  sql("update api.orders set id = 11 where id = 9");
  EXPECT_EQ(without_id(client->read_text()),
            R"({"ch":"orders","op":"delete","old":{"id":9},"ref":1})");
  EXPECT_EQ(
      without_id(client->read_text()),
      R"({"ch":"orders","op":"insert","new":{"id":11,"total":1},"ref":1})");
  sql("truncate api.orders");
  EXPECT_EQ(without_id(client->read_text()),
            R"({"ch":"orders","op":"truncate","ref":1})");
  client->text(R"({"unsub":"orders","only":1,"ref":2})");
  EXPECT_EQ(client->read_text(), R"({"ok":1,"ref":2})");
  client->text(R"({"unsub":"orders"})");
  EXPECT_NE(client->read_text().find("TRS634"), std::string::npos);
}

TEST_F(LiveRows, row_security_decides_who_hears_of_what) {
  sql("insert into api.notes values (1, 'ann', 'a'), (2, 'bob', 'b')");
  start_feed();
  auto ann = opened_as("ann");
  auto bob = opened_as("bob");
  for (auto* client : {ann.get(), bob.get()})
    client->text(R"({"sub":"notes","select":"id,text","rows":true})");
  EXPECT_EQ(without_id(ann->read_text()),
            R"({"ch":"notes","rows":[{"id":1,"text":"a"}]})");
  EXPECT_EQ(without_id(bob->read_text()),
            R"({"ch":"notes","rows":[{"id":2,"text":"b"}]})");
  for (auto* client : {ann.get(), bob.get()})
    EXPECT_EQ(without_id(client->read_text()), R"({"ok":1})");

  sql("insert into api.notes values (3, 'ann', 'c')");
  sql("update api.notes set owner = 'bob' where id = 1");
  sql("delete from api.notes where id = 2");
  sql("insert into api.notes values (4, 'ann', 'd'), (5, 'bob', 'e')");
  for (const char* expected :
       {R"({"ch":"notes","op":"insert","new":{"id":3,"text":"c"}})",
        R"({"ch":"notes","op":"delete","old":{"id":1}})",
        R"({"ch":"notes","op":"insert","new":{"id":4,"text":"d"}})"})
    EXPECT_EQ(without_id(ann->read_text()), expected);
  for (const char* expected :
       {R"({"ch":"notes","op":"insert","new":{"id":1,"text":"a"}})",
        R"({"ch":"notes","op":"delete","old":{"id":2}})",
        R"({"ch":"notes","op":"insert","new":{"id":5,"text":"e"}})"})
    EXPECT_EQ(without_id(bob->read_text()), expected);
  // A new token is somebody else.
  bob->text(R"({"auth":")" + token(R"({"role":"customer","sub":"ann"})") +
            "\"}");
  EXPECT_EQ(bob->read_text(), R"({"resync":"notes"})");
  EXPECT_EQ(bob->read_text(), R"({"ok":1})");
  EXPECT_EQ(
      without_id(bob->read_text()),
      R"({"ch":"notes","rows":[{"id":3,"text":"c"},{"id":4,"text":"d"}]})");
}

TEST_F(LiveRows, a_client_that_comes_back_hears_what_it_missed) {
  sql("insert into api.orders values (1, 'open', 5), (2, 'open', 5)");
  start_feed();
  std::string id;
  {
    auto client = opened("/live");
    client->text(R"({"sub":"orders"})");
    id = id_of(client->read_text());
  }
  sql("update api.orders set total = 6 where id = 1");
  sql("delete from api.orders where id = 2");
  auto client = opened("/live");
  client->text(R"({"sub":"orders","select":"id","since":")" + id + "\"}");
  std::set<std::string> got;
  for (int i = 0; i < 3; i++) got.insert(without_id(client->read_text()));
  EXPECT_EQ(
      got,
      (std::set<std::string>{
          R"({"ok":1})",
          R"({"ch":"orders","op":"update","new":{"id":1},"old":{"id":1},"again":true})",
          R"({"ch":"orders","op":"delete","old":{"id":2},"again":true})"}));
  // Under row security nobody knows what it had seen.
  sql("insert into api.notes values (1, 'ann', 'a')");
  auto ann = opened_as("ann");
  ann->text(R"({"sub":"notes"})");
  const std::string before = id_of(ann->read_text());
  sql("delete from api.notes where id = 1");
  EXPECT_EQ(without_id(ann->read_text()),
            R"({"ch":"notes","op":"delete","old":{"id":1}})");
  auto again = opened_as("ann");
  again->text(R"({"sub":"notes","since":")" + before + "\"}");
  std::set<std::string> told;
  for (int i = 0; i < 2; i++) told.insert(without_id(again->read_text()));
  EXPECT_EQ(told,
            (std::set<std::string>{R"({"ok":1})", R"({"resync":"notes"})"}));
}

TEST_F(LiveRows, what_cannot_be_followed_is_refused) {
  sql("insert into api.notes select i, 'ann', '' from generate_series(1, 4) i");
  sql("insert into api.orders select i from generate_series(1, 4) i");
  start_feed();
  auto client = opened("/few");
  const std::pair<const char*, const char*> cases[] = {
      {R"({"sub":"missing","ref":1})", "PGRST205"},
      {R"({"sub":"open"})", "TRS630"},
      {R"({"sub":"bare"})", "TRS630"},
      {R"x({"sub":"orders","select":"id,notes(*)"})x", "TRS630"},
      {R"({"sub":"orders","filter":"order=id"})", "TRS630"},
      {R"({"sub":"orders","filter":"nope=eq.1"})", "42703"},
      {R"({"sub":"orders","filter":"id=xx.1"})", "PGRST100"},
      {R"({"sub":"orders","rows":true})", "TRS631"},
      {R"({"sub":"notes"})", "42501"},
  };
  for (const auto& [command, code] : cases) {
    client->text(command);
    const std::string answer = client->read_text();
    EXPECT_NE(answer.find(code), std::string::npos) << command << answer;
  }
  auto ann =
      opened("/few?apikey=" + token(R"({"role":"customer","sub":"ann"})"));
  ann->text(R"({"sub":"notes","ref":1})");
  EXPECT_NE(ann->read_text().find("TRS631"), std::string::npos);
  // Without row security it goes on without remembering.
  client->text(R"({"sub":"orders","select":"id"})");
  EXPECT_EQ(without_id(client->read_text()), R"({"ok":1})");
  sql("delete from api.orders where id = 1");
  EXPECT_EQ(without_id(client->read_text()),
            R"({"ch":"orders","op":"delete","old":{"id":1}})");
  client->text(R"({"sub":"pair"})");
  EXPECT_EQ(without_id(client->read_text()), R"({"ok":1})");
  client->text(R"({"sub":"pair"})");
  EXPECT_NE(client->read_text().find("TRS633"), std::string::npos);
}

TEST_F(LiveRows, keys_of_several_columns) {
  start_feed();
  auto client = opened("/live");
  client->text(R"({"sub":"pair","filter":"c=eq.07"})");
  EXPECT_EQ(without_id(client->read_text()), R"({"ok":1})");
  sql("insert into api.pair values (1, 'x,\"y', 7), (2, 'z', 8), (3, 'z', 7)");
  EXPECT_EQ(without_id(client->read_text()),
            R"({"ch":"pair","op":"insert","new":{"a":1,"b":"x,\"y","c":7}})");
  EXPECT_EQ(without_id(client->read_text()),
            R"({"ch":"pair","op":"insert","new":{"a":3,"b":"z","c":7}})");
  sql("update api.pair set c = 9 where a = 1");
  EXPECT_EQ(without_id(client->read_text()),
            R"({"ch":"pair","op":"delete","old":{"a":1,"b":"x,\"y"}})");
}

TEST_F(LiveRows, whole_old_rows_of_a_table_with_full_replica_identity) {
  start_feed();
  auto client = opened("/live");
  client->text(R"({"sub":"whole","select":"id,name"})");
  EXPECT_EQ(without_id(client->read_text()), R"({"ok":1})");
  sql("insert into api.whole values (1, 'a', 'x')");
  EXPECT_EQ(without_id(client->read_text()),
            R"({"ch":"whole","op":"insert","new":{"id":1,"name":"a"}})");
  sql("update api.whole set name = 'b'");
  EXPECT_EQ(
      without_id(client->read_text()),
      R"({"ch":"whole","op":"update","new":{"id":1,"name":"b"},"old":{"id":1,"name":"a"}})");
  sql("delete from api.whole");
  EXPECT_EQ(without_id(client->read_text()),
            R"({"ch":"whole","op":"delete","old":{"id":1,"name":"b"}})");
}

// Rows of the log are handed on; the right to them is asked for again and
// again.
TEST_F(LiveRows, a_right_that_is_taken_away_ends_the_subscription) {
  start_feed();
  const std::pair<const char*, const char*> kCases[] = {
      {"revoke select on api.orders from web_anon", "42501"},
      {"grant select on api.orders to web_anon;"
       "alter table api.orders enable row level security",
       "TRS635"},
  };
  int id = 0;
  for (const auto& [change, code] : kCases) {
    auto client = opened("/live");
    if (id > 0) sql("grant select on api.orders to web_anon");
    client->text(R"({"sub":"orders","select":"id"})");
    EXPECT_EQ(without_id(client->read_text()), R"({"ok":1})");
    sql(change);
    std::string text;
    ASSERT_TRUE(wait_until([&] {
      sql("insert into api.orders values (" + std::to_string(++id) + ")");
      text = client->read_text();
      return text.find("\"error\"") != std::string::npos;
    })) << text;
    EXPECT_NE(text.find(code), std::string::npos) << text;
  }
}

TEST_F(LiveRows, after_a_gap_rows_are_sent_again) {
  sql("insert into api.orders values (1, 'open', 5)");
  start_feed();
  auto client = opened("/live");
  client->text(R"({"sub":"orders","select":"id","rows":true})");
  EXPECT_EQ(without_id(client->read_text()),
            R"({"ch":"orders","rows":[{"id":1}]})");
  EXPECT_EQ(without_id(client->read_text()), R"({"ok":1})");
  cluster().query(
      "select pg_terminate_backend(active_pid) from pg_replication_slots");
  EXPECT_EQ(client->read_text(), R"({"resync":"orders"})");
  EXPECT_EQ(without_id(client->read_text()),
            R"({"ch":"orders","rows":[{"id":1}]})");
  sql("insert into api.orders values (2)");
  EXPECT_EQ(without_id(client->read_text()),
            R"({"ch":"orders","op":"insert","new":{"id":2}})");
}

TEST_F(LiveRows, a_table_outside_the_publication_is_refused) {
  sql("drop publication trestle; create publication trestle for table "
      "api.notes");
  start_feed();
  auto client = opened("/live");
  client->text(R"({"sub":"orders"})");
  EXPECT_NE(client->read_text().find("TRS632"), std::string::npos);
}

TEST_F(LiveRows, a_stream_of_events_follows_rows_too) {
  sql("insert into api.orders values (1, 'open', 5), (2, 'closed', 6)");
  start_feed();
  EventStream stream(nginx().address());
  ASSERT_TRUE(
      stream.open("/live?sub=orders&filter=status%3Deq.open&select=id&rows=1"
                  "&sub=pair"));
  EXPECT_EQ(stream.read_until(R"("rows":[{"id":1}])").find("(without"),
            std::string::npos);
  EXPECT_EQ(stream.read_until(R"({"ok":1,)").find("(without"),
            std::string::npos);
  sql("insert into api.orders values (3)");
  const std::string told = stream.read_until(R"("new":{"id":3})");
  EXPECT_NE(told.find("id: "), std::string::npos) << told;
  sql("insert into api.pair values (1, 'x', 2)");
  EXPECT_EQ(stream.read_until(R"("b":"x")").find("(without"),
            std::string::npos);
  EXPECT_EQ(nginx()
                .get("/live?sub=missing", {{"Accept", "text/event-stream"}})
                .status,
            404);
  EXPECT_EQ(nginx().get("/live", {{"Accept", "text/event-stream"}}).status,
            400);
}

// Rights in which a column must equal a claim leave everybody else out before
// they are asked; a policy that is changed is told.
TEST_F(LiveRows, policies_by_equality_do_not_hide_what_may_be_seen) {
  sql("create function api.me() returns text stable language sql as $$ select "
      "current_setting('request.jwt.claims')::json ->> 'sub' $$;"
      "alter policy own on api.notes using (owner = api.me() or owner = "
      "'all')");
  start_feed();
  auto ann = opened_as("ann");
  ann->text(R"({"sub":"notes","select":"id"})");
  EXPECT_EQ(without_id(ann->read_text()), R"({"ok":1})");
  for (int i = 0; i < 20; i++) {
    const std::string id = std::to_string(i);
    sql("insert into api.notes values (" + id + "0, 'ann'), (" + id +
        "1, 'bob'), (" + id + "2, 'all')");
    for (const char* digit : {"0", "2"})
      EXPECT_EQ(without_id(ann->read_text()),
                R"({"ch":"notes","op":"insert","new":{"id":)" +
                    std::to_string(std::stoi(id + digit)) + "}}");
  }
  sql("update api.notes set owner = 'ann' where id = 1");
  EXPECT_EQ(without_id(ann->read_text()),
            R"({"ch":"notes","op":"insert","new":{"id":1}})");
  sql("update api.notes set owner = 'bob' where id = 1");
  EXPECT_EQ(without_id(ann->read_text()),
            R"({"ch":"notes","op":"delete","old":{"id":1}})");
  // Sooner or later it is seen that others may be seen now.
  sql("alter policy own on api.notes using (true);"
      "insert into api.notes values (1000, 'bob')");
  const std::string told = without_id(ann->read_text());
  EXPECT_TRUE(told == R"({"resync":"notes"})" ||
              told == R"({"ch":"notes","op":"insert","new":{"id":1000}})")
      << told;
}

TEST_F(LiveRows, those_whom_a_change_cannot_concern_are_not_asked) {
  sql("alter database " + database() + " set log_statement = 'all'");
  start_feed();
  auto ann = opened_as("ann");
  std::vector<std::unique_ptr<WebSocketClient>> others;
  for (int i = 0; i < 10; i++)
    others.push_back(opened_as("u" + std::to_string(i)));
  ann->text(R"({"sub":"notes","select":"id"})");
  EXPECT_EQ(without_id(ann->read_text()), R"({"ok":1})");
  for (auto& other : others) {
    other->text(R"({"sub":"notes","select":"id"})");
    EXPECT_EQ(without_id(other->read_text()), R"({"ok":1})");
  }
  const auto reads = [&] {
    const std::string log = cluster().log();
    std::size_t count = 0;
    for (std::size_t at = log.find("\"id\" = any"); at != std::string::npos;
         at = log.find("\"id\" = any", at + 1))
      count++;
    return count;
  };
  // Until it is known who is who.
  int id = 0;
  std::size_t before = 0;
  EXPECT_TRUE(wait_until([&] {
    before = reads();
    for (int i = 0; i < 5; i++) {
      const std::string number = std::to_string(id++);
      sql("insert into api.notes values (" + number + ", 'ann')");
      EXPECT_EQ(without_id(ann->read_text()),
                R"({"ch":"notes","op":"insert","new":{"id":)" + number + "}}");
    }
    return reads() - before <= 15;
  })) << reads() - before;
  EXPECT_GE(reads() - before, 5u);
}

}  // namespace
}  // namespace trestle::testing
