// What a run leaves in its session is never seen by the next one, and what a
// statement cache remembers is true.

#include "base/text.h"
#include "pool_fixture.h"

namespace trestle::testing {
namespace {

// Everything that outlives a transaction when nobody takes it away.
const char* const kDirt =
    "create function leave_dirt() returns text language plpgsql volatile as "
    "$$ begin "
    "perform set_config('request.leak', 'secret', false); "
    "perform set_config('DateStyle', 'German', false); "
    "perform set_config('role', 'visitor2', false); "
    "perform pg_advisory_lock(4711); "
    "execute 'listen gossip'; "
    "execute 'declare lasting cursor with hold for select 1'; "
    "return 'dirty'; end $$;"
    "create function leave_temporary() returns text language plpgsql as "
    "$$ begin create temporary table leftover as select 1; "
    "return 'dirty'; end $$";

const char* const kLook =
    "select concat_ws('|', current_user, "
    "coalesce(nullif(current_setting('request.leak', true), ''), '-'), "
    "current_setting('DateStyle'), "
    "(select count(*) from pg_locks where locktype = 'advisory' and "
    "pid = pg_backend_pid()), "
    "(select count(*) from pg_listening_channels()), "
    "(select count(*) from pg_cursors where is_holdable), "
    "to_regclass('pg_temp.leftover') is null)";

const char* const kClean = "postgres|-|ISO, MDY|0|0|0|t";

class SessionTest : public PoolTest {
 protected:
  static void SetUpTestSuite() {
    shared_cluster().query(concat({"create role visitor2;", kDirt}));
  }
  [[nodiscard]] std::string look() {
    // A write, so that the look itself is in no block that hides anything.
    return run(write(kLook))->sink.value();
  }
};

TEST_F(SessionTest, ALookSeesDirtWithoutScrub) {
  make_pool({.pool_size = 1, .scrub = pg::PoolConfig::Scrub::never});
  EXPECT_EQ(run(write("select leave_dirt()"))->sink.value(), "dirty");
  EXPECT_EQ(look(), "visitor2|secret|German, DMY|1|1|1|t");
}

TEST_F(SessionTest, DirtOfReadsAndWritesIsGone) {
  make_pool({.pool_size = 1});
  const std::string pid = run(write("select pg_backend_pid()"))->sink.value();
  for (Plan plan : {write("select leave_dirt()"), read("select leave_dirt()"),
                    write("select leave_temporary()")}) {
    EXPECT_EQ(run(plan)->sink.value(), "dirty");
    EXPECT_EQ(look(), kClean);
    plan.isolation = "serializable";
    EXPECT_EQ(run(plan)->sink.value(), "dirty");
    EXPECT_EQ(look(), kClean);
  }
  EXPECT_EQ(run(write("select pg_backend_pid()"))->sink.value(), pid);
}

TEST_F(SessionTest, DirtOfFailedRunsIsGone) {
  make_pool({.pool_size = 1});
  for (Access access : {Access::read, Access::write})
    for (const char* isolation : {"", "serializable"}) {
      Plan plan = write("select leave_dirt(), 1");
      plan.access = access;
      plan.isolation = isolation;
      plan.statements.push_back(statement("select 1/0"));
      EXPECT_EQ(run(plan)->sink.outcome(), "22012");
      EXPECT_EQ(look(), kClean);
    }
}

TEST_F(SessionTest, DirtInsideAVisitorsRoleIsGone) {
  make_pool({.pool_size = 1});
  shared_cluster().query("create role visitor3; grant visitor2 to visitor3");
  const Settings settings = {{"role", "visitor2"}, {"request.leak", "mine"}};
  EXPECT_EQ(run(write("select leave_dirt()"), settings)->sink.value(), "dirty");
  EXPECT_EQ(look(), kClean);
}

TEST_F(SessionTest, TransactionControlInAPlanLeavesNothing) {
  make_pool({.pool_size = 1});
  for (const char* text : {"commit", "rollback", "begin"}) {
    Plan plan = write("select leave_dirt()");
    plan.statements.push_back(statement(text));
    plan.statements.push_back(
        statement("select set_config('request.leak', 'later', false)"));
    run(plan);
    EXPECT_EQ(look(), kClean) << text;
    plan.access = Access::read;
    run(plan);
    EXPECT_EQ(look(), kClean) << text;
  }
}

TEST_F(SessionTest, AnIdleConnectionGivesItsLocksUp) {
  make_pool({.pool_size = 1});
  run(read("select pg_advisory_lock(4712)"));
  EXPECT_TRUE(loop.run_until([&] {
    return shared_cluster().query(
               "select count(*) from pg_locks where objid = 4712") == "0";
  }));
}

TEST_F(SessionTest, NobodyIsToldWhereASequenceOfAnotherStands) {
  shared_cluster().query("create sequence steps");
  make_pool({.pool_size = 1});
  Plan moves = change("select nextval('steps')");
  moves.effects = Effects::sequences;
  for (int i = 1; i <= 3; i++) {
    EXPECT_EQ(run(moves)->sink.value(), std::to_string(i));
    EXPECT_EQ(run(clean("select 1"))->sink.value(), "1");
    const char* asks =
        i % 2 == 0 ? "select lastval()" : "select currval('steps')";
    for (Plan plan : {read(asks), write(asks)})
      EXPECT_EQ(run(plan)->sink.outcome(), "55000");
  }
  shared_cluster().query("drop sequence steps");
}

TEST_F(SessionTest, CleanRunsNeedNoScrub) {
  make_pool({.pool_size = 1});
  learn("select 1");
  auto one = run(clean("select set_config('request.leak', 'x', false)"));
  // Told to be clean although it is not: the proof that nothing is undone.
  EXPECT_EQ(run(clean("select current_setting('request.leak')"))->sink.value(),
            "x");
}

class StatementTest : public PoolTest {
 protected:
  [[nodiscard]] std::string prepared() {
    return run(write("select count(*) from pg_prepared_statements"))
        ->sink.value();
  }
};

TEST_F(StatementTest, TheCacheStaysWithinItsSize) {
  make_pool({.pool_size = 1, .statement_cache = 8});
  for (int i = 0; i < 40; i++)
    EXPECT_EQ(run(clean("select " + std::to_string(i % 20)))->sink.value(),
              std::to_string(i % 20));
  EXPECT_LE(std::stoi(prepared()), 8);
}

TEST_F(StatementTest, ATinyCacheStillWorks) {
  make_pool({.pool_size = 1, .statement_cache = 1});
  Plan plan;
  for (int i = 0; i < 5; i++)
    plan.statements.push_back(statement("select " + std::to_string(i % 3)));
  for (int i = 0; i < 3; i++)
    EXPECT_EQ(run(plan, {{"request.x", "1"}})->sink.rows,
              (std::vector<std::string>{"0", "1", "2", "0", "1"}));
}

TEST_F(StatementTest, AFailedPrepareIsNotRemembered) {
  make_pool({.pool_size = 1});
  const std::string sql = "select n from appears_later";
  EXPECT_EQ(run(clean(sql))->sink.outcome(), "42P01");
  Plan plan;
  plan.statements = {statement("select 1/0"), statement("select 77")};
  EXPECT_EQ(run(plan)->sink.outcome(), "22012");
  shared_cluster().query("create table appears_later as select 5 as n");
  EXPECT_EQ(run(clean(sql))->sink.value(), "5");
  EXPECT_EQ(run(clean("select 77"))->sink.value(), "77");
}

TEST_F(StatementTest, AChangedResultTypeIsPreparedAnew) {
  make_pool({.pool_size = 1});
  shared_cluster().query("create table changes as select 1 as n");
  const std::string sql = "select * from changes";
  for (const auto& make_plan : {clean, read, write}) {
    for (int i = 0; i < 2; i++)
      EXPECT_EQ(run(make_plan(sql, {}))->sink.outcome(), "ok");
    shared_cluster().query(
        "alter table changes add column more text "
        "default 'new'");
    auto one = run(make_plan(sql, {}));
    EXPECT_EQ(one->sink.outcome(), "ok");
    EXPECT_EQ(one->sink.columns.back(), "more");
    shared_cluster().query("alter table changes drop column more");
    EXPECT_EQ(run(make_plan(sql, {}))->sink.value(), "1");
  }
}

// The second run goes to whatever connection is free, and that one has prepared
// the statement long ago, too.
TEST_F(StatementTest, AChangedResultTypeIsPreparedAnewOnEachConnection) {
  make_pool({.pool_size = 3, .pipeline = 1});
  shared_cluster().query("create table widely as select 1 as n");
  const std::string sql = "select * from widely, pg_sleep(0.02)";
  const auto run_three = [&] {
    std::vector<std::unique_ptr<Submitted>> runs;
    for (int i = 0; i < 3; i++) runs.push_back(submit(write(sql)));
    for (auto& one : runs) wait_for(*one);
    for (auto& one : runs) EXPECT_EQ(one->sink.outcome(), "ok");
  };
  for (int i = 0; i < 4; i++) run_three();
  for (const char* change :
       {"alter table widely add more text", "alter table widely drop more"}) {
    shared_cluster().query(change);
    run_three();
  }
}

TEST_F(StatementTest, ARenamedColumnHasItsNewName) {
  make_pool({.pool_size = 1});
  shared_cluster().query("create table renames as select 1 as before");
  EXPECT_EQ(run(clean("select * from renames"))->sink.columns[0], "before");
  shared_cluster().query("alter table renames rename before to after");
  EXPECT_EQ(run(clean("select * from renames"))->sink.columns[0], "after");
}

// The function's body goes into the plan, which PostgreSQL does not prepare
// anew when the function's rows have become others.
TEST_F(StatementTest, ColumnsThatVaryAreThoseOfTheRun) {
  make_pool({.pool_size = 1});
  shared_cluster().query(
      "create table vary as select 'a'::text as t;"
      "create function varied() returns setof vary language sql stable as "
      "$$ select * from vary $$");
  Plan plan = clean("select t from varied()");
  Sql varies = *plan.statements[0].sql;
  varies.columns_vary = true;
  plan.statements[0].sql = std::make_shared<const Sql>(std::move(varies));
  constexpr Oid kText = 25, kTextArray = 1009;
  EXPECT_EQ(run(plan)->sink.types, std::vector<Oid>{kText});
  shared_cluster().query("alter table vary alter t type text[] using array[t]");
  auto one = run(plan);
  EXPECT_EQ(one->sink.value(), "{a}");
  EXPECT_EQ(one->sink.types, std::vector<Oid>{kTextArray});
  shared_cluster().query("drop table vary cascade");
}

TEST_F(StatementTest, DeallocatedStatementsComeBack) {
  make_pool({.pool_size = 1});
  const Settings settings = {{"request.x", "1"}};
  EXPECT_EQ(run(clean("select 1"), settings)->sink.value(), "1");
  run(write("deallocate all"));
  EXPECT_EQ(run(clean("select 1"), settings)->sink.value(), "1");
  EXPECT_EQ(run(read("select 1"), settings)->sink.value(), "1");
}

TEST_F(StatementTest, BehindATransactionPoolerNothingIsNamed) {
  make_pool({.pool_size = 1, .transaction_pooler = true});
  for (int i = 0; i < 3; i++)
    EXPECT_EQ(run(clean("select 1"), {{"request.x", "1"}})->sink.value(), "1");
  EXPECT_EQ(prepared(), "0");
  EXPECT_EQ(run(read("show statement_timeout"))->sink.value(), "30s");
  EXPECT_EQ(run(read("select pg_sleep(5)"), {}, {.query_timeout = 50})
                ->sink.outcome(),
            "57014");
}

}  // namespace
}  // namespace trestle::testing
