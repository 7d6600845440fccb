// The worst bug that a pool can have: one visitor sees what belongs to another.
// Rows, roles, claims and every kind of session state are looked for, with
// errors, time-outs, aborts and terminated backends mixed in.
#include <gtest/gtest.h>

#include <random>

#include "support/load.h"
#include "support/server_test.h"
#include "support/users.h"

namespace trestle::testing {
namespace {

constexpr const char* kServer = R"(
trestle_database db {
  primary "@postgres@";
  pool_size 2;
  query_timeout 1s;
  queue size=1000 timeout=20s;
  anonymous_role web_anon;
  jwt_secret "a secret of at least thirty-two bytes";
}
server {
  listen @port@;
  location = /rows { trestle_query db rows.sql; }
  location = /me { trestle_query db me.sql; }
  location = /add { trestle_query db add.sql; }
  location = /fail { trestle_query db fail.sql; }
  location = /sleep { trestle_query db sleep.sql; trestle_query_timeout 50ms; }
  location = /dirt { trestle_query db dirt.sql; }
  location = /view { trestle_query db view.sql; }
  location = /guarded { trestle_query db guarded.sql; }
  location = /default { trestle_query db default.sql; }
  location = /state { trestle_query db state.sql; }
  location /api/ { trestle_rest db schema=public; }
  location = /graphql { trestle_graphql db; }
  location / { trestle_pages db pages; }
})";

constexpr const char* kSchema = R"(
create table item (owner text not null, n int not null);
insert into item select 'user' || u, n from generate_series(0, 49) u,
  generate_series(1, 5) n;
alter table item enable row level security;
create policy own on item using (owner =
  current_setting('request.jwt.claims', true)::json ->> 'sub');
grant select, insert on item to customer, web_anon;

-- Session state of every kind, left behind by a function that swears that it
-- changes nothing.
create function mess(word text) returns int language plpgsql stable as $$
begin
  perform set_config('trestle.dirt', word, false);
  perform set_config('DateStyle', 'German, DMY', false);
  perform pg_advisory_lock(42);
  return 1;
end $$;
create function mess_more(word text) returns int language plpgsql volatile as $$
begin
  perform mess(word);
  execute 'listen dirty_channel';
  execute 'create temporary table dirty_table (word text)';
  execute 'insert into dirty_table values (' || quote_literal(word) || ')';
  return 1;
end $$;
create function frozen(word text) returns int language plpgsql immutable as $$
begin
  perform set_config('trestle.dirt', word, false);
  return 1;
end $$;
grant temporary on database DATABASE to public;
create view dirty_view as select n, mess('view') from (values (1)) t (n);
create table guarded (n int);
insert into guarded values (1);
alter table guarded enable row level security;
create policy dirty on guarded using (mess('policy') = 1);
create table defaulted (n int, m int default frozen('default'));
create function trigger_mess() returns trigger language plpgsql as $$
begin perform mess_more('trigger'); return new; end $$;
create trigger dirty before insert on defaulted
  for each row execute function trigger_mess();
grant select on dirty_view, guarded to web_anon, customer;
grant insert, select on defaulted to web_anon, customer;
)";

class Isolation : public ServerTest {
 protected:
  void SetUp() override {
    std::string schema = kSchema;
    schema.replace(schema.find("DATABASE"), 8, database());
    sql(schema);
    NginxServer& n = nginx();
    n.file("rows.sql", "-- @many\nselect owner from item;");
    n.file(
        "me.sql",
        "-- @one\nselect :claims.sub as sub, current_user::text as role,"
        " current_setting('request.jwt.claims', true)::json ->> 'sub' as s;");
    n.file("add.sql",
           "-- @post\n-- @value\ninsert into item values (:claims.sub, 6) "
           "returning owner;");
    n.file("fail.sql", "-- @value\nselect 1 / :by::int from item;");
    n.file("sleep.sql", "-- @value\nselect :claims.sub from pg_sleep(5);");
    n.file("dirt.sql", "-- @post\n-- @value\nselect mess_more(:word);");
    n.file("view.sql", "-- @get\n-- @many\nselect * from dirty_view;");
    n.file("guarded.sql", "-- @get\n-- @many\nselect n from guarded;");
    n.file("default.sql",
           "-- @post\n-- @exec\ninsert into defaulted (n) values (1);");
    n.file("pages/page.html", "{{ rows|length }}");
    n.file("pages/page.sql", "-- @many rows\nselect * from dirty_view;");
    n.file("state.sql", R"(
-- @one
select coalesce(current_setting('trestle.dirt', true), '') as setting,
       current_setting('DateStyle') as style,
       (select count(*) from pg_locks where locktype = 'advisory'
        and pid = pg_backend_pid()) as locks,
       (select count(*) from pg_listening_channels()) as channels,
       to_regclass('dirty_table') as temporary,
       current_user::text as role;
)");
    start(kServer);
  }
};

TEST_F(Isolation, fifty_users_over_two_connections_see_only_their_own) {
  std::mt19937 random(1);
  Load load{.address = nginx().address(), .clients = 52};
  std::vector<std::string> token;
  for (int i = 0; i < 50; i++) token.push_back(bearer(user_token(i)).second);
  const std::vector<std::pair<const char*, const char*>> kinds = {
      {"GET", "/rows"},  {"GET", "/rows"},      {"GET", "/me"},
      {"GET", "/me"},    {"POST", "/add"},      {"GET", "/fail?by=0"},
      {"GET", "/view"},  {"GET", "/guarded"},   {"POST", "/default"},
      {"GET", "/sleep"}, {"POST", "/dirt?x=1"}, {"GET", "/state"}};
  std::vector<std::size_t> asked(52);
  load.request = [&](int client, std::uint64_t) {
    // Sleepers are dear: few of them.
    std::size_t kind = random() % kinds.size();
    if (kind == 9 && random() % 8 != 0) kind = 0;
    asked[static_cast<std::size_t>(client)] = kind;
    Headers headers = {{"Content-Type", "application/json"}};
    if (client < 50)
      headers.emplace_back("Authorization",
                           token[static_cast<std::size_t>(client)]);
    const bool write = kinds[kind].first[0] == 'P';
    return request_text(
        kinds[kind].first, kinds[kind].second, headers,
        write ? "{\"word\":\"" + user_name(client % 50) + "\"}" : "");
  };
  load.leave_after_ms = [&](int, std::uint64_t) {
    return random() % 20 == 0 ? static_cast<int>(random() % 10) : -1;
  };
  std::string foreign;
  load.done = [&](const LoadResult& result) {
    if (result.outcome != Outcome::answered) return;
    const std::string& body = result.response.body;
    const std::string who = result.client < 50 ? user_name(result.client) : "";
    const std::string other = foreign_user(body, who);
    if (!other.empty()) foreign += other + " for " + who + "; ";
    if (result.response.status != 200) return;
    const std::size_t kind = asked[static_cast<std::size_t>(result.client)];
    if (kind == 2 || kind == 3) {
      EXPECT_EQ(body, who.empty() ? R"({"sub":null,"role":"web_anon","s":null})"
                                  : "{\"sub\":\"" + who +
                                        "\",\"role\":\"customer\",\"s\":\"" +
                                        who + "\"}");
    }
    if (kind == 11) {
      EXPECT_TRUE(body.starts_with(R"({"setting":"","style":"ISO)") &&
                  body.find(R"("locks":0,"channels":0,"temporary":null)") !=
                      std::string::npos)
          << body;
    }
  };
  Clock::time_point terminated = Clock::now();
  load.tick = [&] {
    if (elapsed_ms(terminated) < 700) return;
    terminated = Clock::now();
    sql("select pg_terminate_backend(pid) from pg_stat_activity "
        "where usename = 'web' limit 1");
  };
  const LoadCounts counts = load.run(Milliseconds(soak(3'000, 60'000)));
  EXPECT_EQ(foreign, "");
  EXPECT_GT(counts.ok, 200u) << counts.text();
  EXPECT_EQ(counts.failed, 0u) << counts.text();
}

struct Dirt {
  const char* name;
  const char* method;
  const char* target;
  const char* body = "";
};

constexpr const char* kWord = R"({"word":"w"})";
constexpr Dirt kDirt[] = {
    {"function", "POST", "/dirt", kWord},
    {"view", "GET", "/view"},
    {"policy", "GET", "/guarded"},
    {"trigger and default", "POST", "/default", kWord},
    {"a page's view", "GET", "/page"},
    {"view by REST", "GET", "/api/dirty_view"},
    {"policy by REST", "GET", "/api/guarded?select=n"},
    {"trigger and default by REST", "POST", "/api/defaulted", R"({"n":1})"},
    {"function by REST", "GET", "/api/rpc/mess?word=x"},
    {"view by GraphQL", "POST", "/graphql",
     R"({"query":"{ dirty_view { n } }"})"},
    {"policy by GraphQL", "POST", "/graphql",
     R"({"query":"{ guarded { n } }"})"},
    {"trigger and default by GraphQL", "POST", "/graphql",
     R"({"query":"mutation { insert_defaulted(objects: [{n: 1}]) )"
     R"({ affected_rows } }"})"},
};

TEST_F(Isolation, session_state_is_gone_for_the_next_request) {
  const std::string clean =
      R"({"setting":"","style":"ISO, MDY","locks":0,"channels":0,)"
      R"("temporary":null,"role":"web_anon"})";
  EXPECT_EQ(nginx().get("/state").body, clean);
  // Once without the catalog's judgement, once with it.
  for (const bool judged : {false, true}) {
    if (judged) {
      ASSERT_TRUE(nginx().wait_for_log("catalog of \"db\" loaded"));
    }
    for (const Dirt& dirt : kDirt) {
      SCOPED_TRACE(dirt.name);
      for (int i = 0; i < 4; i++) {
        const Response made =
            nginx().request(dirt.method, dirt.target,
                            {{"Content-Type", "application/json"}}, dirt.body);
        EXPECT_EQ(made.status / 100, 2) << made.body;
        EXPECT_EQ(made.body.find("\"errors\""), std::string::npos) << made.body;
        EXPECT_EQ(nginx().get("/state").body, clean);
      }
    }
  }
  // By closing connections, it would be no art.
  EXPECT_LE(backends(), 2);
}

}  // namespace
}  // namespace trestle::testing
