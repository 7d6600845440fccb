// When what was read of tables may be kept, and until when.
#include "live/change_marks.h"

#include <gtest/gtest.h>

#include <memory>

namespace trestle::live {
namespace {

constexpr Oid kOrders = 20'001;
constexpr Oid kProducts = 20'002;

class ChangeMarksTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::optional<std::vector<SeenMark>> take(
      std::vector<Oid> tables, std::uint32_t xmin) const {
    return marks_->take(tables, xmin);
  }

  std::unique_ptr<ChangeMarks> marks_{new ChangeMarks()};
};

TEST_F(ChangeMarksTest, a_mark_stays_until_its_table_changes) {
  const auto seen = take({kOrders}, 100);
  ASSERT_TRUE(seen);
  EXPECT_TRUE(marks_->same(*seen));
  marks_->touch(kProducts, {.xid = 101});
  EXPECT_TRUE(marks_->same(*seen));
  marks_->touch(kOrders, {.xid = 102});
  EXPECT_FALSE(marks_->same(*seen));
}

TEST_F(ChangeMarksTest, all_marks_change_when_anything_may_have_changed) {
  const auto seen = take({}, 100);
  ASSERT_TRUE(seen);
  marks_->touch_all({.xid = 101});
  EXPECT_FALSE(marks_->same(*seen));
  EXPECT_FALSE(take({kOrders}, 101));
  EXPECT_TRUE(take({kOrders}, 102));
}

TEST_F(ChangeMarksTest, a_snapshot_that_may_not_see_what_was_told_is_refused) {
  marks_->touch(kOrders, {.xid = 100});
  EXPECT_FALSE(take({kOrders}, 100));
  EXPECT_FALSE(take({kProducts, kOrders}, 99));
  EXPECT_TRUE(take({kProducts}, 99));
  EXPECT_TRUE(take({kOrders}, 101));
}

TEST_F(ChangeMarksTest, the_latest_of_the_transactions_that_were_told_counts) {
  marks_->touch(kOrders, {.xid = 105});
  marks_->touch(kOrders, {.xid = 103});  // began earlier, has committed later
  EXPECT_FALSE(take({kOrders}, 104));
  EXPECT_TRUE(take({kOrders}, 106));
}

TEST_F(ChangeMarksTest, numbers_go_round_in_a_circle) {
  marks_->touch(kOrders, {.xid = 0xffff'fff0U});
  EXPECT_TRUE(take({kOrders}, 5));
  marks_->touch(kOrders, {.xid = 4});
  EXPECT_TRUE(take({kOrders}, 5));
  EXPECT_FALSE(take({kOrders}, 0xffff'fff5U));
}

TEST_F(ChangeMarksTest, a_standby_is_asked_when_it_shows_what_was_told) {
  EXPECT_EQ(marks_->position(std::vector<Oid>{kOrders}), 0u);
  marks_->touch(kOrders, {.xid = 100, .position = 5'000});
  marks_->touch(kOrders, {.xid = 99, .position = 5'100});
  EXPECT_EQ(marks_->position(std::vector<Oid>{kProducts, kOrders}), 5'100u);
  EXPECT_EQ(marks_->position(std::vector<Oid>{kProducts}), 0u);
  marks_->touch_all({.xid = 101, .position = 5'200});
  EXPECT_EQ(marks_->position(std::vector<Oid>{kProducts}), 5'200u);
}

TEST_F(ChangeMarksTest, a_feed_that_begins_anew_stands_for_all_before_it) {
  marks_->touch(kOrders, {.xid = 900, .position = 9'000});
  const auto seen = take({kOrders}, 901);
  ASSERT_TRUE(seen);
  marks_->restart({.xid = 50, .position = 100});  // of another server
  EXPECT_FALSE(marks_->same(*seen));
  EXPECT_FALSE(take({kOrders}, 50));
  EXPECT_TRUE(take({kOrders}, 51));
  EXPECT_EQ(marks_->position(std::vector<Oid>{kOrders}), 100u);
}

}  // namespace
}  // namespace trestle::live
