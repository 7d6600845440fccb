// Connections that come and go while nobody asks: min_idle, retirement, names,
// one at a time, and a process that shuts down.

#include "base/text.h"
#include "pool_fixture.h"

namespace trestle::testing {
namespace {

class HouseTest : public PoolTest {
 protected:
  [[nodiscard]] bool becomes(const std::string& state,
                             pg::Milliseconds deadline = 5'000) {
    return loop.run_until(
        [&] { return pool->state().find(state) != std::string::npos; },
        deadline);
  }
};

TEST_F(HouseTest, MinIdleConnectionsAreThereBeforeTheFirstRequest) {
  make_pool({.pool_size = 4, .min_idle = 2});
  EXPECT_TRUE(becomes("idle=2"));
  loop.run_for(50);
  EXPECT_EQ(backends(), 2);
}

TEST_F(HouseTest, AnUnusedConnectionIsClosed) {
  make_pool({.pool_size = 2, .idle_timeout = 200});
  run(read("select 1"));
  EXPECT_TRUE(becomes("idle=0 busy=0 connecting=0 canceling=0 closing=0"));
  EXPECT_EQ(backends(), 0);
  EXPECT_EQ(run(read("select 1"))->sink.value(), "1");
}

TEST_F(HouseTest, MinIdleConnectionsStay) {
  make_pool({.pool_size = 2, .min_idle = 1, .idle_timeout = 50});
  EXPECT_TRUE(becomes("idle=1"));
  loop.run_for(300);
  EXPECT_NE(pool->state().find("idle=1"), std::string::npos);
}

TEST_F(HouseTest, AnOldConnectionIsReplaced) {
  make_pool({.pool_size = 1, .max_lifetime = 200});
  const std::string pid = run(read("select pg_backend_pid()"))->sink.value();
  EXPECT_TRUE(loop.run_until([&] {
    return run(read("select pg_backend_pid()"))->sink.value() != pid;
  }));
  EXPECT_LE(backends(), 1);
}

TEST_F(HouseTest, RetireLetsWorkEndAndClosesTheRest) {
  make_pool({.pool_size = 3});
  auto first = submit(write("select pg_sleep(0.2)"));
  run(read("select 1"));
  pool->retire();
  EXPECT_NE(pool->state().find("idle=0"), std::string::npos);
  auto last = submit(write("select 2"));
  wait_for(*first);
  wait_for(*last);
  EXPECT_EQ(first->sink.outcome(), "ok");
  EXPECT_EQ(last->sink.value(), "2");
  EXPECT_TRUE(becomes("idle=0 busy=0 connecting=0 canceling=0 closing=0"));
  EXPECT_FALSE(loop.held());
  EXPECT_TRUE(loop.run_until([&] { return backends() == 0; }));
}

TEST_F(HouseTest, AnIdlePoolHoldsNoProcess) {
  make_pool({.pool_size = 2});
  run(read("select 1"));
  loop.run_for(10);
  EXPECT_FALSE(loop.held());
  auto busy = submit(write("select pg_sleep(0.1)"));
  EXPECT_TRUE(loop.held());
  loop.quit();
  wait_for(*busy);
  EXPECT_EQ(busy->sink.outcome(), "ok");
  loop.run_for(10);
  EXPECT_FALSE(loop.held());
  loop.quit();
  EXPECT_NE(pool->state().find("idle=0"), std::string::npos);
}

TEST_F(HouseTest, ARunWithoutTimeoutHoldsTheProcessUntilItEnds) {
  make_pool({.pool_size = 1, .query_timeout = 0});
  auto busy = submit(write("select pg_sleep(0.1)"));
  loop.run_for(50);
  EXPECT_TRUE(loop.held());
  wait_for(*busy);
  loop.run_for(10);
  EXPECT_FALSE(loop.held());
}

TEST_F(HouseTest, APoolMayGoWhileRunsAreLeft) {
  make_pool({.pool_size = 1});
  auto running = submit(write("select pg_sleep(0.1)"));
  auto waiting = submit(write("select 1"));
  loop.run_for(50);
  pool.reset();
  running->run->resume();
  running->run.reset();
  waiting->run.reset();
  EXPECT_FALSE(running->sink.ended());
}

TEST_F(HouseTest, PoolsOfOneProcessConnectOneAtATime) {
  auto gate = std::make_shared<pg::ConnectGate>();
  std::vector<std::unique_ptr<pg::Pool>> pools;
  pg::PoolConfig config{.pool_size = 2, .min_idle = 2};
  config.primary = *pg::parse_conninfo(shared_cluster().conninfo());
  for (int i = 0; i < 3; i++)
    pools.push_back(pg::Pool::create(loop, config, gate));
  EXPECT_TRUE(loop.run_until([&] {
    std::size_t ready = 0;
    for (const auto& one : pools)
      ready += one->state().find("idle=2") != std::string::npos;
    return ready == pools.size();
  }));
}

class NameTest : public PoolTest {
 protected:
  static PostgresCluster& cluster() {
    static PostgresCluster made({.tcp = true});
    return made;
  }
  std::string conninfo() {
    return concat({"host=db.example port=", std::to_string(cluster().port()),
                   " user=postgres dbname=postgres"});
  }
};

TEST_F(NameTest, ANameIsLookedUpByTheLoop) {
  loop.names["db.example"] = "127.0.0.1";
  make_pool_on(conninfo());
  EXPECT_EQ(run(read("select 1"))->sink.value(), "1");
}

TEST_F(NameTest, TheNextAddressIsTriedWhenOneRefuses) {
  loop.names["db.example"] = "127.0.0.9,127.0.0.1";
  make_pool_on(conninfo());
  EXPECT_EQ(run(read("select 1"))->sink.value(), "1");
}

TEST_F(NameTest, AnUnknownNameIsUnavailable) {
  loop.names["db.example"] = "";
  make_pool_on(conninfo());
  EXPECT_EQ(run(read("select 1"))->sink.outcome(), "unavailable");
  EXPECT_NE(loop.messages.back().find("no such host"), std::string::npos);
}

TEST_F(NameTest, ANameWithoutAnswerIsUnavailableInTime) {
  make_pool_on(conninfo(), {.connect_timeout = 200});
  const auto begin = loop.now();
  EXPECT_EQ(run(read("select 1"))->sink.outcome(), "unavailable");
  EXPECT_LT(loop.now() - begin, 1'000u);
}

TEST_F(NameTest, ANewAddressIsFollowed) {
  loop.names["db.example"] = "127.0.0.9";
  make_pool_on(conninfo());
  EXPECT_EQ(run(read("select 1"))->sink.outcome(), "unavailable");
  loop.names["db.example"] = "127.0.0.1";
  EXPECT_TRUE(loop.run_until(
      [&] { return run(read("select 1"))->sink.value() == "1"; }));
}

}  // namespace
}  // namespace trestle::testing
