#include "pg/backoff.h"

#include <gtest/gtest.h>

#include "unit/pg/still_loop.h"

namespace trestle::pg {
namespace {

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
