#include "catalog/reload_limit.h"

#include <gtest/gtest.h>

namespace trestle::catalog {
namespace {

TEST(ReloadLimit, allows_while_reloads_help) {
  ReloadLimit limit;
  for (std::uint64_t now = 100; now < 110; now++) {
    EXPECT_TRUE(limit.allows("a", now));
    limit.helped();
  }
}

TEST(ReloadLimit, leaves_a_statement_alone_that_is_wrong_in_itself) {
  ReloadLimit limit;
  limit.in_vain("a", 1'000);
  EXPECT_FALSE(limit.allows("a", 1'000));
  EXPECT_FALSE(limit.allows("a", 60'999));
  EXPECT_TRUE(limit.allows("a", 61'000));
}

TEST(ReloadLimit, pauses_longer_with_each_reload_in_vain) {
  ReloadLimit limit;
  std::uint64_t now = 1'000;
  int number = 0;
  for (std::uint64_t pause :
       {1'000, 2'000, 4'000, 8'000, 16'000, 30'000, 30'000}) {
    limit.in_vain(std::to_string(number++), now);
    EXPECT_FALSE(limit.allows("other", now + pause - 1)) << pause;
    EXPECT_TRUE(limit.allows("other", now + pause)) << pause;
    now += pause;
  }
}

TEST(ReloadLimit, counts_those_once_who_waited_for_the_same_catalog) {
  ReloadLimit limit;
  for (int i = 0; i < 100; i++) limit.in_vain(std::to_string(i), 1'000);
  EXPECT_TRUE(limit.allows("other", 2'000));
}

TEST(ReloadLimit, forgets_its_pause_when_a_reload_helps) {
  ReloadLimit limit;
  limit.in_vain("a", 1'000);
  limit.helped();
  EXPECT_TRUE(limit.allows("other", 1'001));
  EXPECT_FALSE(limit.allows("a", 1'001));
}

TEST(ReloadLimit, remembers_a_bounded_number_of_statements) {
  ReloadLimit limit;
  for (int i = 0; i < 100'000; i++) limit.in_vain(std::to_string(i), 1);
  limit.helped();
  EXPECT_TRUE(limit.allows("0", 2));
  EXPECT_FALSE(limit.allows("99999", 2));
}

}  // namespace
}  // namespace trestle::catalog
