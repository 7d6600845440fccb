// What dies under publish load: every subscriber has everything, or was told to
// resync; and the shared memory stays what it was.
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <functional>

#include "support/comeback.h"
#include "support/live_test.h"
#include "support/publisher.h"

namespace trestle::testing {
namespace {

constexpr const char* kHttp = R"(
trestle_live_memory 4m;
trestle_database shop {
  primary "@postgres@";
  pool_size 2;
  anonymous_role web_anon;
  schemas public;
  feed;
}
server {
  listen @port@;
  location = /live { trestle_live shop; }
  location = /status { trestle_status; }
})";

class LiveFaults : public LiveTest {
 protected:
  void SetUp() override {
    LiveTest::SetUp();
    configure({.workers = 2});
    start(kHttp);
    wait_for_feed();
    nginx().allow("exited on signal 9");
    for (int i = 0; i < 10; i++) {
      clients_.push_back(std::make_unique<Comeback>(nginx().address()));
      clients_.back()->join();
    }
    publisher_ = std::make_unique<Publisher>(
        cluster().conninfo("postgres", database()), Milliseconds(5));
  }

  // Until all hear what is pushed from now on. The first numbers may be what a
  // resync stands for: later ones are not.
  void expect_all_hear() {
    const int now = publisher_->last();
    const bool heard = wait_until([&] {
      const int number = publisher_->last();
      return HasFailure() ||
             (number > now && std::ranges::all_of(clients_, [&](auto& client) {
                return client->reads_until(number);
              }));
    });
    EXPECT_TRUE(heard) << nginx().get("/status").body;
  }

  void repeat(int rounds, const std::function<void()>& fault) {
    expect_all_hear();
    const std::size_t shared = shared_memory_bytes(nginx().master());
    EXPECT_GT(shared, std::size_t{4 * 1024 * 1024});
    for (int round = 0; round < rounds && !HasFailure(); round++) {
      fault();
      expect_all_hear();
    }
    EXPECT_GT(publisher_->commits(), 0);
    EXPECT_EQ(shared_memory_bytes(nginx().master()), shared);
  }

  void kill_worker() {
    std::vector<pid_t> workers;
    ASSERT_TRUE(wait_until([&] {
      workers = nginx().workers();
      return workers.size() == 2;
    }));
    kill(workers[0], SIGKILL);
  }

  void kill_feed_process() {
    pid_t helper = 0;
    ASSERT_TRUE(wait_until([&] {
      helper = nginx().helper();
      return helper != 0;
    }));
    kill(helper, SIGKILL);
  }

  [[nodiscard]] int resyncs() const {
    int sum = 0;
    for (const auto& client : clients_) sum += client->resyncs();
    return sum;
  }
  [[nodiscard]] int comebacks() const {
    int sum = 0;
    for (const auto& client : clients_) sum += client->comebacks();
    return sum;
  }

 private:
  std::vector<std::unique_ptr<Comeback>> clients_;
  std::unique_ptr<Publisher> publisher_;
};

TEST_F(LiveFaults, a_killed_postgresql) {
  repeat(soak(1, 20), [&] {
    cluster().stop(PostgresCluster::StopMode::kill);
    cluster().start();
  });
  EXPECT_GE(resyncs(), 10);
}

TEST_F(LiveFaults, a_killed_worker) {
  repeat(soak(2, 50), [&] { kill_worker(); });
}

TEST_F(LiveFaults, a_killed_feed_process) {
  repeat(soak(2, 50), [&] { kill_feed_process(); });
  EXPECT_GE(resyncs(), 10);
}

TEST_F(LiveFaults, a_slot_that_is_dropped) {
  repeat(soak(2, 50), [&] {
    cluster().query(
        "select pg_terminate_backend(active_pid) from pg_replication_slots");
  });
  EXPECT_GE(resyncs(), 10);
}

// Nothing of what was published is missed, as the new feed process takes over
// where the old one stood.
TEST_F(LiveFaults, reloads) {
  repeat(soak(4, 50), [&] { nginx().reload(); });
  EXPECT_GT(comebacks(), 10);
  EXPECT_EQ(resyncs(), 0);
}

TEST_F(LiveFaults, everything_at_once) {
  int round = 0;
  repeat(soak(4, 40), [&] {
    nginx().reload();
    if (round % 4 == 0) kill_worker();
    if (round % 4 == 1) {
      cluster().stop(PostgresCluster::StopMode::kill);
      cluster().start();
    }
    if (round % 4 == 2) kill_feed_process();
    if (round % 4 == 3) nginx().reload();
    round++;
  });
}

}  // namespace
}  // namespace trestle::testing
