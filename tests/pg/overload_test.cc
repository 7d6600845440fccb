// More than a pool can do: who comes too late is sent away before it costs
// anything, and one connection stays for what is cheap.

#include <unistd.h>

#include "pool_fixture.h"
#include "support/fault_proxy.h"

namespace trestle::testing {
namespace {

using Submissions = std::vector<std::unique_ptr<Submitted>>;

class OverloadTest : public PoolTest {
 protected:
  [[nodiscard]] bool waits(const Submitted& one) const {
    return !one.sink.ended();
  }
  [[nodiscard]] std::uint64_t runs() const { return pool->totals().runs; }
};

TEST_F(OverloadTest, TimeInTheQueueCountsFromTheArrival) {
  make_pool({.pool_size = 1, .queue_timeout = 30'000});
  EXPECT_EQ(run(read("select 1"))->sink.value(), "1");
  const std::uint64_t before = runs();
  const pg::Milliseconds long_ago = loop.now() - 30'000;
  EXPECT_EQ(run(read("select 1"), {}, {.arrived = long_ago})->sink.outcome(),
            "overload");
  EXPECT_EQ(runs(), before);  // it was never sent
  EXPECT_EQ(pool->totals().refused, 1u);
  EXPECT_EQ(
      run(read("select 1"), {}, {.arrived = loop.now() - 1})->sink.outcome(),
      "ok");
}

TEST_F(OverloadTest, TheLateGoBeforeAnybodyIsServed) {
  make_pool({.pool_size = 1, .queue_timeout = 30'000});
  run(read("select 1"));
  auto holder = submit(write("select pg_sleep(0.2)"));
  auto late =
      submit(read("select 1"), {}, {.arrived = loop.now() + 100 - 30'000});
  auto next = submit(read("select 2"));
  wait_for(*next);
  EXPECT_EQ(late->sink.outcome(), "overload");
  EXPECT_EQ(next->sink.value(), "2");
  EXPECT_EQ(holder->sink.outcome(), "ok");
  EXPECT_EQ(runs(), 3u);
}

TEST_F(OverloadTest, WhoComesTooLateIsRefusedAtOnce) {
  make_pool({.pool_size = 1, .queue_timeout = 3'000});
  const auto slow = [] { return read("select pg_sleep(0.1)"); };
  run(slow());
  run(slow());
  Submissions all;
  for (int i = 0; i < 45; i++) all.push_back(submit(slow()));
  ASSERT_TRUE(loop.run_until([&] { return !waits(*all[7]); }));
  // More than three seconds of work stand in front of it.
  const auto refused = submit(slow());
  EXPECT_EQ(refused->run, nullptr);
  EXPECT_EQ(refused->sink.outcome(), "overload");
  EXPECT_GE(pool->retry_after(), 3u);
  // What is cheap has a line of its own.
  learn("select 1");
  all.resize(1);
  wait_until_idle();
  EXPECT_EQ(pool->retry_after(), 1u);
}

TEST_F(OverloadTest, FromOnceToTenTimesTheCapacityAsManyAreServed) {
  make_pool({.pool_size = 2, .queue_size = 50, .queue_timeout = 500});
  const auto work = [] { return write("select pg_sleep(0.005)"); };
  run(work());
  run(work());
  // So many ask at the same time, again and again, for a second.
  const auto served = [&](int clients) {
    Submissions all;
    bool stop = false;
    int good = 0;
    std::function<void()> again = [&] {
      if (stop) return;
      all.push_back(std::make_unique<Submitted>());
      Submitted& one = *all.back();
      one.sink.on_end = [&good, &one, &again] {
        good += one.sink.done ? 1 : 0;
        if (one.sink.done) again();
      };
      one.run = pool->submit(work(), {}, one.sink, {});
    };
    for (int i = 0; i < clients; i++) again();
    loop.run_for(1'000);
    stop = true;
    wait_until_idle();
    return good;
  };
  const int once = served(8);
  const int tenfold = served(80);
  EXPECT_GT(once, 10);
  EXPECT_GT(tenfold * 2, once) << "of " << once;
}

// --- one connection stays for the cheap --------------------------------------

TEST_F(OverloadTest, ASlowReaderDoesNotBlockWhatIsUnknown) {
  // What is cheap is so on a busy machine, too.
  make_pool({.pool_size = 2, .head_of_line = 1'000});
  learn("select 1");
  auto reader = submit(
      read("select i, repeat('x', 1000) from generate_series(1, 200000) i"));
  reader->sink.pause_every = 1;
  reader->sink.keep_rows = false;
  // It has been slow for so long that it is to make way, and cannot.
  ASSERT_TRUE(loop.run_until([&] { return reader->sink.asked > 0; }));
  EXPECT_EQ(run(read("select 'unknown'"))->sink.value(), "unknown");
  EXPECT_EQ(run(clean("select 1"))->sink.value(), "1");
  EXPECT_TRUE(waits(*reader));
}

TEST_F(OverloadTest, WhatTurnsSlowOnTrialMakesRoomAndBeginsAnew) {
  make_pool({.pool_size = 2, .head_of_line = 50});
  learn("select 1");
  const std::string known = "select pg_sleep($1::float8)";
  EXPECT_EQ(run(read(known, {"0.1"}))->sink.outcome(), "ok");
  auto slow = submit(read(known, {"3"}));
  auto on_trial = submit(read("select 'late' from pg_sleep(0.7)"));
  loop.run_for(200);
  EXPECT_NE(pool->state().find("busy=2"), std::string::npos) << pool->state();
  // Both connections have something slow; somebody cheap comes.
  EXPECT_EQ(run(clean("select 1"))->sink.value(), "1");
  EXPECT_TRUE(waits(*slow));
  EXPECT_TRUE(waits(*on_trial));
  wait_for(*on_trial);
  EXPECT_EQ(on_trial->sink.value(), "late");
  EXPECT_EQ(on_trial->sink.rows.size(), 1u);
  wait_for(*slow);
  EXPECT_EQ(slow->sink.outcome(), "ok");
  EXPECT_EQ(pool->totals().failures, 0u);
  wait_until_idle();
}

// A cancel that arrives late is held back here.
class TakenBack : public OverloadTest {
 protected:
  // Somebody cheap comes, `task` is to go, and is canceled after that time.
  void take_back(const Submitted& task, pg::Milliseconds after) {
    ASSERT_TRUE(loop.run_until(
        [&] { return pool->state().find("busy=2") != std::string::npos; }));
    std::unique_lock<std::mutex> hold(loop.hold_jobs);
    auto cheap = submit(clean("select 1"));
    const auto before = pool->totals().cancels;
    ASSERT_TRUE(
        loop.run_until([&] { return pool->totals().cancels > before; }));
    ASSERT_TRUE(waits(task));
    loop.run_for(after);
    hold.unlock();
    wait_for(*cheap);
    wait_for(task);
  }

  // The other connection is busy for long.
  void begin() {
    make_pool({.pool_size = 2, .head_of_line = 50});
    learn("select 1");
    const std::string known = "select pg_sleep($1::float8)";
    EXPECT_EQ(run(read(known, {"0.1"}))->sink.outcome(), "ok");
    slow_ = submit(read(known, {"3"}));
  }

  std::unique_ptr<Submitted> slow_;
};

TEST_F(TakenBack, BehindItsFirstRowAReadBeginsAnew) {
  begin();
  Plan plan = read("select 'first' from pg_sleep(0.8)");
  plan.statements.push_back(statement("select 'second' from pg_sleep(1)"));
  auto task = submit(std::move(plan));
  take_back(*task, 1'000);
  EXPECT_EQ(task->sink.outcome(), "ok");
  EXPECT_EQ(task->sink.rows, (std::vector<std::string>{"first", "second"}));
}

TEST_F(TakenBack, BehindItsEndAReadAnswersOnce) {
  begin();
  auto task = submit(read("select 'one' from pg_sleep(0.8)"));
  take_back(*task, 1'200);
  EXPECT_EQ(task->sink.outcome(), "ok");
  EXPECT_EQ(task->sink.rows, std::vector<std::string>{"one"});
}

TEST_F(TakenBack, BehindItsEndAChangeIsMadeOnce) {
  shared_cluster().query("create table if not exists taken_back (n int)");
  begin();
  auto task = submit(
      change("insert into taken_back select 1 from pg_sleep(0.8) returning n"));
  take_back(*task, 1'200);
  EXPECT_EQ(task->sink.outcome(), "ok");
  EXPECT_EQ(task->sink.rows, std::vector<std::string>{"1"});
  EXPECT_EQ(shared_cluster().query("select count(*) from taken_back"), "1");
  shared_cluster().query("drop table taken_back");
}

// Its effects are not known: it cannot be taken back.
TEST_F(OverloadTest, AWriteOfUnknownEffectsNeverHasTheLastConnection) {
  make_pool({.pool_size = 2, .head_of_line = 50});
  learn("select 1");
  auto slow = submit(write("select pg_sleep(1)"));
  auto unknown = submit(write("select 2"));
  loop.run_for(100);
  EXPECT_TRUE(waits(*unknown));
  EXPECT_EQ(run(clean("select 1"))->sink.value(), "1");
  EXPECT_TRUE(waits(*slow));
  wait_for(*unknown);
  EXPECT_EQ(unknown->sink.value(), "2");
}

TEST_F(OverloadTest, WhatTurnsSlowLosesTheRightToShareAtOnce) {
  make_pool({.pool_size = 4, .head_of_line = 50});
  const std::string sql = "select pg_sleep($1::float8)";
  learn(sql, {"0"});
  learn("select 1");
  auto first = submit(clean(sql, {"1"}));
  ASSERT_TRUE(loop.run_until([&] {
    auto behind = submit(clean("select 1"));
    wait_for(*behind);
    return waits(*first);
  }));
  loop.run_for(100);
  // Two of it are on two connections now, and cheap ones on a third.
  auto second = submit(clean(sql, {"1"}));
  auto third = submit(clean(sql, {"1"}));
  loop.run_for(100);
  EXPECT_NE(pool->state().find("busy=3"), std::string::npos) << pool->state();
  EXPECT_EQ(run(clean("select 1"))->sink.value(), "1");
  EXPECT_TRUE(waits(*third));
}

// What a worker with too much to do takes long to read was not slow for that.
class BusyLoop {
 public:
  explicit BusyLoop(PollLoop& loop)
      : timer_(loop.make_timer(callback<&BusyLoop::on_timer>(this),
                               pg::Loop::TimerKind::idle)) {}

  // `work` is called in every turn, which takes 100 ms.
  void start(std::function<void()> work) {
    work_ = std::move(work);
    timer_->start(0);
  }
  void stop() { timer_->stop(); }

 private:
  void on_timer() noexcept {
    usleep(100'000);
    work_();
    timer_->start(0);
  }

  std::unique_ptr<pg::Timer> timer_;
  std::function<void()> work_;
};

TEST_F(OverloadTest, ABusyLoopTakesNobodyForSlow) {
  BusyLoop busy(loop);  // before the pool: its timer fires first
  make_pool({.pool_size = 8, .head_of_line = 80});
  learn("select 1");
  learn("select 1");
  Submissions all;
  busy.start([&] {
    for (int i = 0; i < 3; i++) all.push_back(submit(clean("select 1")));
  });
  ASSERT_TRUE(loop.run_until([&] { return all.size() >= 90; }));
  busy.stop();
  wait_until_idle();
  for (const auto& one : all) EXPECT_EQ(one->sink.value(), "1");
  EXPECT_EQ(backends(), 1);
}

// --- connections that nobody hears of any more
// --------------------------------

TEST_F(OverloadTest, DeafConnectionsAreGivenUpTogether) {
  PostgresCluster cluster({.tcp = true});
  FaultProxy proxy({.port = cluster.port()});
  make_pool_on("host=127.0.0.1 port=" + std::to_string(proxy.port()) +
                   " user=postgres dbname=postgres sslmode=disable",
               {.pool_size = 2, .query_timeout = 200});
  run(read("select 1"));
  auto one = submit(write("select pg_sleep(0.1)"));
  auto two = submit(write("select pg_sleep(0.1)"));
  loop.run_for(50);
  proxy.set(Fault::state_lost);
  wait_for(*one);
  wait_for(*two);
  EXPECT_EQ(one->sink.outcome(), "timeout");
  const auto given_up = loop.now();
  EXPECT_EQ(run(read("select 1"))->sink.value(), "1");
  // Nobody waits for a farewell of theirs.
  EXPECT_LT(loop.now() - given_up, 1'500u);
}

}  // namespace
}  // namespace trestle::testing
