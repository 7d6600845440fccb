// What a catalog of a real database tells of the tables behind statements, and
// what is in the way of keeping their answers.
#include "catalog/table_reads.h"

#include <gtest/gtest.h>

#include <string>

#include "catalog/catalog.h"
#include "catalog/loader.h"
#include "pool_fixture.h"

namespace trestle::testing {
namespace {

constexpr const char* kSchema = R"(
create schema tr;
create table tr.plain (id int primary key, name text, at timestamptz);
create table tr.other (id int primary key);
create table tr.unheard (id int primary key);
create unlogged table tr.unlogged (id int primary key);
create materialized view tr.stored as select id from tr.plain;
create view tr.shown as select id from tr.plain where id in
  (select id from tr.other);
create view tr.dated as select id, current_date from tr.plain;
create view tr.aged as select id from tr.plain where at < now();
create view tr.owned as select id from tr.plain where name = current_user;
create function tr.counted() returns bigint language sql stable as
  $$ select count(*) from tr.other $$;
create function tr.hidden() returns bigint language plpgsql stable as
  $$ begin return (select count(*) from tr.other); end $$;
create table tr.guarded (id int primary key);
alter table tr.guarded enable row level security;
create policy members on tr.guarded using (id in (select id from tr.other));
create table tr.whole (id int, kind int) partition by list (kind);
create table tr.piece partition of tr.whole for values in (1);
drop publication if exists tr;
create publication tr for table tr.plain, tr.other, tr.guarded, tr.whole
  with (publish_via_partition_root = true);
)";

struct Case {
  const char* sql;
  const char* reads;  // names of tables in order, or "!" and the problem
};

constexpr Case kCases[] = {
    {"select id from tr.plain", "plain"},
    {"select p.id from tr.plain p join tr.other o using (id)", "plain other"},
    {"with other as (select 1) select * from other", ""},
    {"select * from tr.shown", "plain other"},
    {"select tr.counted()", "other"},
    {"select id from tr.guarded", "other guarded"},
    {"select * from tr.whole", "whole piece"},
    {"select * from tr.piece", "whole piece"},
    {"select * from tr.owned", "plain"},
    {"select current_user", ""},
    {"select tr.hidden()", "!function hidden"},
    {"select * from tr.stored", "!materialized view tr.stored"},
    {"select * from tr.unheard", "!table tr.unheard is not in publication tr"},
    {"select * from tr.unlogged",
     "!table tr.unlogged is not in publication tr"},
    {"select * from tr.dated", "!the clock"},
    {"select * from tr.aged", "!the clock or chance"},
    {"select current_timestamp", "!the clock"},
    {"select now()", "!a moment by its name"},
    {"select random()", "!random()"},
    {"select pg_catalog.clock_timestamp()", "!clock_timestamp()"},
    {"select id from tr.plain where at > 'Today'", "!a moment by its name"},
    {"select relname from pg_class",
     "!relation pg_class is not in the catalog"},
};

class TableReadsTest : public PoolTest, public catalog::LoadHandler {
 protected:
  void SetUp() override {
    shared_cluster().query(
        "set client_min_messages = warning; drop schema if exists tr cascade");
    shared_cluster().query(kSchema);
    make_pool();
    catalog::CatalogLoader loader(*this);
    auto run = pool->submit(catalog::load_plan(), catalog::load_settings(),
                            loader, {.query_timeout = 60'000});
    ASSERT_TRUE(loop.run_until([&] { return read_ || failed_; }, 20'000));
    ASSERT_FALSE(failed_) << *failed_;
    catalog_ = loader.take();
  }
  void TearDown() override {
    shared_cluster().query(
        "set client_min_messages = warning; "
        "drop schema if exists tr cascade; drop publication if exists tr");
  }
  void on_read() override { read_ = true; }
  void on_load_failed(const RunError& error) override {
    failed_ = error.message;
  }

  std::string reads_of(const char* text) {
    const catalog::TableReads reads =
        catalog::table_reads(*catalog_, *make_sql(text), "tr");
    if (!reads.problem.empty()) return "!" + reads.problem;
    std::string names;
    for (const Oid oid : reads.tables)
      names += (names.empty() ? "" : " ") + catalog_->relation(oid)->name;
    return names;
  }

  catalog::CatalogRef catalog_;
  bool read_ = false;
  std::optional<std::string> failed_;
};

TEST_F(TableReadsTest, a_statement_reads_what_stands_behind_its_names) {
  for (const Case& one : kCases)
    EXPECT_EQ(reads_of(one.sql), one.reads) << one.sql;
}

TEST(NamesAMoment, is_about_whole_words) {
  for (const char* text : {"now", "{TODAY}", "[yesterday,infinity)"})
    EXPECT_TRUE(catalog::names_a_moment(text)) << text;
  for (const char* text : {"", "know", "now_here", "todays"})
    EXPECT_FALSE(catalog::names_a_moment(text)) << text;
}

}  // namespace
}  // namespace trestle::testing
