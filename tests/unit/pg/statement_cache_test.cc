#include "pg/statement_cache.h"

#include <gtest/gtest.h>

#include <string>

#include "pg/statement_costs.h"

namespace trestle::pg {
namespace {

TEST(StatementCache, TheLeastRecentlyUsedGoesFirst) {
  StatementCache cache(2);
  cache.add("a");
  EXPECT_EQ(cache.oldest_if_full(), nullptr);
  cache.add("b");
  EXPECT_NE(cache.use("a"), nullptr);
  ASSERT_NE(cache.oldest_if_full(), nullptr);
  EXPECT_EQ(cache.oldest_if_full()->name, "b");
  cache.remove("b");
  EXPECT_EQ(cache.use("b"), nullptr);
  EXPECT_EQ(cache.size(), 1u);
}

TEST(StatementCosts, AverageFollowsWhatIsMeasured) {
  StatementCosts costs;
  EXPECT_FALSE(costs.average_us("a"));
  costs.record("a", 20'000, true);
  EXPECT_FALSE(costs.average_us("a")) << "a cold run tells nothing";
  costs.record("a", 100, false);
  EXPECT_EQ(costs.average_us("a"), 100u);
  costs.record("a", 20'000, false);
  EXPECT_LT(*costs.average_us("a"), 3'000u) << "one delay is not the rule";
  for (int i = 0; i < 50; i++) costs.record("a", 10'000, false);
  EXPECT_GT(*costs.average_us("a"), 9'000u);
  for (int i = 0; i < 20; i++) costs.record("a", 100, false);
  EXPECT_LT(*costs.average_us("a"), 200u);
  costs.record("b", 5'000'000, true);
  EXPECT_EQ(costs.average_us("b"), 5'000'000u) << "slow, however cold";
}

TEST(StatementCosts, ItIsSlowWhileOneRunTakesLong) {
  StatementCosts costs;
  for (const std::string name : {"delayed", "slow"}) {
    costs.record(name, 800, false);
    costs.note_slow(name, 10'000);
    EXPECT_EQ(costs.average_us(name), 10'000u);
  }
  costs.record("delayed", 90'000, false);
  EXPECT_LT(*costs.average_us("delayed"), 4'000u) << "a busy machine";
  costs.record("slow", 200'000, false);
  EXPECT_GT(*costs.average_us("slow"), 20'000u);

  costs.record("planned anew", 800, false);
  costs.note_slow("planned anew", 10'000);
  costs.record("planned anew", 30'000, true);
  EXPECT_EQ(costs.average_us("planned anew"), 800u);

  costs.note_slow("new", 10'000);
  EXPECT_EQ(costs.average_us("new"), 10'000u);
  for (int i = 0; i < 4; i++) costs.record("new", 800, false);
  EXPECT_LT(*costs.average_us("new"), 5'000u);
}

TEST(StatementCosts, WhatIsOftenDelayedIsSlow) {
  StatementCosts costs;
  costs.record("a", 800, false);
  for (int i = 0; i < 4; i++) costs.record("a", 30'000, false);
  EXPECT_GT(*costs.average_us("a"), 5'000u);
  for (int i = 0; i < 50; i++) costs.record("b", 60'000, false);
  EXPECT_EQ(costs.average_us("b"), 60'000u);
}

TEST(StatementCosts, WhatHasNotRunForAThousandOthersIsForgotten) {
  StatementCosts costs;
  costs.record("once", 100, false);
  for (int i = 0; i < 100'000; i++) {
    costs.record("made " + std::to_string(i), 300, false);
    if (i % 500 == 0) costs.record("used", 200, false);
  }
  EXPECT_FALSE(costs.average_us("once"));
  EXPECT_FALSE(costs.average_us("made 97000"));
  EXPECT_EQ(costs.average_us("made 99500"), 300u);
  EXPECT_EQ(costs.average_us("used"), 200u);
}

}  // namespace
}  // namespace trestle::pg
