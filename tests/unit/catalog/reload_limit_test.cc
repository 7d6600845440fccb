#include "catalog/reload_limit.h"

#include <gtest/gtest.h>

namespace trestle::catalog {
namespace {

constexpr std::uint64_t kOther = 1'000'000;

TEST(ReloadLimit, allows_while_reloads_help) {
  ReloadLimit limit;
  for (std::uint64_t now = 100; now < 110; now++) {
    EXPECT_TRUE(limit.allows(1, now));
    limit.helped();
  }
}

TEST(ReloadLimit, leaves_a_statement_alone_that_is_wrong_in_itself) {
  ReloadLimit limit;
  limit.in_vain(1, 1'000);
  EXPECT_FALSE(limit.allows(1, 1'000));
  EXPECT_FALSE(limit.allows(1, 60'999));
  EXPECT_TRUE(limit.allows(1, 61'000));
}

TEST(ReloadLimit, pauses_longer_with_each_reload_in_vain) {
  ReloadLimit limit;
  std::uint64_t now = 1'000;
  std::uint64_t number = 0;
  for (std::uint64_t pause :
       {5, 20, 80, 320, 1'280, 5'120, 20'480, 30'000, 30'000}) {
    limit.in_vain(number++, now);
    EXPECT_FALSE(limit.allows(kOther, now + pause - 1)) << pause;
    EXPECT_TRUE(limit.allows(kOther, now + pause)) << pause;
    now += pause;
  }
}

TEST(ReloadLimit, counts_those_once_who_waited_for_the_same_catalog) {
  ReloadLimit limit;
  for (std::uint64_t i = 0; i < 100; i++) limit.in_vain(i, 1'000);
  EXPECT_TRUE(limit.allows(kOther, 1'005));
}

TEST(ReloadLimit, forgets_its_pause_when_a_reload_helps) {
  ReloadLimit limit;
  limit.in_vain(1, 1'000);
  limit.helped();
  EXPECT_TRUE(limit.allows(kOther, 1'001));
  EXPECT_FALSE(limit.allows(1, 1'001));
}

TEST(ReloadLimit, does_not_pause_for_what_has_gone_well) {
  ReloadLimit limit;
  limit.went_well(7);
  limit.in_vain(1, 1'000);
  EXPECT_TRUE(limit.allows(7, 1'001));
  EXPECT_FALSE(limit.allows(kOther, 1'001));
  // But for what does so now and then, and fails by every catalog.
  limit.in_vain(7, 1'001);
  EXPECT_FALSE(limit.allows(7, 2'000));
  limit.went_well(7);
  EXPECT_FALSE(limit.allows(7, 2'000));
}

TEST(ReloadLimit, gives_what_was_wrong_another_try_with_another_schema) {
  ReloadLimit limit;
  limit.in_vain(1, 1'000);
  limit.schema_changed();
  EXPECT_FALSE(limit.allows(1, 1'004));
  EXPECT_TRUE(limit.allows(1, 1'005));
}

TEST(ReloadLimit, remembers_a_bounded_number_of_statements) {
  ReloadLimit limit;
  for (std::uint64_t i = 0; i < 100'000; i++) limit.in_vain(i, 1);
  limit.helped();
  EXPECT_TRUE(limit.allows(0, 2));
  EXPECT_FALSE(limit.allows(99'999, 2));
}

}  // namespace
}  // namespace trestle::catalog
