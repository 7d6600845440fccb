// A primary and a streaming standby, both real: reads and writes go where they
// belong, and a promotion is followed.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "pg/conninfo.h"
#include "pool_fixture.h"

namespace trestle::testing {
namespace {

constexpr const char* kWho = "select pg_is_in_recovery()";

// Takes connections in place of a server that has died, and never answers.
class SilentSocket {
 public:
  explicit SilentSocket(const std::string& path)
      : fd_(socket(AF_UNIX, SOCK_STREAM, 0)) {
    unlink(path.c_str());
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(
        bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address),
        0);
    EXPECT_EQ(listen(fd_, 64), 0);
  }
  ~SilentSocket() { close(fd_); }
  SilentSocket(const SilentSocket&) = delete;
  SilentSocket& operator=(const SilentSocket&) = delete;

 private:
  int fd_;
};

class StandbyTest : public PoolTest {
 protected:
  StandbyTest() : standby_({.primary = &primary_}) {
    primary_.query("create table note (n int)");
    standby_.catch_up(primary_);
  }

  void make_hosts(unsigned max_lag_ms = 10'000, pg::PoolConfig config = {}) {
    config.name = "shop";
    config.primary = *pg::parse_conninfo(primary_.conninfo());
    config.replicas.push_back(*pg::parse_conninfo(standby_.conninfo()));
    config.replicas[0].max_lag_ms = max_lag_ms;
    pool = pg::Pool::create(loop, config);
  }

  // What a read says of the host it ran on.
  std::string reader(pg::RunOptions options = {}) {
    return run(clean(kWho), {}, options)->sink.value();
  }
  // A read is what makes the pool look around.
  bool wait_for_roles(const std::string& roles) {
    return loop.run_until([&] {
      run(clean("select 1"));
      return pool->state().ends_with(" hosts=" + roles);
    });
  }
  std::string insert(int n) {
    return run(write("insert into note values (" + std::to_string(n) + ")"))
        ->sink.outcome();
  }
  void pause_replay() {
    standby_.query("select pg_wal_replay_pause()");
    ASSERT_TRUE(loop.run_until([&] {
      return standby_.query("select pg_get_wal_replay_pause_state()") ==
             "paused";
    }));
  }
  void resume_replay() const {
    standby_.query("select pg_wal_replay_resume()");
  }

  PostgresCluster primary_;
  PostgresCluster standby_;
};

TEST_F(StandbyTest, ReadsGoToTheStandbyAndWritesDoNot) {
  make_hosts();
  ASSERT_TRUE(wait_for_roles("primary,standby+0ms"));
  EXPECT_EQ(reader(), "t");
  EXPECT_EQ(run(read(kWho))->sink.value(), "t");
  EXPECT_EQ(run(write(kWho))->sink.value(), "f");
  EXPECT_EQ(reader({.latest = true}), "f");
  Plan serializable = clean(kWho);
  serializable.isolation = "serializable";
  EXPECT_EQ(run(serializable)->sink.value(), "f");
  EXPECT_EQ(insert(1), "ok");
}

TEST_F(StandbyTest, WhatAStandbyCannotDoThePrimaryDoes) {
  make_hosts();
  ASSERT_TRUE(wait_for_roles("primary,standby+0ms"));
  // Not replayed yet: the statement names what the standby has not got.
  pause_replay();
  primary_.query("create table fresh as select 7 as n");
  EXPECT_EQ(run(clean("select n from fresh"))->sink.value(), "7");
  EXPECT_EQ(run(clean("select pg_current_wal_lsn() > '0/0'"))->sink.value(),
            "t");
  // An error that the primary makes, too, is told once.
  EXPECT_EQ(run(clean("select n from nowhere"))->sink.outcome(), "42P01");
  resume_replay();
}

TEST_F(StandbyTest, ALateStandbyIsNotRead) {
  make_hosts(1'000);
  ASSERT_TRUE(wait_for_roles("primary,standby+0ms"));
  pause_replay();
  EXPECT_EQ(insert(2), "ok");
  // Its lag grows with each look at the primary, until it is too large.
  EXPECT_TRUE(loop.run_until([&] { return reader() == "f"; }));
  resume_replay();
  EXPECT_TRUE(loop.run_until([&] { return reader() == "t"; }));
}

TEST_F(StandbyTest, AnIdlePrimaryMakesNobodyLate) {
  make_hosts(1'000);
  ASSERT_TRUE(wait_for_roles("primary,standby+0ms"));
  pause_replay();
  const auto begin = loop.now();
  while (loop.now() < begin + 1'500)
    if (reader() != "t") break;
  EXPECT_EQ(reader(), "t");
  resume_replay();
}

TEST_F(StandbyTest, AReaderSeesItsOwnWrite) {
  make_hosts();
  ASSERT_TRUE(wait_for_roles("primary,standby+0ms"));
  pause_replay();
  const auto written =
      run(write("insert into note values (3)"), {}, {.wants_position = true});
  ASSERT_EQ(written->sink.outcome(), "ok");
  const WalPosition after = written->run->stats().position;
  ASSERT_GT(after, 0u);
  const std::string count = "select count(*) from note";
  EXPECT_EQ(run(clean(count), {}, {.after = after})->sink.value(), "1");
  EXPECT_EQ(run(clean(count))->sink.value(), "0");
  EXPECT_EQ(reader({.after = after}), "f");
  resume_replay();
  EXPECT_TRUE(loop.run_until([&] { return reader({.after = after}) == "t"; }));
  EXPECT_EQ(run(clean(count), {}, {.after = after})->sink.value(), "1");
}

TEST_F(StandbyTest, ReadsGoOnWithoutTheStandby) {
  make_hosts();
  ASSERT_TRUE(wait_for_roles("primary,standby+0ms"));
  auto running = submit(read("select pg_is_in_recovery() from pg_sleep(1)"));
  ASSERT_TRUE(loop.run_until([&] {
    return standby_.query(
               "select count(*) from pg_stat_activity where "
               "wait_event = 'PgSleep'") == "1";
  }));
  standby_.stop(PostgresCluster::StopMode::immediate);
  // Even the one that was under way: a read may run twice.
  wait_for(*running);
  EXPECT_EQ(running->sink.value(), "f");
  for (int i = 0; i < 20; i++) EXPECT_EQ(reader(), "f");
  standby_.start();
  EXPECT_TRUE(loop.run_until([&] { return reader() == "t"; }));
}

TEST_F(StandbyTest, APromotionIsFollowed) {
  make_hosts();
  ASSERT_TRUE(wait_for_roles("primary,standby+0ms"));
  EXPECT_EQ(insert(1), "ok");
  standby_.catch_up(primary_);
  primary_.stop(PostgresCluster::StopMode::immediate);
  for (int i = 0; i < 20; i++) EXPECT_EQ(reader(), "t");
  EXPECT_EQ(insert(2), "unavailable");
  EXPECT_EQ(reader({.latest = true}), "t");
  standby_.promote();
  const auto promoted_us = loop.now_us();  // now() is as old as the last turn
  EXPECT_TRUE(loop.run_until([&] { return insert(3) == "ok"; }));
  EXPECT_LT(loop.now_us() - promoted_us, 2'000'000u);
  EXPECT_EQ(pool->primary().host, standby_.socket_folder());
  EXPECT_EQ(
      run(clean("select string_agg(n::text, ',') from note"))->sink.value(),
      "1,3");
  // The old one comes back and thinks that it is the primary still.
  primary_.start();
  EXPECT_TRUE(wait_for_roles("outdated,primary"));
  EXPECT_EQ(insert(4), "ok");
  EXPECT_EQ(standby_.query("select count(*) from note"), "3");
  EXPECT_EQ(primary_.query("select count(*) from note"), "1");
}

// The primary's host is there and says nothing: whoever waits for it would wait
// for the queue's deadline.
TEST_F(StandbyTest, WhatWaitsForASilentPrimaryFollowsThePromotion) {
  make_hosts(10'000, {.queue_timeout = 60'000, .connect_timeout = 60'000});
  ASSERT_TRUE(wait_for_roles("primary,standby+0ms"));
  EXPECT_EQ(insert(1), "ok");
  standby_.catch_up(primary_);
  primary_.stop(PostgresCluster::StopMode::immediate);
  const SilentSocket silent(primary_.socket_folder() + "/.s.PGSQL." +
                            std::to_string(primary_.port()));
  std::unique_ptr<Submitted> waiting;
  ASSERT_TRUE(loop.run_until([&] {
    waiting = submit(write("insert into note values (2)"));
    loop.run_for(50);
    return !waiting->sink.ended();
  })) << pool->state();
  auto reading = submit(clean(kWho), {}, {.latest = true});
  loop.run_for(300);
  EXPECT_EQ(waiting->sink.outcome(), "none");
  standby_.promote();
  wait_for(*waiting);
  EXPECT_EQ(waiting->sink.outcome(), "ok");
  wait_for(*reading);
  EXPECT_EQ(standby_.query("select string_agg(n::text, ',') from note"), "1,2");
}

TEST_F(StandbyTest, AStandbyCalledPrimaryIsNoticed) {
  standby_.promote();
  primary_.stop();
  make_hosts();
  EXPECT_TRUE(loop.run_until([&] { return insert(1) == "ok"; }));
  EXPECT_EQ(standby_.query("select count(*) from note"), "1");
}

TEST_F(StandbyTest, ThePrimaryIsFoundWhereverItStands) {
  pg::PoolConfig config{.name = "shop"};
  config.primary = *pg::parse_conninfo(standby_.conninfo());
  config.replicas.push_back(*pg::parse_conninfo(primary_.conninfo()));
  pool = pg::Pool::create(loop, config);
  EXPECT_TRUE(loop.run_until([&] { return insert(1) == "ok"; }));
  EXPECT_EQ(pool->primary().host, primary_.socket_folder());
  EXPECT_TRUE(loop.run_until([&] { return reader() == "t"; }));
}

TEST_F(StandbyTest, AHostThatRefusesWritesIsNoPrimary) {
  make_hosts();
  ASSERT_TRUE(wait_for_roles("primary,standby+0ms"));
  primary_.query("alter system set default_transaction_read_only = on");
  primary_.query("select pg_reload_conf()");
  // Told by the server as it comes, or by the error of the first write.
  EXPECT_TRUE(loop.run_until([&] { return insert(1) == "unavailable"; }));
  standby_.promote();
  EXPECT_TRUE(loop.run_until([&] { return insert(2) == "ok"; }));
  // Before the setting was read, a first write may have gone through.
  EXPECT_EQ(standby_.query("select max(n) from note"), "2");
}

}  // namespace
}  // namespace trestle::testing
