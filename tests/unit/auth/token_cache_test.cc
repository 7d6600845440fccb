#include "auth/token_cache.h"

#include <gtest/gtest.h>

#include <string>

namespace trestle::auth {
namespace {

TokenCache::Digest digest_of(TokenCache& cache, std::string_view token) {
  return cache.digest("salt", token).value();
}

void put(TokenCache& cache, std::string_view token, std::int64_t from = 0,
         std::int64_t until = 1000) {
  cache.insert(digest_of(cache, token), Identity{.role = std::string(token)},
               from, until);
}

// The role kept for a token, or "".
std::string get(TokenCache& cache, std::string_view token,
                std::int64_t now = 500) {
  const Identity* found = cache.find(digest_of(cache, token), now);
  return found == nullptr ? "" : found->role;
}

TEST(TokenCache, finds_what_was_put) {
  TokenCache cache;
  put(cache, "a");
  EXPECT_EQ(get(cache, "a"), "a");
  EXPECT_EQ(get(cache, "b"), "");
  cache.clear();
  EXPECT_EQ(get(cache, "a"), "");
}

TEST(TokenCache, an_entry_counts_in_its_time_only) {
  TokenCache cache;
  put(cache, "a", 100, 200);
  EXPECT_EQ(get(cache, "a", 99), "");
  EXPECT_EQ(get(cache, "a", 100), "a");
  EXPECT_EQ(get(cache, "a", 200), "a");
  EXPECT_EQ(get(cache, "a", 201), "");
  EXPECT_EQ(cache.size(), 0u) << "an expired entry is thrown away";
}

TEST(TokenCache, another_salt_finds_nothing) {
  TokenCache cache;
  put(cache, "a");
  EXPECT_EQ(cache.find(*cache.digest("other", "a"), 500), nullptr);
}

TEST(TokenCache, the_unused_goes_first) {
  TokenCache cache(3);
  for (const char* token : {"a", "b", "c"}) put(cache, token);
  EXPECT_EQ(get(cache, "a"), "a");
  EXPECT_EQ(get(cache, "c"), "c");
  put(cache, "d");
  EXPECT_EQ(get(cache, "b"), "") << "not used since it came";
  EXPECT_EQ(get(cache, "a"), "a");
  EXPECT_EQ(get(cache, "c"), "c");
  EXPECT_EQ(get(cache, "d"), "d");
}

TEST(TokenCache, stays_within_its_entries_and_bytes) {
  TokenCache few(10);
  TokenCache small(1000, 4096);
  for (int i = 0; i < 1000; i++) {
    std::string token = std::to_string(i);
    put(few, token);
    put(small, token);
    if (i % 7 == 0) put(few, token, 0, 1);
    EXPECT_EQ(get(few, token), i % 7 == 0 ? "" : token);
    EXPECT_LE(few.size(), 10u);
    EXPECT_LE(small.size(), 8u);
  }
  EXPECT_EQ(get(small, "999"), "999");
}

TEST(TokenCache, of_no_entries_keeps_nothing) {
  TokenCache cache(0);
  EXPECT_EQ(cache.digest("salt", "a"), std::nullopt);
  EXPECT_EQ(cache.size(), 0u);
}

}  // namespace
}  // namespace trestle::auth
