#include "pg/backoff.h"

#include <gtest/gtest.h>

namespace trestle::pg {
namespace {

// A clock that stands still, for whatever asks nothing else of a loop.
class StillLoop : public Loop {
 public:
  std::unique_ptr<Watch> make_watch(const WatchCallbacks&) override {
    return nullptr;
  }
  std::unique_ptr<Timer> make_timer(Callback, TimerKind) override {
    return nullptr;
  }
  bool offload(std::unique_ptr<Job>) override { return false; }
  std::unique_ptr<Lookup> resolve(const std::string&, LookupHandler&) override {
    return nullptr;
  }
  Milliseconds now() const override { return time; }
  std::uint64_t now_us() const override { return time * 1000; }
  std::uint32_t random() override { return chance; }
  void log(Level, std::string_view) override {}

  Milliseconds time = 1'000;
  std::uint32_t chance = 0;
};

TEST(Backoff, DoublesUpToItsLimit) {
  StillLoop loop;
  Backoff backoff(loop);
  EXPECT_EQ(backoff.remaining(), 0u);
  for (Milliseconds expected :
       {100u, 200u, 400u, 800u, 1600u, 3200u, 5000u, 5000u}) {
    backoff.fail(false);
    EXPECT_EQ(backoff.remaining(), expected);
  }
  loop.time += 4'999;
  EXPECT_EQ(backoff.remaining(), 1u);
  loop.time += 1;
  EXPECT_EQ(backoff.remaining(), 0u);
  backoff.fail(false);
  backoff.succeed();
  EXPECT_EQ(backoff.remaining(), 0u);
}

TEST(Backoff, CheapRefusalsAreTriedAgainEachSecond) {
  StillLoop loop;
  Backoff backoff(loop);
  for (int i = 0; i < 10; i++) backoff.fail(true);
  EXPECT_EQ(backoff.remaining(), 1'000u);
}

TEST(Backoff, JitterTakesUpToAQuarter) {
  StillLoop loop;
  for (std::uint32_t chance = 0; chance < 100; chance++) {
    loop.chance = chance;
    Backoff backoff(loop);
    backoff.fail(false);
    EXPECT_GT(backoff.remaining(), 75u);
    EXPECT_LE(backoff.remaining(), 100u);
  }
}

}  // namespace
}  // namespace trestle::pg
