// Cheap clean changes go behind one another when no connection is idle.

#include "base/text.h"
#include "pool_fixture.h"

namespace trestle::testing {
namespace {

using Submissions = std::vector<std::unique_ptr<Submitted>>;

class ChangeTest : public PoolTest {
 protected:
  static void SetUpTestSuite() {
    shared_cluster().query(
        "create table counted (id int primary key, n int not null);"
        "insert into counted select i, 0 from generate_series(1, 100) i;"
        "create table late (id int);"
        "create function refuse() returns trigger language plpgsql as "
        "$$ begin raise 'no'; end $$;"
        "create constraint trigger t after insert on late "
        "deferrable initially deferred for each row execute function refuse()");
  }
  static void TearDownTestSuite() {
    shared_cluster().query("drop table counted, late; drop function refuse()");
  }

  static Plan count(int id) {
    return change("update counted set n = n + 1 where id = $1::int returning n",
                  {std::to_string(id)});
  }
  static std::string counted(int id) {
    return shared_cluster().query(
        concat({"select n from counted where id = ", std::to_string(id)}));
  }
  void wait_for_all(const Submissions& all) {
    for (const auto& one : all) wait_for(*one);
  }
  std::string terminate() {
    return shared_cluster().query(
        concat({"select pg_terminate_backend(pid) from pg_stat_activity where "
                "application_name = '",
                application, "' and state = 'active'"}));
  }
};

TEST_F(ChangeTest, GoBehindOneAnotherWhenNoConnectionIsIdle) {
  make_pool({.pool_size = 1, .head_of_line = 500});
  learn(count(1));
  Submissions all;
  for (int i = 0; i < 16; i++) all.push_back(submit(count(2)));
  EXPECT_EQ(pool->state(),
            "pool: idle=0 busy=1 connecting=0 canceling=0 closing=0 waiting=0");
  wait_for_all(all);
  for (std::size_t i = 0; i < 16; i++)
    EXPECT_EQ(all[i]->sink.value(), std::to_string(i + 1));
}

TEST_F(ChangeTest, HaveConnectionsOfTheirOwnWhileThereAreSome) {
  make_pool({.pool_size = 3, .head_of_line = 500});
  learn(count(1));
  wait_until_idle();
  Submissions all;
  for (int i = 0; i < 3; i++) all.push_back(submit(count(3 + i)));
  EXPECT_NE(pool->state().find("connecting=1"), std::string::npos)
      << pool->state();
  wait_for_all(all);
  wait_until_idle();  // the changes may be quicker than a connect
  EXPECT_GT(backends(), 1);
}

TEST_F(ChangeTest, AreAloneWhenNotKnownToBeClean) {
  make_pool({.pool_size = 1, .head_of_line = 500});
  Plan unknown = count(1);
  unknown.effects = Effects::unknown;
  learn(unknown);
  wait_until_idle();
  auto first = submit(unknown);
  auto second = submit(unknown);
  EXPECT_NE(pool->state().find("waiting=1"), std::string::npos)
      << pool->state();
  wait_for(*first);
  wait_for(*second);
}

TEST_F(ChangeTest, AnErrorHitsItsOwnOnly) {
  make_pool({.pool_size = 1, .head_of_line = 500});
  const std::string sql =
      "update counted set n = n + 10 / $1::int where id = 10 returning n";
  learn(change(sql, {"100"}));
  Submissions all;
  for (int i = 0; i < 12; i++)
    all.push_back(submit(change(sql, {i % 3 == 0 ? "0" : "10"}),
                         {{"request.x", std::to_string(i)}}));
  wait_for_all(all);
  for (std::size_t i = 0; i < all.size(); i++)
    EXPECT_EQ(all[i]->sink.outcome(), i % 3 == 0 ? "22012" : "ok");
  EXPECT_EQ(counted(10), "8");
}

TEST_F(ChangeTest, ALockedRowHoldsNobodyUp) {
  make_pool({.pool_size = 1, .head_of_line = 100});
  learn(count(1));
  auto holder = std::move(pool);
  make_pool({.pool_size = 1, .head_of_line = 100});
  learn(count(1));
  RecordingSink held;
  Plan holds = write("update counted set n = n + 1 where id = 20");
  holds.statements.push_back(statement("select pg_sleep(1)"));
  auto lock = holder->submit(std::move(holds), {}, held);
  loop.run_for(100);

  auto first = submit(count(20));
  Submissions behind;
  for (int i = 21; i < 31; i++) behind.push_back(submit(count(i)));
  EXPECT_NE(pool->state().find("waiting=0"), std::string::npos);
  wait_for_all(behind);
  for (const auto& one : behind) EXPECT_EQ(one->sink.value(), "1");
  EXPECT_FALSE(first->sink.ended());
  // It has begun anew, without that limit, and once in the end.
  wait_for(*first);
  EXPECT_EQ(first->sink.value(), "2");
  EXPECT_TRUE(loop.run_until([&] { return held.ended(); }));
  wait_until_idle();
}

TEST_F(ChangeTest, AnAnswerIsGivenWhenItHolds) {
  make_pool({.pool_size = 1, .head_of_line = 500});
  const std::string sql =
      "insert into late select $1::int where $1::int > 0 "
      "returning id";
  learn(change(sql, {"0"}));
  auto one = run(change(sql, {"7"}));
  EXPECT_EQ(one->sink.outcome(), "P0001");
  EXPECT_TRUE(one->sink.rows.empty());
  EXPECT_TRUE(one->sink.affected.empty());
}

TEST_F(ChangeTest, ASinkThatIsFullHoldsNobodyUp) {
  make_pool({.pool_size = 1, .head_of_line = 500});
  const std::string sql =
      "update counted set n = n where id > $1::int returning n, $1";
  learn(change(sql, {"90"}));
  auto full = submit(change(sql, {"40"}));
  full->sink.pause_every = 1;
  auto behind = submit(count(40));
  wait_for(*behind);
  EXPECT_EQ(full->sink.row_count, 60u);
  EXPECT_EQ(full->sink.outcome(), "ok");
}

TEST_F(ChangeTest, OneThatLeavesTakesNobodyAlong) {
  make_pool({.pool_size = 1, .head_of_line = 500});
  learn(count(50));
  Submissions all;
  for (int i = 0; i < 9; i++) all.push_back(submit(count(50)));
  loop.run_for(1);
  for (std::size_t i = 0; i < 9; i += 3) all[i]->run.reset();
  for (std::size_t i = 0; i < 9; i++) {
    if (i % 3 == 0) continue;
    wait_for(*all[i]);
    EXPECT_EQ(all[i]->sink.outcome(), "ok");
  }
  wait_until_idle();
  EXPECT_EQ(counted(50), "12");  // they were under way
}

TEST_F(ChangeTest, NoneIsRunTwiceWhenTheBackendDies) {
  make_pool({.pool_size = 1, .head_of_line = 10'000});
  const std::string sql =
      "update counted set n = n + 1 where id = 60 and pg_sleep($1::float8) is "
      "not null";
  learn(change(sql, {"0"}));
  Submissions all;
  for (int i = 0; i < 4; i++) all.push_back(submit(change(sql, {"5"})));
  loop.run_for(100);
  terminate();
  wait_for_all(all);
  for (const auto& one : all) EXPECT_EQ(one->sink.outcome(), "lost");
  EXPECT_EQ(counted(60), "3");
}

TEST_F(ChangeTest, LoadDoesNotStarveOthers) {
  make_pool({.pool_size = 1, .head_of_line = 200});
  learn(count(70));
  learn("select 1");
  Submissions all;
  bool stop = false;
  std::function<void()> again = [&] {
    if (stop) return;
    all.push_back(submit(count(70)));
    all.back()->sink.on_end = again;
  };
  for (int i = 0; i < 8; i++) again();
  for (Plan plan : {clean("select 1"), write("select 1")}) {
    auto other = submit(std::move(plan));
    EXPECT_TRUE(loop.run_until([&] { return other->sink.ended(); }, 2'000));
    EXPECT_EQ(other->sink.value(), "1");
  }
  stop = true;
  wait_until_idle();
}

}  // namespace
}  // namespace trestle::testing
