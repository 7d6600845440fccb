// One plan at a time: rows, columns, errors, transactions, settings.

#include "pool_fixture.h"

namespace trestle::testing {
namespace {

class RunTest : public PoolTest {
 protected:
  void SetUp() override { make_pool(); }
};

using Rows = std::vector<std::string>;

TEST_F(RunTest, RowsColumnsAndNullsArrive) {
  auto one =
      run(read("select 1 as a, null as b, '' as c union all "
               "select 2, 'x', 'y'"));
  EXPECT_EQ(one->sink.outcome(), "ok");
  EXPECT_EQ(one->sink.columns, (Rows{"a", "b", "c"}));
  EXPECT_EQ(one->sink.rows, (Rows{"1|NULL|", "2|x|y"}));
  EXPECT_EQ(one->sink.affected, std::vector<std::uint64_t>{2});
  EXPECT_EQ(one->run->stats().rows, 2u);
  EXPECT_GT(one->run->stats().backend_pid, 0);
  EXPECT_GT(one->run->stats().database_us, 0u);
}

TEST_F(RunTest, PreparedAgainTheColumnsStillCome) {
  for (int i = 0; i < 3; i++) {
    auto one = run(clean("select $1::int as n, $2 as t", {"7", std::nullopt}));
    EXPECT_EQ(one->sink.columns, (Rows{"n", "t"}));
    EXPECT_EQ(one->sink.rows, Rows{"7|NULL"});
    auto none = run(clean("select 1 as n where false"));
    EXPECT_EQ(none->sink.columns, Rows{"n"});
    EXPECT_EQ(none->sink.rows, Rows{});
  }
}

TEST_F(RunTest, UnnamedStatementsRun) {
  Plan plan;
  plan.statements = {
      {.sql = std::make_shared<const Sql>(
           Sql{.text = "select $1::text", .param_types = {}, .name = {}}),
       .params = {"x"}}};
  for (int i = 0; i < 2; i++) EXPECT_EQ(run(plan)->sink.value(), "x");
}

TEST_F(RunTest, ErrorsCarryTheServersFields) {
  shared_cluster().query(
      "create table if not exists person (id int primary key, "
      "age int constraint adult check (age >= 18))");
  auto one = run(write("insert into person values (1, 5)"));
  ASSERT_TRUE(one->sink.error);
  const RunError& error = *one->sink.error;
  EXPECT_EQ(error.kind, RunError::Kind::database);
  EXPECT_EQ(error.sqlstate, "23514");
  EXPECT_EQ(error.constraint, "adult");
  EXPECT_EQ(error.table, "person");
  EXPECT_NE(error.message.find("violates check constraint"), std::string::npos);
  EXPECT_TRUE(error.detail);
  EXPECT_FALSE(error.hint);
}

TEST_F(RunTest, AnErrorNamesItsStatement) {
  Plan plan;
  plan.statements = {statement("select 1"), statement("select 1/0"),
                     statement("select 2")};
  auto one = run(plan);
  EXPECT_EQ(one->sink.outcome(), "22012");
  EXPECT_EQ(one->sink.error->statement, 1u);
  EXPECT_EQ(one->sink.rows, Rows{"1"});
}

TEST_F(RunTest, StatementsOfOnePlanAreOneTransaction) {
  run(write("create table pair (n int)"));
  Plan plan;
  plan.statements = {statement("insert into pair values (1)"),
                     statement("select 1/0")};
  EXPECT_EQ(run(plan)->sink.outcome(), "22012");
  EXPECT_EQ(run(clean("select count(*) from pair"))->sink.value(), "0");
  plan.statements[1] =
      statement("insert into pair values ($1), ($2)", {"2", "3"});
  auto one = run(plan);
  EXPECT_EQ(one->sink.outcome(), "ok");
  EXPECT_EQ(one->sink.affected, (std::vector<std::uint64_t>{1, 2}));
  EXPECT_EQ(run(clean("select count(*) from pair"))->sink.value(), "3");
}

TEST_F(RunTest, AnErrorAtCommitIsAnError) {
  run(write("create table late (n int unique deferrable initially deferred)"));
  auto one = run(write("insert into late values (1), (1)"));
  EXPECT_EQ(one->sink.affected.size(), 1u);
  EXPECT_EQ(one->sink.outcome(), "23505");
}

TEST_F(RunTest, SettingsHoldForTheirRunOnly) {
  const std::string show =
      "select current_user, current_setting('request.x', true)";
  shared_cluster().query("create role visitor");
  const Settings settings = {{"role", "visitor"}, {"request.x", "a'b"}};
  for (Plan plan : {clean(show), read(show), write(show)}) {
    EXPECT_EQ(run(plan, settings)->sink.value(), "visitor|a'b");
    EXPECT_EQ(run(plan)->sink.value().substr(0, 9), "postgres|");
  }
}

TEST_F(RunTest, ASettingWithAStrangeNameIsAParameter) {
  auto one = run(clean("select 1"), {{"bad'name.x", "x"}});
  EXPECT_EQ(one->sink.outcome(), "42602");
}

TEST_F(RunTest, AnUnknownRoleIsAnError) {
  EXPECT_EQ(run(clean("select 1"), {{"role", "nobody_here"}})->sink.outcome(),
            "22023");
  EXPECT_EQ(run(clean("select 1"))->sink.outcome(), "ok");
}

TEST_F(RunTest, ReadsCannotWrite) {
  shared_cluster().query("create table kept (n int)");
  EXPECT_EQ(run(read("insert into kept values (1)"))->sink.outcome(), "25006");
  EXPECT_EQ(run(clean("insert into kept values (1)"), {{"request.x", "1"}})
                ->sink.outcome(),
            "25006");
  EXPECT_EQ(run(clean("select count(*) from kept"))->sink.value(), "0");
}

TEST_F(RunTest, IsolationIsSet) {
  for (Access access : {Access::read, Access::write}) {
    Plan plan = read("show transaction_isolation");
    plan.access = access;
    plan.isolation = "REPEATABLE READ";
    EXPECT_EQ(run(plan)->sink.value(), "repeatable read");
    plan.effects = Effects::clean;
    EXPECT_EQ(run(plan)->sink.value(), "repeatable read");
  }
  EXPECT_EQ(run(read("show transaction_isolation"))->sink.value(),
            "read committed");
}

TEST_F(RunTest, AWriteInABlockCommits) {
  run(write("create table block (n int)"));
  Plan plan = write("insert into block values (1)");
  plan.isolation = "serializable";
  EXPECT_EQ(run(plan)->sink.outcome(), "ok");
  EXPECT_EQ(run(clean("select count(*) from block"))->sink.value(), "1");
  plan = write("insert into block values (1/0)");
  plan.isolation = "serializable";
  EXPECT_EQ(run(plan)->sink.outcome(), "22012");
  EXPECT_EQ(run(clean("select count(*) from block"))->sink.value(), "1");
}

TEST_F(RunTest, ATransactionLeftOpenIsRolledBackAndTold) {
  run(write("create table open_end (n int)"));
  Plan plan;
  plan.statements = {statement("begin"),
                     statement("insert into open_end values (1)")};
  EXPECT_EQ(run(plan)->sink.outcome(), "25000");
  EXPECT_EQ(run(clean("select count(*) from open_end"))->sink.value(), "0");
}

TEST_F(RunTest, CopyIsRefused) {
  EXPECT_EQ(run(write("copy (select 1) to stdout"))->sink.outcome(), "0A000");
  EXPECT_EQ(run(write("copy pair from stdin"))->sink.outcome(), "0A000");
  EXPECT_EQ(run(clean("select 1"))->sink.outcome(), "ok");
}

TEST_F(RunTest, TooManyParametersAreRefusedAtOnce) {
  auto one = submit(clean("select 1", std::vector<Param>(70'000, "1")));
  EXPECT_EQ(one->run, nullptr);
  EXPECT_EQ(one->sink.outcome(), "54000");
}

TEST_F(RunTest, AnEmptyStatementAndAnEmptyPlanAreFine) {
  EXPECT_EQ(run(write(""))->sink.outcome(), "ok");
  EXPECT_EQ(run(Plan{})->sink.outcome(), "ok");
}

TEST_F(RunTest, ADescriptionHasColumnsAndDoesNothing) {
  run(write("create table seen (a int, b int)"));
  Plan plan = clean("insert into seen values ($1, $2) returning b");
  plan.statements.push_back(statement("select a as one, b from seen"));
  plan.statements.push_back(statement("delete from seen where a = $1"));
  plan.describes = true;
  auto told = run(plan);
  EXPECT_EQ(told->sink.outcome(), "ok");
  EXPECT_EQ(told->sink.columns, (Rows{"b", "one", "b"}));
  EXPECT_EQ(told->sink.rows, Rows{});
  EXPECT_EQ(told->sink.affected.size(), 3u);
  EXPECT_EQ(run(clean("select count(*) from seen"))->sink.value(), "0");
  plan.statements = {statement("select nothing from seen")};
  EXPECT_EQ(run(plan)->sink.outcome(), "42703");
}

TEST_F(RunTest, FormatsAreFixed) {
  shared_cluster().query(
      "alter role postgres set datestyle = 'German'; "
      "alter role postgres set intervalstyle = 'sql_standard'; "
      "alter role postgres set extra_float_digits = 0");
  auto one =
      run(clean("select date '2026-11-25', interval '1 day 2 hours', "
                "0.1::float8 + 0.2, '\\x01'::bytea"));
  EXPECT_EQ(one->sink.value(),
            "2026-11-25|1 day 02:00:00|0.30000000000000004|\\x01");
  shared_cluster().query("alter role postgres reset all");
}

}  // namespace
}  // namespace trestle::testing
