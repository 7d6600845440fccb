// What a catalog of a real database makes of statements: clean or not, and why.
#include "catalog/effects.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "catalog/catalog.h"
#include "catalog/loader.h"
#include "pool_fixture.h"

namespace trestle::testing {
namespace {

constexpr const char* kSchema = R"(
create schema fx;
create table fx.plain (id int primary key, name text, at timestamptz);
create table fx.serial (id int generated always as identity, name text);
create table fx.child (id int references fx.plain on delete cascade, x int);
create type fx.mood as enum ('sad', 'happy');
create domain fx.short as text check (length(value) < 10);
create function fx.dirty(x int) returns int language plpgsql immutable as $$
begin perform set_config('fx.dirt', 'x', false); return x; end $$;
create function fx.sql_dirty() returns text language sql stable as
  $$ select set_config('fx.dirt', 'x', false) $$;
create function fx.uid() returns text language sql stable as
  $$ select current_setting('request.jwt.claims', true)::json ->> 'sub' $$;
create function fx.twice(x int) returns int language sql begin atomic
  select x * 2; end;
create function fx.loop(x int) returns int language sql as $$ select 1 $$;
create or replace function fx.loop(x int) returns int language sql as
  $$ select fx.loop(x) $$;
create function fx.fork(x int) returns int language sql as $$ select 1 $$;
create or replace function fx.fork(x int) returns int language sql as
  $$ select fx.fork(x) + fx.fork(x) + fx.fork(x) $$;
create function fx.step0(x int) returns int language sql as $$ select x $$;
do $do$ begin
  for i in 1..12 loop
    execute format('create function fx.step%s(x int) returns int language sql '
      'as $$ select fx.step%s(x) + fx.step%2$s(2) + fx.step%2$s(3) + '
      'fx.step%2$s(4) + fx.step%2$s(5) $$', i, i - 1);
  end loop;
end $do$;
create function fx.name_of(fx.plain) returns text language plpgsql stable as
  $$ begin return $1.name; end $$;
create domain fx.checked as int check (fx.dirty(value) > 0);
create table fx.typed (m fx.mood, s fx.short, l int[]);
create table fx.odd (c fx.checked);
create view fx.good_view as select id, upper(name) as name from fx.plain
  where at < now() order by 1;
create view fx.bad_view as select fx.dirty(id) from fx.plain;
create view fx.view_of_view as select * from fx.bad_view;
create table fx.good_rows (owner text, n int);
alter table fx.good_rows enable row level security;
create policy own on fx.good_rows using (owner = fx.uid());
create table fx.bad_rows (n int);
alter table fx.bad_rows enable row level security;
create policy own on fx.bad_rows using (fx.dirty(n) = 1);
create table fx.bad_default (n int, m int default fx.dirty(1));
create table fx.bad_check (n int check (fx.dirty(n) > 0));
create function fx.trigger() returns trigger language plpgsql as
  $$ begin return new; end $$;
create table fx.triggered (n int);
create trigger t before insert on fx.triggered
  for each row execute function fx.trigger();
create table fx.parts (n int) partition by range (n);
create table fx.part partition of fx.parts for values from (0) to (9);
create table fx.parent (id int primary key);
create table fx.heir (id int references fx.parent on delete cascade);
create trigger t after delete on fx.heir
  for each row execute function fx.trigger();
create table fx.ruled (n int);
create rule r as on insert to fx.ruled do also select fx.dirty(1);
)";

struct Case {
  const char* sql;
  const char* verdict;  // "clean", "sequences" or the reason
};

constexpr Case kCases[] = {
    {"select 1", "clean"},
    {"select id, name from fx.plain where id = $1", "clean"},
    {"select count(*), json_agg(p) from fx.plain p", "clean"},
    {"select name from plain", "clean"},
    {"select * from nowhere", "relation nowhere is not in the catalog"},
    {"select * from fx.good_view", "clean"},
    {"select * from fx.bad_view", "function fx.dirty() behind fx.bad_view"},
    {"select * from fx.view_of_view", "function fx.dirty() behind fx.bad_view"},
    {"select * from fx.good_rows", "clean"},
    {"select * from fx.bad_rows", "function fx.dirty() behind fx.bad_rows"},
    {"select * from fx.typed", "clean"},
    {"select 'sad'::fx.mood, 'a'::fx.short, $1::fx.short", "clean"},
    {"select * from fx.odd", "function fx.dirty() behind domain fx.checked"},
    {"select 1::fx.checked", "function fx.dirty() behind domain fx.checked"},
    {"select fx.dirty(1)", "function fx.dirty()"},
    {"select set_config('a.b', 'c', false)", "function set_config()"},
    {"select fx.sql_dirty()", "function fx.sql_dirty(): function set_config()"},
    {"select fx.uid()", "clean"},
    {"select fx.twice(2)", "clean"},
    {"select fx.loop(2)", nullptr},
    // Ways are many, things few: each is looked at once.
    {"select fx.fork(2)", nullptr},
    {"select fx.step12(2)", "clean"},
    {"select p.name_of from fx.plain p", "function fx.name_of()"},
    {"select pg_advisory_lock(1)", "function pg_advisory_lock()"},
    {"select * from pg_catalog.pg_class",
     "relation pg_class is not in the catalog"},
    {"select name from fx.plain for update", "clean"},
    {"insert into fx.plain (id) values ($1) returning id", "clean"},
    {"insert into fx.plain values (1) on conflict (id) do update set name = "
     "'x'",
     "clean"},
    {"insert into fx.serial (name) values ('x')", "sequences"},
    {"select * from fx.serial", "clean"},
    {"update fx.plain set name = 'x' where id = 1", "clean"},
    {"delete from fx.plain", "clean"},
    {"delete from fx.parent", "function fx.trigger() behind fx.heir"},
    {"with w as (insert into fx.plain (id) values (1) returning id) "
     "select * from w",
     "clean"},
    {"insert into fx.bad_default (n) values (1)",
     "function fx.dirty() behind fx.bad_default"},
    {"select n from fx.bad_default", "clean"},
    {"insert into fx.bad_check values (1)",
     "function fx.dirty() behind fx.bad_check"},
    {"insert into fx.triggered values (1)",
     "function fx.trigger() behind fx.triggered"},
    {"select n from fx.triggered", "clean"},
    {"insert into fx.parts values (1)", "clean"},
    {"insert into fx.good_view (id) values (1)", "clean"},
    {"insert into fx.bad_view values (1)", nullptr},
    {"insert into fx.ruled values (1)", "a rule on fx.ruled"},
    {"insert into fx.good_rows values ('x', 1)", "clean"},
    {"set work_mem = '1MB'", "VariableSetStmt"},
    {"listen x", "ListenStmt"},
    {"create temp table x (n int)", nullptr},
    {"select * into x from fx.plain", nullptr},
};

class EffectsTest : public PoolTest, public catalog::LoadHandler {
 protected:
  void SetUp() override {
    shared_cluster().query(
        "set client_min_messages = warning; "
        "drop schema if exists fx cascade");
    shared_cluster().query(kSchema);
    make_pool();
    load();
  }
  void TearDown() override {
    shared_cluster().query(
        "set client_min_messages = warning; "
        "drop schema if exists fx cascade");
  }

  void load() {
    catalog_.reset();
    read_ = false;
    catalog::CatalogLoader loader(*this);
    auto run = pool->submit(catalog::load_plan(), catalog::load_settings(),
                            loader, {.query_timeout = 60'000});
    ASSERT_TRUE(loop.run_until([&] { return read_ || failed_; }, 20'000));
    ASSERT_FALSE(failed_) << *failed_;
    catalog_ = loader.take();
  }
  void on_read() override { read_ = true; }
  void on_load_failed(const RunError& error) override {
    failed_ = error.message;
  }

  const StatementFacts& judge(const char* sql) {
    return catalog_->effects().judge(*make_sql(sql)).facts;
  }
  std::string verdict(const char* sql) {
    const StatementFacts& facts = judge(sql);
    if (facts.effects == Effects::clean) return "clean";
    if (facts.effects == Effects::sequences) return "sequences";
    return facts.reason;
  }

  catalog::CatalogRef catalog_;
  bool read_ = false;
  std::optional<std::string> failed_;
};

TEST_F(EffectsTest, FollowsEverythingBehindAStatement) {
  for (const Case& one : kCases) {
    if (one.verdict != nullptr)
      EXPECT_EQ(verdict(one.sql), one.verdict) << one.sql;
    else
      EXPECT_EQ(judge(one.sql).effects, Effects::unknown) << one.sql;
  }
}

TEST_F(EffectsTest, KnowsWhatSearchPathMattersTo) {
  shared_cluster().query(
      "create table fx.named (of regclass, cast_to regtype[]);"
      "create view fx.typed_view as select pg_typeof(id) as t from fx.plain;"
      "create view fx.here as select current_schema as s from fx.plain;"
      "create view fx.german as select to_tsvector('german', name) as t "
      "  from fx.plain;"
      "create table fx.own_rows (owner text);"
      "alter table fx.own_rows enable row level security;"
      "create policy own on fx.own_rows using "
      "  (owner = current_setting('request.jwt.claims', true)::json ->> 'sub');"
      "create function fx.meter(a fx.mood, b fx.mood) returns bool language "
      "sql "
      "  as 'select true';"
      "create operator fx.%% (leftarg = fx.mood, rightarg = fx.mood, "
      "  function = fx.meter)");
  load();
  for (const char* free :
       {"select id, name from fx.plain where id = $1 order by 1 limit 2",
        "select count(*), json_agg(p) from fx.plain p",
        "select * from fx.good_view", "select * from fx.typed",
        "select * from fx.own_rows", "select 'sad'::fx.mood",
        "insert into fx.serial (name) values ('x') returning id, name",
        "update fx.plain set name = 'x' where id = 1"})
    EXPECT_FALSE(judge(free).uses_path) << free;
  for (const char* bound :
       {"select * from plain", "select 'sad'::mood", "select * from fx.named",
        "select * from fx.typed_view", "select * from fx.here",
        "select * from fx.german", "select * from fx.good_rows",
        "select fx.uid()", "select fx.twice(2)", "select pg_typeof(1)",
        "select current_schema", "select to_tsvector('german', $1)",
        "select m %% m from fx.typed", "select * from fx.bad_view",
        "insert into fx.triggered values (1)",
        "select name from fx.plain where id = (select fx.twice(1))"})
    EXPECT_TRUE(judge(bound).uses_path) << bound;
}

TEST_F(EffectsTest, AUsersOperatorCountsWhereItsTypesCanOccur) {
  EXPECT_EQ(verdict("select 1 % 2"), "clean");
  shared_cluster().query(
      "create function fx.mod(bool, bool) returns bool language plpgsql as "
      "'begin return true; end'; "
      "create operator fx.% (leftarg = bool, rightarg = bool, "
      "function = fx.mod)");
  load();
  EXPECT_EQ(verdict("select 1 % 2"), "function fx.mod()");
  EXPECT_EQ(verdict("select 1 + 2"), "clean");
}

TEST_F(EffectsTest, RowsOfJsonAndCountersOfItsOwnAreClean) {
  auto is_clean = [&](const char* sql) {
    return judge(sql).effects == Effects::clean;
  };
  EXPECT_TRUE(is_clean(
      "update fx.plain set name = b.name from json_to_record($1) as b(name "
      "text)"));
  EXPECT_FALSE(is_clean("create table t (name text)"));
  EXPECT_TRUE(
      is_clean("select pg_catalog.set_config('trestle.inserted', '1', true)"));
  for (const char* other :
       {"select pg_catalog.set_config('trestle.inserted', '1', false)",
        "select pg_catalog.set_config('trestle.inserted', '1', $1)",
        "select pg_catalog.set_config('role', 'web', true)",
        "select set_config('trestle.inserted', '1', true)"})
    EXPECT_FALSE(is_clean(other)) << other;
}

TEST_F(EffectsTest, RowsOfFunctionsAndTypesAreTiedToTheirRelations) {
  shared_cluster().query(
      "create role fx_visitor; create role fx_stranger; "
      "grant usage on schema fx to fx_visitor;"
      "create type fx.pair as (a int, b text);"
      "create function fx.plains() returns setof fx.plain language sql stable "
      "as 'select * from fx.plain';"
      "create function fx.own_rows() returns setof fx.good_rows language sql "
      "stable as 'select * from fx.good_rows';"
      "create function fx.array_of_pairs() returns fx.pair[] language sql "
      "stable as 'select null::fx.pair[]';"
      "create function fx.shape() returns table (a int) language sql stable "
      "as 'select 1'");
  load();
  // What is named by name, and by number.
  const auto tied = [&](const std::string& sql, std::string_view role) {
    catalog::CatalogEffects& effects = catalog_->effects();
    const SqlRef run = effects.tied(effects.judge(*make_sql(sql)), role);
    if (run == nullptr) return std::string();
    EXPECT_EQ(effects.tied(effects.judge(*run), role), nullptr);
    EXPECT_EQ(shared_cluster().query(
                  concat({"set search_path = fx; prepare one as ", run->text})),
              "");
    constexpr std::string_view kBegin = R"(with "trestle_types" as (select)";
    const std::size_t at = run->text.find(kBegin);
    if (at == std::string::npos) return run->text;
    std::string list = run->text.substr(at + kBegin.size());
    list.resize(list.find(')'));
    const std::size_t from = std::min(list.find(" from "), list.size());
    EXPECT_EQ(run->columns_vary, from > 0) << run->text;
    const std::string numbers =
        from == 0 ? ""
                  : shared_cluster().query(concat(
                        {"select concat_ws(' ', ", list.substr(0, from), ")"}));
    return concat({list.substr(from), from == 0 ? "" : " ", numbers});
  };
  const struct {
    const char* sql;
    const char* visitor;
    const char* stranger;
  } cases[] = {
      {"select * from fx.plains()", R"( from "fx"."plain")", " fx.plain"},
      {"select id from plains() where name = 'a'", R"( from "fx"."plain")",
       " fx.plain"},
      {"with a as (select 1) select * from a, fx.plains()",
       R"( from "fx"."plain")", " fx.plain"},
      {"select * from fx.own_rows()", " fx.good_rows", " fx.good_rows"},
      {"select * from unnest(fx.array_of_pairs()), fx.plains()",
       R"( from "fx"."plain" fx.pair)", " fx.pair fx.plain"},
      {"select (json_populate_record(null::fx.pair, '{}')).*", " fx.pair",
       " fx.pair"},
      {"select * from fx.plain", "", ""},
      {"select * from fx.shape()", "", ""},
      {"select fx.twice(1)", "", ""},
      {"explain select * from fx.plains()", "", ""},
      {"insert into fx.plain select * from fx.plains()",
       R"( from "fx"."plain")", " fx.plain"},
      {"insert into fx.plain (select * from fx.plains())", "", ""},
  };
  for (const auto& [sql, visitor, stranger] : cases) {
    EXPECT_EQ(tied(sql, "fx_visitor"), visitor) << sql;
    EXPECT_EQ(tied(sql, "fx_stranger"), stranger) << sql;
  }
}

TEST_F(EffectsTest, KnowsTheSettingsThatAreRead) {
  const SettingsRead& read = catalog_->reach().settings_read();
  EXPECT_FALSE(read.any);
  EXPECT_TRUE(read.reads("request.jwt.claims"));
  EXPECT_FALSE(read.reads("request.headers"));
  EXPECT_TRUE(judge("select current_setting('request.path', true)")
                  .settings.reads("request.path"));
  EXPECT_FALSE(judge("select current_setting('request.path', true)")
                   .settings.reads("request.method"));
  EXPECT_TRUE(judge("select current_setting($1)").settings.any);
  EXPECT_TRUE(judge("show work_mem").settings.any);

  shared_cluster().query(
      "alter table fx.plain alter name set default "
      "current_setting('request.headers', true)");
  load();
  EXPECT_TRUE(catalog_->reach().settings_read().reads("request.headers"));
  EXPECT_FALSE(catalog_->reach().settings_read().any);

  shared_cluster().query(
      "create view fx.of_settings as select current_setting('a.' || name) "
      "from fx.plain");
  load();
  EXPECT_TRUE(catalog_->reach().settings_read().any);
}

}  // namespace
}  // namespace trestle::testing
