#include "pg/lines.h"

#include <gtest/gtest.h>

#include <string>

namespace trestle::pg {
namespace {

constexpr Milliseconds kNow = 10'000;

PoolConfig config() {
  PoolConfig config;
  config.pool_size = 2;
  config.pipeline = 2;
  config.queue_timeout = 1'000;
  return config;
}

TaskPtr task_of(Lane lane) {
  auto task = std::make_unique<Task>();
  task->lane = lane;
  return task;
}

// The lanes in the order of their heads, by their first letters.
std::string order_of(const Lines& lines) {
  std::string order;
  for (const Lane lane : lines.by_age())
    if (lines.head(lane) != nullptr)
      order.push_back("scqtl"[static_cast<std::size_t>(lane)]);
  return order;
}

TEST(Lines, HeadsStandInTheOrderOfTheirArrival) {
  const PoolConfig settings = config();
  Lines lines(settings);
  lines.add(task_of(Lane::quick), kNow);
  lines.add(task_of(Lane::slow), kNow);
  lines.add(task_of(Lane::shared), kNow);
  EXPECT_EQ(order_of(lines), "qls");
  EXPECT_EQ(lines.size(), 3u);
}

TEST(Lines, WhoComesBackHasItsOldPlaceAndUrgentOnesTheFirst) {
  const PoolConfig settings = config();
  Lines lines(settings);
  lines.add(task_of(Lane::shared), kNow);
  lines.add(task_of(Lane::quick), kNow);
  TaskPtr first = lines.take(*lines.head(Lane::shared));
  EXPECT_EQ(order_of(lines), "q");
  first->lane = Lane::slow;
  lines.put_back(std::move(first));
  EXPECT_EQ(order_of(lines), "lq");
  TaskPtr urgent = task_of(Lane::trial);
  urgent->urgent = true;
  lines.add(std::move(urgent), kNow);
  EXPECT_EQ(order_of(lines), "tlq");
}

TEST(Lines, TimeCountsFromTheArrival) {
  const PoolConfig settings = config();
  Lines lines(settings);
  lines.add(task_of(Lane::quick), kNow);
  TaskPtr early = task_of(Lane::slow);
  early->arrived = kNow - 400;
  lines.add(std::move(early), kNow);
  EXPECT_EQ(lines.first_deadline(), kNow + 600);
  EXPECT_FALSE(lines.set_late_aside(kNow + 599));
  EXPECT_TRUE(lines.set_late_aside(kNow + 600));
  EXPECT_EQ(lines.late().size(), 1u);
  EXPECT_EQ(order_of(lines), "q");
}

TEST(Lines, WithoutALimitNobodyIsLateOrRefused) {
  PoolConfig settings = config();
  settings.queue_timeout = 0;
  Lines lines(settings);
  lines.add(task_of(Lane::quick), kNow);
  EXPECT_EQ(lines.first_deadline(), 0u);
  EXPECT_FALSE(lines.set_late_aside(kNow * 1'000));
  EXPECT_TRUE(lines.has_room_for(*task_of(Lane::quick), kNow));
}

// A line of a hundred from which one leaves in each 20 ms does not empty.
TEST(Lines, OneThatStandsIsKeptShort) {
  const PoolConfig settings = config();
  Lines lines(settings);
  Milliseconds now = kNow;
  for (int i = 0; i < 100; i++) lines.add(task_of(Lane::quick), now);
  lines.note_change(now);
  const TaskPtr next = task_of(Lane::quick);
  EXPECT_TRUE(lines.has_room_for(*next, now));  // nothing is known yet
  for (int i = 0; i < 20; i++) lines.note_departure(Lane::quick, now += 20);
  EXPECT_FALSE(lines.has_room_for(*next, now));
  EXPECT_TRUE(lines.shorten(*next, now));
  EXPECT_EQ(lines.late().size(), 10u);
  EXPECT_EQ(lines.size(), 90u);
  // Another lane has nothing to do with it.
  EXPECT_TRUE(lines.has_room_for(*task_of(Lane::shared), now));
}

TEST(Lines, WritesLeaveAHostThatIsNoPrimaryAnyMore) {
  const PoolConfig settings = config();
  Lines lines(settings);
  for (const bool writes : {true, false}) {
    TaskPtr task = task_of(Lane::quick);
    task->plan.access = writes ? Access::write : Access::read;
    lines.add(std::move(task), kNow);
  }
  TaskPtr bound = task_of(Lane::shared);
  bound->plan.access = Access::read;
  bound->latest = true;
  lines.add(std::move(bound), kNow);
  TaskQueue taken;
  lines.take_bound(false, taken);
  EXPECT_EQ(taken.size(), 1u);
  lines.take_bound(true, taken);
  EXPECT_EQ(taken.size(), 2u);
  lines.take_all(taken);
  EXPECT_EQ(taken.size(), 3u);
  EXPECT_EQ(lines.size(), 0u);
}

}  // namespace
}  // namespace trestle::pg
