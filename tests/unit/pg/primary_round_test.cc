#include "pg/primary_round.h"

#include <gtest/gtest.h>

namespace trestle::pg {
namespace {

TEST(PrimaryRound, TriesEachHostOnce) {
  PrimaryRound round(3);
  EXPECT_EQ(round.host(), 0u);
  EXPECT_TRUE(round.turn());
  EXPECT_EQ(round.host(), 1u);
  EXPECT_TRUE(round.turn());
  EXPECT_FALSE(round.turn());  // all have been
  EXPECT_EQ(round.host(), 0u);
  EXPECT_TRUE(round.turn());
}

TEST(PrimaryRound, OneThatCouldBeReadBeginsANewRound) {
  PrimaryRound round(2);
  EXPECT_TRUE(round.turn());
  round.note_read();
  EXPECT_TRUE(round.turn());
  EXPECT_FALSE(round.turn());
}

TEST(PrimaryRound, OlderTimelinesAreRefused) {
  PrimaryRound round(2);
  EXPECT_TRUE(round.accepts(2, 0));
  EXPECT_FALSE(round.accepts(1, 0));
  EXPECT_FALSE(round.accepts(2, 3));
  EXPECT_TRUE(round.is_latest(2));
  EXPECT_FALSE(round.is_latest(3));
}

TEST(PrimaryRound, TheOnlyHostIsThePrimary) {
  PrimaryRound round(1);
  EXPECT_TRUE(round.is_only());
  EXPECT_TRUE(round.accepts(1, 3));
  EXPECT_TRUE(round.is_latest(3));
  EXPECT_FALSE(round.turn());
  EXPECT_EQ(round.host(), 0u);
}

}  // namespace
}  // namespace trestle::pg
