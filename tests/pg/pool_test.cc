// Many plans at a time: queue, limits, sharing, time-outs, losses.

#include "base/text.h"
#include "pool_fixture.h"

namespace trestle::testing {
namespace {

using Rows = std::vector<std::string>;
using Submissions = std::vector<std::unique_ptr<Submitted>>;

class QueueTest : public PoolTest {};

TEST_F(QueueTest, ServesInOrderAndNeverAboveTheLimit) {
  make_pool({.pool_size = 3});
  Submissions all;
  std::vector<int> order;
  int most = 0;
  for (int i = 0; i < 30; i++) {
    all.push_back(submit(write("select pg_sleep(0.02)")));
    all.back()->sink.on_end = [&order, i] { order.push_back(i); };
  }
  EXPECT_TRUE(loop.run_until([&] {
    most = std::max(most, backends());
    return order.size() == all.size();
  }));
  // One connection stays for cheap statements.
  EXPECT_EQ(most, 2);
  for (int i = 0; i < 30; i++) EXPECT_NEAR(order[std::size_t(i)], i, 3);
}

TEST_F(QueueTest, AFullQueueRefusesAtOnce) {
  make_pool({.pool_size = 1, .queue_size = 2});
  auto running = submit(write("select pg_sleep(0.1)"));
  ASSERT_TRUE(loop.run_until(
      [&] { return pool->state().find("busy=1") != std::string::npos; }));
  auto first = submit(write("select 1"));
  auto second = submit(write("select 2"));
  auto third = submit(write("select 3"));
  EXPECT_EQ(third->run, nullptr);
  EXPECT_EQ(third->sink.outcome(), "overload");
  EXPECT_GE(pool->retry_after(), 1u);
  wait_for(*first);
  wait_for(*second);
  EXPECT_EQ(first->sink.outcome(), "ok");
  EXPECT_EQ(second->sink.outcome(), "ok");
}

TEST_F(QueueTest, ALateOneIsToldAtItsDeadline) {
  make_pool({.pool_size = 1, .queue_timeout = 100});
  auto running = submit(write("select pg_sleep(0.4)"));
  auto late = submit(write("select 1"));
  const auto begin = loop.now();
  wait_for(*late);
  EXPECT_EQ(late->sink.outcome(), "overload");
  EXPECT_LT(loop.now() - begin, 300u);
  wait_for(*running);
  EXPECT_EQ(running->sink.outcome(), "ok");
}

TEST_F(QueueTest, OneThatLeavesTheQueueIsForgotten) {
  make_pool({.pool_size = 1});
  auto running = submit(write("select pg_sleep(0.05)"));
  auto left = submit(write("select 1"));
  auto last = submit(write("select 2"));
  left->run.reset();
  wait_for(*last);
  EXPECT_EQ(left->sink.outcome(), "none");
  EXPECT_EQ(last->sink.value(), "2");
}

TEST_F(QueueTest, ASinkMaySubmitAndLeaveInsideItsCalls) {
  make_pool({.pool_size = 2});
  auto outer = submit(write("select 1"));
  std::unique_ptr<Submitted> inner;
  outer->sink.on_end = [&] {
    inner = submit(write("select 2"));
    outer->run.reset();
  };
  ASSERT_TRUE(loop.run_until([&] { return inner && inner->sink.ended(); }));
  EXPECT_EQ(inner->sink.value(), "2");
}

class TimeoutTest : public PoolTest {};

TEST_F(TimeoutTest, TheServerEndsASlowStatement) {
  make_pool({.pool_size = 1, .query_timeout = 100});
  EXPECT_EQ(run(read("select pg_sleep(5)"))->sink.outcome(), "57014");
  EXPECT_EQ(run(read("select 1"))->sink.value(), "1");
}

TEST_F(TimeoutTest, ARunMayHaveItsOwn) {
  make_pool({.pool_size = 1, .query_timeout = 10'000});
  EXPECT_EQ(run(read("select pg_sleep(5)"), {}, {.query_timeout = 50})
                ->sink.outcome(),
            "57014");
  EXPECT_EQ(run(read("show statement_timeout"))->sink.value(), "10s");
}

TEST_F(TimeoutTest, TheGuardEndsWhatTheServerDoesNot) {
  make_pool({.pool_size = 1, .query_timeout = 100});
  const auto begin = loop.now();
  auto one =
      run(write("do $$ begin set local statement_timeout = 0; "
                "perform pg_sleep(60); end $$"));
  Plan two;
  two.statements = {
      statement("select set_config('statement_timeout', '0', true)"),
      statement("select pg_sleep(60)")};
  one = run(two);
  EXPECT_EQ(one->sink.outcome(), "timeout");
  EXPECT_LT(loop.now() - begin, 6'000u);
  EXPECT_EQ(run(read("select 1"))->sink.value(), "1");
}

class CancelTest : public PoolTest {
 protected:
  [[nodiscard]] int running(const std::string& what) const {
    return std::stoi(shared_cluster().query(
        concat({"select count(*) from pg_stat_activity where query like '%",
                what, "%' and state = 'active' and pid <> pg_backend_pid()"})));
  }
};

TEST_F(CancelTest, AClientThatLeavesEndsItsStatement) {
  make_pool({.pool_size = 1});
  auto left = submit(write("select pg_sleep(61)"));
  ASSERT_TRUE(loop.run_until([&] { return running("pg_sleep(61)") == 1; }));
  auto next = submit(write("select 7"));
  const auto begin = loop.now();
  left->run.reset();
  wait_for(*next);
  EXPECT_LT(loop.now() - begin, 1'000u);
  EXPECT_EQ(next->sink.value(), "7");
  EXPECT_EQ(left->sink.outcome(), "none");
  EXPECT_EQ(running("pg_sleep(61)"), 0);
  EXPECT_EQ(backends(), 1);
}

TEST_F(CancelTest, TheConnectionWaitsForItsCancel) {
  make_pool({.pool_size = 1});
  auto left = submit(write("select pg_sleep(0.3)"));
  ASSERT_TRUE(loop.run_until([&] { return running("pg_sleep(0.3)") == 1; }));
  loop.hold_jobs.lock();
  left->run.reset();
  ASSERT_TRUE(loop.run_until(
      [&] { return pool->state().find("canceling=1") != std::string::npos; }));
  auto next = submit(write("select 8"));
  loop.run_for(500);  // the statement has ended by itself
  EXPECT_FALSE(next->sink.ended());
  loop.hold_jobs.unlock();
  wait_for(*next);
  EXPECT_EQ(next->sink.value(), "8");
}

TEST_F(CancelTest, WithoutAThreadTheConnectionIsClosed) {
  make_pool({.pool_size = 1});
  loop.offload_refused = true;
  auto left = submit(write("select pg_sleep(1)"));
  ASSERT_TRUE(loop.run_until([&] { return running("pg_sleep(1)") == 1; }));
  left->run.reset();
  EXPECT_EQ(run(write("select 9"))->sink.value(), "9");
}

TEST_F(CancelTest, OneThatEndsAtOnceIsNotCanceled) {
  make_pool({.pool_size = 1});
  loop.offload_refused = true;  // a cancel would close the connection
  const std::string pid = run(read("select pg_backend_pid()"))->sink.value();
  submit(read("select 1"))->run.reset();
  EXPECT_EQ(run(read("select pg_backend_pid()"))->sink.value(), pid);
}

class LossTest : public PoolTest {};

TEST_F(LossTest, ABackendThatIsTerminatedLosesItsRunOnly) {
  make_pool({.pool_size = 2});
  auto killed = submit(write("select pg_sleep(62)"));
  auto other = submit(write("select pg_sleep(0.3)"));
  std::string pid;
  ASSERT_TRUE(loop.run_until([&] {
    pid = shared_cluster().query(
        "select pid from pg_stat_activity where query = "
        "'select pg_sleep(62)'");
    return !pid.empty();
  }));
  shared_cluster().query(concat({"select pg_terminate_backend(", pid, ")"}));
  wait_for(*killed);
  wait_for(*other);
  EXPECT_EQ(killed->sink.outcome(), "lost");
  EXPECT_EQ(killed->sink.error->sqlstate, "57P01");
  EXPECT_EQ(other->sink.outcome(), "ok");
  EXPECT_EQ(run(write("select 1"))->sink.value(), "1");
}

TEST_F(LossTest, AnIdleConnectionThatDiesIsNotUsed) {
  make_pool({.pool_size = 1});
  run(read("select 1"));
  shared_cluster().query(
      concat({"select pg_terminate_backend(pid) from pg_stat_activity where "
              "application_name = '",
              application, "'"}));
  ASSERT_TRUE(loop.run_until(
      [&] { return pool->state().find("idle=0") != std::string::npos; }));
  EXPECT_EQ(run(write("select 1"))->sink.value(), "1");
}

TEST(AwayTest, FailsFastAndRecoversWhenTheServerIsBack) {
  PostgresCluster cluster;
  PollLoop loop;
  pg::PoolConfig config{.name = "away", .pool_size = 2};
  config.primary = *pg::parse_conninfo(cluster.conninfo());
  auto pool = pg::Pool::create(loop, config);
  auto submit = [&](RecordingSink& sink) {
    return pool->submit(write("select 1"), {}, sink);
  };
  RecordingSink before;
  auto run = submit(before);
  ASSERT_TRUE(loop.run_until([&] { return before.ended(); }));
  cluster.stop();

  const auto stopped = loop.now();
  RecordingSink first;
  auto run_first = submit(first);
  ASSERT_TRUE(loop.run_until([&] { return first.ended(); }));
  RecordingSink second;
  auto run_second = submit(second);
  EXPECT_EQ(second.outcome(), "unavailable");
  EXPECT_EQ(run_second, nullptr);
  EXPECT_EQ(second.error->message, "The database is not available");
  loop.run_for(500);
  EXPECT_LT(loop.now() - stopped, 2'000u);

  cluster.start();
  ASSERT_TRUE(loop.run_until(
      [&] {
        RecordingSink again;
        auto run_again = submit(again);
        return loop.run_until([&] { return again.ended(); }) && again.done;
      },
      2'000));
  std::size_t told = 0;
  for (const std::string& message : loop.messages)
    told += message.find("cannot connect") != std::string::npos;
  EXPECT_GE(told, 1u);
  EXPECT_LE(told, 4u);
}

TEST(AwayTest, ABadPasswordIsUnavailableAndTellsNobody) {
  PollLoop loop;
  pg::PoolConfig config{.name = "wrong", .pool_size = 2};
  config.primary = *pg::parse_conninfo(shared_cluster().conninfo("nobody_x"));
  auto pool = pg::Pool::create(loop, config);
  RecordingSink sink;
  auto run = pool->submit(write("select 1"), {}, sink);
  ASSERT_TRUE(loop.run_until([&] { return sink.ended(); }));
  EXPECT_EQ(sink.outcome(), "unavailable");
  EXPECT_EQ(sink.error->message.find("nobody_x"), std::string::npos);
}

}  // namespace
}  // namespace trestle::testing
