#include "live/heartbeat.h"

#include <gtest/gtest.h>

namespace trestle::live {
namespace {

TEST(Heartbeat, SilenceCountsFromThePing) {
  Heartbeat heart;
  EXPECT_TRUE(heart.beat(false, true));  // nothing was asked yet
  EXPECT_FALSE(heart.beat(false, true));
}

TEST(Heartbeat, AnyByteIsASignOfLife) {
  Heartbeat heart;
  EXPECT_TRUE(heart.beat(false, true));
  heart.note_heard();
  EXPECT_TRUE(heart.beat(false, true));
  EXPECT_FALSE(heart.beat(false, true));
}

TEST(Heartbeat, WhoIsNotReadMayBeSilent) {
  Heartbeat heart;
  for (int i = 0; i < 3; i++) EXPECT_TRUE(heart.beat(false, false));
}

TEST(Heartbeat, TwoIntervalsWithoutReadingAreTooMany) {
  Heartbeat heart;
  EXPECT_TRUE(heart.beat(true, false));
  EXPECT_FALSE(heart.beat(true, false));
}

TEST(Heartbeat, SlowReadingIsReading) {
  Heartbeat heart;
  for (int i = 0; i < 3; i++) {
    EXPECT_TRUE(heart.beat(true, false));
    heart.note_wrote();
  }
}

}  // namespace
}  // namespace trestle::live
