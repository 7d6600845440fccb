// Runs whose sinks cannot keep up: when they are asked to make way.

#include "pool_fixture.h"

namespace trestle::testing {
namespace {

class SlowReaderTest : public PoolTest {
 protected:
  // A read of 20 MB, paused at its first row.
  std::unique_ptr<Submitted> slow_read() {
    auto reader = submit(
        read("select i, repeat('x', 1000) from generate_series(1, 20000) i"));
    reader->sink.pause_every = 1;
    reader->sink.keep_rows = false;
    EXPECT_TRUE(loop.run_until([&] { return reader->sink.row_count > 0; }));
    return reader;
  }
};

TEST_F(SlowReaderTest, IsNotAskedWhileNobodyWants) {
  make_pool({.pool_size = 2});
  auto reader = slow_read();
  loop.run_for(100);
  EXPECT_EQ(reader->sink.asked, 0);
}

TEST_F(SlowReaderTest, IsAskedWhenItHasBeenSlowForLong) {
  make_pool({.pool_size = 2});
  auto reader = slow_read();
  EXPECT_TRUE(loop.run_until([&] { return reader->sink.asked > 0; }));
  EXPECT_FALSE(reader->sink.given_up);
}

TEST_F(SlowReaderTest, IsAskedWhenSomebodyWaits) {
  make_pool({.pool_size = 1});
  auto reader = slow_read();
  reader->sink.can_make_way = true;
  auto other = submit(read("select 'served'"));
  ASSERT_TRUE(loop.run_until([&] { return reader->sink.asked > 0; }));
  reader->run->resume();
  wait_for(*other);
  EXPECT_EQ(other->sink.value(), "served");
  EXPECT_EQ(reader->sink.row_count, 20'000u);
  EXPECT_EQ(reader->sink.outcome(), "ok");
}

TEST_F(SlowReaderTest, IsAskedBeyondTheNumberOfConnectionsForIt) {
  make_pool({.pool_size = 4, .max_streaming = 1});
  auto first = slow_read();
  auto second = slow_read();
  EXPECT_TRUE(loop.run_until([&] { return second->sink.asked > 0; }, 500));
  EXPECT_EQ(first->sink.asked, 0);
}

TEST_F(SlowReaderTest, TheLastOneGoesWhenTooManyCannot) {
  make_pool({.pool_size = 3, .max_streaming = 1});
  auto first = slow_read();
  loop.run_for(5);
  auto second = slow_read();
  loop.run_for(100);
  EXPECT_FALSE(second->sink.given_up);
  // The last connection is for the cheap: this one waits.
  const std::string known = "select pg_sleep($1::float8)";
  auto other = submit(read(known, {"0.1"}));
  auto third = submit(read(known, {"0.1"}));
  EXPECT_TRUE(loop.run_until([&] { return second->sink.given_up; }));
  EXPECT_FALSE(first->sink.given_up);
  second->run.reset();
  wait_for(*third);
  EXPECT_EQ(third->sink.outcome(), "ok");
}

}  // namespace
}  // namespace trestle::testing
