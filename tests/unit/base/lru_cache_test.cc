#include "base/lru_cache.h"

#include <gtest/gtest.h>

#include <string>

namespace trestle {
namespace {

TEST(LruCache, TheLeastRecentlyUsedGoesFirst) {
  LruCache<int> cache(3'000);
  cache.put("a", 1, 800);
  cache.put("b", 2, 800);
  ASSERT_NE(cache.find("a"), nullptr);
  cache.put("c", 3, 800);
  cache.put("d", 4, 800);
  EXPECT_EQ(cache.find("b"), nullptr);
  ASSERT_NE(cache.find("a"), nullptr);
  EXPECT_EQ(*cache.find("a"), 1);
  EXPECT_NE(cache.find("d"), nullptr);
}

TEST(LruCache, WhatIsLargerThanAllIsNotKept) {
  LruCache<int> cache(1'000);
  cache.put("small", 1, 100);
  cache.put("large", 2, 1'000);
  EXPECT_EQ(cache.find("large"), nullptr);
  EXPECT_NE(cache.find("small"), nullptr);
}

TEST(LruCache, CountsWhatAnEntryTakesWithoutAValueOfItsOwn) {
  LruCache<int> cache(100'000);
  for (int i = 0; i < 2'000; i++) cache.put(std::to_string(i), i, 0);
  int kept = 0;
  for (int i = 0; i < 2'000; i++)
    if (cache.find(std::to_string(i)) != nullptr) kept++;
  EXPECT_LT(kept, 1'000);
  EXPECT_GT(kept, 300);
}

}  // namespace
}  // namespace trestle
