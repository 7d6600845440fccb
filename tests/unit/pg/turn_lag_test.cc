#include "pg/turn_lag.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "unit/pg/still_loop.h"

namespace trestle::pg {
namespace {

// The loop's own clock has a tick of four milliseconds.
void look_at(StillLoop& loop, std::uint64_t time_us) {
  loop.time = time_us / 4'000 * 4;
  loop.beyond_us = time_us - loop.time * 1'000;
}

TEST(TurnLag, AnIdleLoopTakesNothingOffAStatement) {
  StillLoop loop;
  TurnLag lag;
  for (std::uint64_t at : {100'000u, 107'000u, 115'500u}) {
    look_at(loop, at);
    lag.note_read(loop);
    loop.beyond_us += 20;
    EXPECT_LE(lag.of_answer(loop), 20u);
    loop.beyond_us += 30;
    lag.note_end(loop);
  }
}

TEST(TurnLag, TurnsThatFollowAtOnceAreOurOwn) {
  StillLoop loop;
  TurnLag lag;
  look_at(loop, 100'000);
  lag.note_read(loop);
  loop.beyond_us += 2'500;  // reads for others
  lag.note_end(loop);
  look_at(loop, loop.now_us() + 50);
  lag.note_read(loop);
  loop.beyond_us += 1'000;
  EXPECT_EQ(lag.of_answer(loop), 3'500u);
}

TEST(TurnLag, WhatWasWaitedForIsNot) {
  StillLoop loop;
  TurnLag lag;
  look_at(loop, 100'000);
  lag.note_read(loop);
  loop.beyond_us += 3'500;
  lag.note_end(loop);
  look_at(loop, loop.now_us() + 6'500);
  lag.note_read(loop);
  loop.beyond_us += 1'000;
  EXPECT_EQ(lag.of_answer(loop), 1'000u);
}

TEST(TurnLag, WhatOthersDoInATurnIsIfItIsMuch) {
  StillLoop loop;
  TurnLag lag;
  look_at(loop, 100'000);
  loop.beyond_us += 30'000;  // no read of ours
  lag.note_read(loop);
  EXPECT_EQ(lag.of_answer(loop), 30'000u);
}

}  // namespace
}  // namespace trestle::pg
