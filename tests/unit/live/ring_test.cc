// Every reader sees every record in order, or is told that it was overtaken.
#include "live/ring.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <random>
#include <vector>

namespace trestle::live {
namespace {

class RingTest : public ::testing::Test {
 protected:
  static constexpr std::size_t kSize = 4096;

  void SetUp() override {
    memory_ = mmap(nullptr, kSize, PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(memory_, MAP_FAILED);
    ring_ = Ring({static_cast<std::byte*>(memory_), kSize}, 7, 99);
  }
  void TearDown() override { munmap(memory_, kSize); }

  // All records from `at` on, commas between; "lapped" where some are lost.
  std::string rest(Position& at) const {
    std::string all;
    std::string record;
    while (true) {
      const Ring::Read outcome = ring_.read(at, record);
      if (outcome == Ring::Read::none) return all;
      all += outcome == Ring::Read::lapped ? "lapped" : record;
      all += ",";
    }
  }

  void* memory_ = nullptr;
  Ring ring_;
};

TEST_F(RingTest, readers_see_records_in_order) {
  Position one = ring_.head();
  EXPECT_TRUE(ring_.write("a"));
  EXPECT_TRUE(ring_.write(""));
  Position two = ring_.head();
  EXPECT_TRUE(ring_.write("ccc"));
  EXPECT_EQ(rest(one), "a,,ccc,");
  EXPECT_EQ(rest(two), "ccc,");
  EXPECT_EQ(rest(one), "");
}

TEST_F(RingTest, a_place_can_be_read_again) {
  const std::optional<Position> behind_a = ring_.write("a");
  EXPECT_TRUE(ring_.write("b"));
  Position at = *behind_a;
  EXPECT_TRUE(ring_.holds(at));
  EXPECT_EQ(rest(at), "b,");
  at = *behind_a;
  EXPECT_EQ(rest(at), "b,");
}

TEST_F(RingTest, an_overtaken_reader_is_told) {
  Position slow = ring_.head();
  const std::string record(200, 'x');
  for (int i = 0; i < 50; i++) EXPECT_TRUE(ring_.write(record));
  EXPECT_FALSE(ring_.holds(slow));
  EXPECT_EQ(rest(slow), "lapped,");
  EXPECT_TRUE(ring_.write("new"));
  EXPECT_EQ(rest(slow), "new,");
  Position oldest = ring_.oldest();
  EXPECT_TRUE(ring_.holds(oldest));
  EXPECT_NE(rest(oldest).find(record), std::string::npos);
}

TEST_F(RingTest, refuses_what_is_too_large_and_wrong_places) {
  EXPECT_FALSE(ring_.write(std::string(kSize, 'x')));
  EXPECT_TRUE(ring_.write("a"));
  Position future = ring_.head() + 8;
  EXPECT_FALSE(ring_.holds(future));
  EXPECT_EQ(rest(future), "lapped,");
  Position odd = 3;
  EXPECT_EQ(rest(odd), "lapped,");
}

TEST_F(RingTest, bytes_of_a_message_are_no_place) {
  // What a record of length 4 looks like, as far as a client can know.
  std::string forged(64, '\0');
  for (std::size_t at = 0; at < 64; at += 8) forged[at] = 4;
  EXPECT_TRUE(ring_.write(forged));
  EXPECT_TRUE(ring_.write("secret"));
  for (Position at = 16; at < ring_.head() - 32; at += 16) {
    Position place = at;
    EXPECT_EQ(rest(place), "lapped,") << at;
  }
}

TEST_F(RingTest, lives_on_under_a_new_object) {
  EXPECT_TRUE(ring_.write("a"));
  Ring again({static_cast<std::byte*>(memory_), kSize}, 8, 1);
  EXPECT_EQ(again.epoch(), 7u);
  EXPECT_EQ(again.head(), ring_.head());
}

TEST_F(RingTest, sizes_of_all_kinds_wrap_around) {
  std::mt19937 random(1);
  Position at = ring_.head();
  std::string record;
  for (int i = 0; i < 5000; i++) {
    std::string text(random() % 500, static_cast<char>('a' + i % 26));
    ASSERT_TRUE(ring_.write(text));
    ASSERT_EQ(ring_.read(at, record), Ring::Read::record) << i;
    ASSERT_EQ(record, text) << i;
    ASSERT_EQ(at, ring_.head());
  }
}

// Two processes write, one reads: nothing is torn, each writer's records are in
// order, and gaps are told.
TEST_F(RingTest, processes_share_it) {
  constexpr int kRecords = 20'000;
  std::vector<pid_t> writers;
  for (char name : {'A', 'B'}) {
    const pid_t pid = fork();
    if (pid == 0) {
      for (int i = 1; i <= kRecords; i++) {
        std::string record(1 + i % 60, name);
        record += std::to_string(i);
        if (!ring_.write(record)) _exit(1);
        if (i % 50 == 0) usleep(1);
      }
      _exit(0);
    }
    writers.push_back(pid);
  }
  Position at = 0;
  std::string record;
  int last[2] = {0, 0};
  bool done = false;
  while (true) {
    const Ring::Read outcome = ring_.read(at, record);
    if (outcome == Ring::Read::none) {
      if (done) break;
      int status = 0;
      if (!writers.empty() && waitpid(writers.back(), &status, WNOHANG) > 0) {
        EXPECT_EQ(status, 0);
        writers.pop_back();
      }
      done = writers.empty();
      continue;
    }
    if (outcome == Ring::Read::lapped) continue;
    const char name = record[0];
    const int number =
        std::atoi(record.c_str() + record.find_last_of(name) + 1);
    ASSERT_EQ(record.find_last_of(name), static_cast<std::size_t>(number % 60));
    ASSERT_GT(number, last[name - 'A']);
    last[name - 'A'] = number;
  }
  // What is left ends with the end of one of them.
  Position oldest = ring_.oldest();
  const std::string left = rest(oldest);
  EXPECT_TRUE(left.ends_with("20000,")) << left;
}

TEST_F(RingTest, a_writer_that_died_with_the_lock_does_not_stop_others) {
  const pid_t pid = fork();
  if (pid == 0) {
    // Writes for ever until it is killed, somewhere in the middle.
    while (true)
      if (!ring_.write(std::string(400, 'x'))) _exit(1);
  }
  usleep(20'000);
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
  Position at = ring_.head();
  EXPECT_TRUE(ring_.write("alive"));
  EXPECT_EQ(rest(at), "alive,");
}

}  // namespace
}  // namespace trestle::live
