// Cheap clean reads share a connection; nobody suffers from it.

#include "base/text.h"
#include "pool_fixture.h"

namespace trestle::testing {
namespace {

using Submissions = std::vector<std::unique_ptr<Submitted>>;

class ShareTest : public PoolTest {
 protected:
  void wait_for_all(const Submissions& all) {
    for (const auto& one : all) wait_for(*one);
  }
};

TEST_F(ShareTest, CheapReadsNeedOneConnection) {
  make_pool({.pool_size = 8, .head_of_line = 200});
  learn("select $1::int", {"1"});
  Submissions all;
  for (int i = 0; i < 16; i++)
    all.push_back(submit(clean("select $1::int", {std::to_string(i)})));
  EXPECT_EQ(pool->state(),
            "pool: idle=0 busy=1 connecting=0 canceling=0 closing=0 waiting=0");
  wait_for_all(all);
  for (int i = 0; i < 16; i++)
    EXPECT_EQ(all[std::size_t(i)]->sink.value(), std::to_string(i));
  EXPECT_EQ(backends(), 1);
}

TEST_F(ShareTest, MoreThanAPipelineNeedsAnotherConnection) {
  make_pool({.pool_size = 8, .pipeline = 4, .head_of_line = 200});
  learn("select 1");
  Submissions all;
  for (int i = 0; i < 5; i++) all.push_back(submit(clean("select 1")));
  EXPECT_EQ(pool->state(),
            "pool: idle=0 busy=1 connecting=1 canceling=0 closing=0 waiting=1");
  wait_for_all(all);
}

TEST_F(ShareTest, WhatIsNotCleanOrNotKnownIsAlone) {
  make_pool({.pool_size = 1, .head_of_line = 200});
  learn("select 1");
  for (Plan plan : {clean("select 1 as not_known_yet"), read("select 1"),
                    write("select 1")}) {
    auto first = submit(clean("select 1"));
    auto second = submit(std::move(plan));
    EXPECT_NE(pool->state().find("waiting=1"), std::string::npos);
    wait_for(*first);
    wait_for(*second);
  }
}

TEST_F(ShareTest, PipelineOneNeverShares) {
  make_pool({.pool_size = 1, .pipeline = 1});
  learn("select 1");
  auto first = submit(clean("select 1"));
  auto second = submit(clean("select 1"));
  EXPECT_NE(pool->state().find("waiting=1"), std::string::npos);
  wait_for(*first);
  wait_for(*second);
}

TEST_F(ShareTest, AnErrorHitsItsOwnRunOnly) {
  make_pool({.pool_size = 1, .head_of_line = 200});
  learn("select 10 / $1::int", {"1"});
  Submissions all;
  for (int i = 0; i < 40; i++)
    all.push_back(submit(clean("select 10 / $1::int", {i % 5 == 0 ? "0" : "2"}),
                         {{"request.x", std::to_string(i)}}));
  wait_for_all(all);
  for (std::size_t i = 0; i < all.size(); i++)
    EXPECT_EQ(all[i]->sink.value().substr(0, 5), i % 5 == 0 ? "22012" : "5");
}

TEST_F(ShareTest, SettingsOfNeighboursDoNotMix) {
  make_pool({.pool_size = 1, .head_of_line = 200});
  const std::string sql =
      "select coalesce(nullif(current_setting('request.me', true), ''), "
      "'none')";
  learn(sql);
  Submissions all;
  for (int i = 0; i < 64; i++)
    all.push_back(submit(
        clean(sql),
        i % 2 == 0 ? Settings{} : Settings{{"request.me", std::to_string(i)}}));
  wait_for_all(all);
  for (std::size_t i = 0; i < all.size(); i++)
    EXPECT_EQ(all[i]->sink.value(), i % 2 == 0 ? "none" : std::to_string(i));
}

TEST_F(ShareTest, ASlowHeadHoldsNobodyUp) {
  make_pool({.pool_size = 3, .head_of_line = 100});
  const std::string sql = "select pg_sleep($1::float8)";
  learn(sql, {"0"});
  learn("select 1");
  auto slow = submit(clean(sql, {"3"}));  // known to be cheap until now
  Submissions behind;
  for (int i = 0; i < 10; i++) behind.push_back(submit(clean("select 1")));
  EXPECT_NE(pool->state().find("busy=1"), std::string::npos);
  const auto begin = loop.now();
  wait_for_all(behind);
  EXPECT_LT(loop.now() - begin, 500u);
  EXPECT_FALSE(slow->sink.ended());

  // Nothing is put behind it any more, nor behind its like.
  auto another = submit(clean(sql, {"0"}));
  auto cheap = submit(clean("select 1"));
  wait_for(*cheap);
  wait_for(*another);
  EXPECT_LT(loop.now() - begin, 1'000u);
  EXPECT_EQ(slow->sink.outcome(), "none");
  wait_for(*slow);
  EXPECT_EQ(slow->sink.outcome(), "ok");
  wait_until_idle();
}

TEST_F(ShareTest, SlowStatementsLeaveOneConnectionForCheapOnes) {
  make_pool({.pool_size = 3, .head_of_line = 100});
  learn("select 1");
  EXPECT_EQ(run(clean("select pg_sleep(0.1)"))->sink.outcome(), "ok");
  Submissions slow;
  for (int i = 0; i < 12; i++)
    slow.push_back(submit(clean("select pg_sleep(0.1)")));
  loop.run_for(50);
  for (int i = 0; i < 5; i++) {
    const auto begin = loop.now();
    EXPECT_EQ(run(clean("select 1"))->sink.value(), "1");
    EXPECT_LT(loop.now() - begin, 80u);
  }
  wait_for_all(slow);
}

TEST_F(ShareTest, SharedLoadDoesNotStarveOthers) {
  make_pool({.pool_size = 1, .head_of_line = 200});
  learn("select 1");
  Submissions all;
  bool stop = false;
  std::function<void()> again = [&] {
    if (stop) return;
    all.push_back(submit(clean("select 1")));
    all.back()->sink.on_end = again;
  };
  for (int i = 0; i < 8; i++) again();
  auto write_one = submit(write("select 2"));
  EXPECT_TRUE(loop.run_until([&] { return write_one->sink.ended(); }, 2'000));
  EXPECT_EQ(write_one->sink.value(), "2");
  stop = true;
  wait_until_idle();
}

TEST_F(ShareTest, ALeavingClientsCancelHitsNoNeighbour) {
  make_pool({.pool_size = 2, .head_of_line = 100});
  const std::string sql = "select pg_sleep($1::float8)";
  learn(sql, {"0"});
  learn("select 1");
  for (int round = 0; round < 20; round++) {
    auto slow = submit(clean(sql, {round % 2 == 0 ? "0.03" : "0.001"}));
    Submissions behind;
    for (int i = 0; i < 5; i++) behind.push_back(submit(clean("select 1")));
    loop.run_for(1);
    slow->run.reset();
    wait_for_all(behind);
    for (const auto& one : behind) EXPECT_EQ(one->sink.outcome(), "ok");
    wait_until_idle();
    for (int i = 0; i < 12; i++) learn(sql, {"0"});  // cheap again
  }
}

TEST_F(ShareTest, OneInTheMiddleMayLeave) {
  make_pool({.pool_size = 1, .head_of_line = 200});
  learn("select 1");
  Submissions all;
  for (int i = 0; i < 10; i++) all.push_back(submit(clean("select 1")));
  for (std::size_t i = 0; i < 10; i += 3) all[i]->run.reset();
  for (std::size_t i = 0; i < 10; i++) {
    if (i % 3 == 0) continue;
    wait_for(*all[i]);
    EXPECT_EQ(all[i]->sink.outcome(), "ok");
  }
  for (std::size_t i = 0; i < 10; i += 3)
    EXPECT_EQ(all[i]->sink.outcome(), "none");
}

TEST_F(ShareTest, ATerminatedBackendCostsItsHeadOnly) {
  make_pool({.pool_size = 1, .head_of_line = 200});
  const std::string sql = "select pg_sleep($1::float8)";
  learn(sql, {"0"});
  learn("select 1");
  // The bound is far away: those behind stay there until the backend dies.
  make_pool({.pool_size = 1, .head_of_line = 10'000});
  learn(sql, {"0"});
  learn("select 1");
  auto head = submit(clean(sql, {"63"}));
  Submissions behind;
  for (int i = 0; i < 5; i++) behind.push_back(submit(clean("select 1")));
  loop.run_for(50);
  shared_cluster().query(
      concat({"select pg_terminate_backend(pid) from pg_stat_activity where "
              "application_name = '",
              application, "' and state = 'active'"}));
  wait_for(*head);
  EXPECT_EQ(head->sink.outcome(), "lost");
  wait_for_all(behind);
  for (const auto& one : behind) EXPECT_EQ(one->sink.value(), "1");
}

}  // namespace
}  // namespace trestle::testing
