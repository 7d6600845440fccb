// Who was told what, under row security: after each commit an oracle asks SQL,
// as each user, which rows are there, and compares with what the user's
// subscription has been told. 100 users, three kinds of policy (a claim, a
// membership, an order); rows are inserted, moved in and out of sight, and
// deleted at random.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <sstream>

#include "support/live_test.h"

namespace trestle::testing {
namespace {

constexpr const char* kSchema = R"(
create schema api;
grant usage on schema api to customer;
create table api.members (team int, name text, primary key (team, name));
create table api.own (id int primary key, owner text, text text);
create table api.shared (id int primary key, team int, text text);
create table api.levels (id int primary key, level int, text text);
grant select on api.own, api.shared, api.levels, api.members to customer;
create function api.me() returns text stable language sql as $$
  select current_setting('request.jwt.claims')::json ->> 'sub' $$;
alter table api.own enable row level security;
create policy own on api.own using (owner = api.me());
alter table api.shared enable row level security;
create policy team on api.shared using (team in (
  select team from api.members where name = api.me()));
alter table api.levels enable row level security;
create policy level on api.levels using (level <=
  (current_setting('request.jwt.claims')::json ->> 'level')::int
  and id % 2 = 0);
-- What SQL shows each of these visitors: ids between blanks, a line for each.
create function api.oracle(relation text, visitors text[]) returns text
language plpgsql as $$
declare
  visitor text; ids text; lines text := '';
begin
  foreach visitor in array visitors loop
    perform set_config('request.jwt.claims', visitor, true);
    execute format('select coalesce(string_agg(id::text, '' ''), '''') '
                   'from api.%I', relation) into ids;
    lines := lines || ids || e'\n';
  end loop;
  return lines;
end $$;
)";

constexpr const char* kHttp = R"(
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
  location = /status { trestle_status; }
})";

constexpr const char* kTables[] = {"own", "shared", "levels"};

struct User {
  std::string claims;
  std::string table;
  std::unique_ptr<WebSocketClient> client;
  std::set<std::string> told;  // ids of the rows that it knows
};

class LiveOracle : public LiveTest {
 protected:
  void SetUp() override {
    LiveTest::SetUp();
    sql(kSchema);
    for (int i = 0; i < users(); i++)
      sql("insert into api.members values (" + std::to_string(i % 5) + ", 'u" +
          std::to_string(i) + "')");
  }

  static int users() { return 100; }

  void subscribe(int number) {
    User user;
    user.claims = R"({"role":"customer","sub":"u)" + std::to_string(number) +
                  R"(","level":)" + std::to_string(number % 4) + "}";
    user.table = kTables[number % 3];
    user.client = std::make_unique<WebSocketClient>(nginx().address());
    ASSERT_EQ(user.client->open("/live?apikey=" + token(user.claims)), 101);
    user.client->text(R"({"sub":")" + user.table + R"(","select":"id"})");
    ASSERT_EQ(without_id(user.client->read_text()), R"({"ok":1})");
    users_.push_back(std::move(user));
  }

  // What SQL shows the users of a table now, in their order.
  std::vector<std::set<std::string>> visible(const std::string& table) const {
    std::string visitors;
    for (const User& user : users_)
      if (user.table == table)
        visitors += (visitors.empty() ? "'" : ", '") + user.claims + "'";
    std::istringstream lines(
        sql("begin; set local role customer; select api.oracle('" + table +
            "', array[" + visitors + "]);"));
    std::vector<std::set<std::string>> all;
    for (std::string line; std::getline(lines, line);) {
      std::istringstream words(line);
      std::set<std::string>& ids = all.emplace_back();
      for (std::string id; words >> id;) ids.insert(id);
    }
    return all;
  }

  // One message into what the user knows. Each must be news.
  void take(User& user) {
    const std::string text = without_id(user.client->read_text());
    const std::size_t at = text.find("{\"id\":");
    ASSERT_NE(at, std::string::npos) << text;
    const std::string id = text.substr(at + 6, text.find('}', at) - at - 6);
    if (text.find("\"op\":\"insert\"") != std::string::npos)
      EXPECT_TRUE(user.told.insert(id).second) << text;
    else if (text.find("\"op\":\"delete\"") != std::string::npos)
      EXPECT_EQ(user.told.erase(id), 1U) << text;
    else
      EXPECT_TRUE(user.told.contains(id)) << text;
  }

  // What a user must be told of one commit: rows that came into sight, that
  // left it, and those that were touched and stayed.
  void expect_told(User& user, const std::set<std::string>& now,
                   const std::set<std::string>& touched) {
    int expected = 0;
    for (const std::string& id : touched)
      if (now.contains(id) || user.told.contains(id)) expected++;
    for (int i = 0; i < expected; i++) take(user);
    EXPECT_EQ(user.told, now) << user.claims << " " << user.table;
  }

  std::vector<User> users_;
};

TEST_F(LiveOracle, everybody_is_told_what_sql_would_show_them) {
  start(kHttp);
  wait_for_feed();
  for (int i = 0; i < users(); i++) subscribe(i);
  std::mt19937 random(7);
  const auto below = [&](int n) {
    return static_cast<int>(random() % static_cast<unsigned>(n));
  };
  const int commits = soak(40, 600);
  for (int i = 0; i < commits && !HasFatalFailure(); i++) {
    const std::string table = kTables[i % 3];
    const std::string column = table == "own"      ? "owner"
                               : table == "shared" ? "team"
                                                   : "level";
    const std::string id = std::to_string(below(12));
    const std::string value = table == "own"
                                  ? "'u" + std::to_string(below(users())) + "'"
                                  : std::to_string(below(5));
    if (below(4) == 0)
      sql("delete from api." + table + " where id = " + id);
    else
      sql("insert into api." + table + " values (" + id + ", " + value + ", '" +
          std::to_string(i) + "') on conflict (id) do update set " + column +
          " = excluded." + column + ", text = excluded.text");
    const std::vector<std::set<std::string>> now = visible(table);
    std::size_t place = 0;
    for (User& user : users_)
      if (user.table == table && !HasFatalFailure())
        expect_told(user, now.at(place++), {id});
  }
  // Nobody was told anything more: the next thing is the answer to this.
  for (User& user : users_) {
    user.client->text(R"({"unsub":"nothing","ref":"end"})");
    EXPECT_NE(user.client->read_text().find("\"end\""), std::string::npos);
  }
}

}  // namespace
}  // namespace trestle::testing
