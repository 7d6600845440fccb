#include "pg/replay_clock.h"

#include <gtest/gtest.h>

namespace trestle::pg {
namespace {

TEST(ReplayClock, nobody_is_late_before_anything_was_seen) {
  EXPECT_EQ(ReplayClock().lag(0), 0u);
}

TEST(ReplayClock, a_standby_is_as_late_as_what_it_misses_first) {
  ReplayClock clock;
  clock.note(100, 1'000);
  clock.note(200, 1'500);
  clock.note(300, 2'000);
  EXPECT_EQ(clock.lag(300), 0u);
  EXPECT_EQ(clock.lag(299), 0u);  // what it misses was written just now
  EXPECT_EQ(clock.lag(200), 0u);
  EXPECT_EQ(clock.lag(199), 500u);
  EXPECT_EQ(clock.lag(99), 1'000u);
}

TEST(ReplayClock, an_idle_primary_makes_nobody_late) {
  ReplayClock clock;
  for (Milliseconds now = 0; now < 10'000; now += 500) clock.note(100, now);
  EXPECT_EQ(clock.lag(100), 0u);
  EXPECT_EQ(clock.lag(99), 9'500u);  // it has missed that since 0
}

TEST(ReplayClock, a_new_primary_begins_anew) {
  ReplayClock clock;
  clock.note(500, 1'000);
  clock.forget();
  clock.note(400, 9'000);
  EXPECT_EQ(clock.lag(400), 0u);
}

TEST(ReplayClock, remembers_no_more_than_it_must) {
  ReplayClock clock;
  for (Milliseconds now = 0; now < 100'000; now++) clock.note(now + 1, now);
  EXPECT_GT(clock.lag(0), 3'000u);
}

}  // namespace
}  // namespace trestle::pg
