#include "pg/pace.h"

#include <gtest/gtest.h>

namespace trestle::pg {
namespace {

TEST(Pace, tells_nothing_before_it_has_seen_a_line_move) {
  Pace pace(1'600);
  EXPECT_FALSE(pace.time_for(1, 1'000));
  pace.note_waiting(5, 1'000);
  EXPECT_FALSE(pace.time_for(1, 1'000));
  EXPECT_FALSE(pace.time_for(1, 9'000));  // nobody has left
  pace.note_departure(9'000);
  EXPECT_TRUE(pace.time_for(1, 9'000));
}

TEST(Pace, a_line_that_moves_steadily_tells_the_time) {
  Pace pace(1'600);
  Milliseconds now = 10'000;
  pace.note_waiting(100, now);
  for (int i = 0; i < 200; i++) pace.note_departure(now += 10);
  EXPECT_NEAR(static_cast<double>(*pace.time_for(100, now)), 1'000, 60);
  // And so does one that has just begun to.
  Pace young(1'600);
  young.note_waiting(100, now);
  for (int i = 0; i < 20; i++) young.note_departure(now += 10);
  EXPECT_NEAR(static_cast<double>(*young.time_for(100, now)), 1'000, 60);
}

TEST(Pace, what_was_before_the_window_is_forgotten) {
  Pace pace(1'600);
  Milliseconds now = 10'000;
  pace.note_waiting(100, now);
  for (int i = 0; i < 500; i++) pace.note_departure(now += 1);
  for (int i = 0; i < 20; i++) pace.note_departure(now += 100);
  EXPECT_NEAR(static_cast<double>(*pace.time_for(10, now)), 1'000, 100);
  EXPECT_FALSE(pace.time_for(10, now + 1'700));
}

TEST(Pace, an_empty_line_begins_anew) {
  Pace pace(1'600);
  pace.note_waiting(1, 10'000);
  pace.note_departure(10'500);
  pace.note_waiting(0, 10'500);
  EXPECT_FALSE(pace.time_for(1, 10'600));
  pace.note_departure(10'600);  // straight through: says nothing
  pace.note_waiting(3, 20'000);
  EXPECT_FALSE(pace.time_for(1, 20'050));
}

TEST(Pace, without_a_limit_it_looks_back_on_ten_seconds) {
  Pace pace(0);
  pace.note_waiting(3, 100'000);
  pace.note_departure(101'000);
  EXPECT_EQ(*pace.time_for(3, 101'000), 3'000u);
}

}  // namespace
}  // namespace trestle::pg
