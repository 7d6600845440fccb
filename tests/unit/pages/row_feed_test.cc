#include "pages/row_feed.h"

#include <gtest/gtest.h>

#include <string>

#include "pages/fiber.h"

namespace trestle::pages {
namespace {

// Rows 0, 1, 2 ... come in groups of `group` while a fiber takes them.
struct Walk {
  std::size_t group;
  std::size_t total;
  bool keeps = false;
  std::size_t sent = 0;
  std::size_t taken = 0;
  std::size_t most_bytes = 0;
  std::string wrong = {};
  RowFeed feed{callback<&Walk::wait>(this)};
  Fiber fiber{callback<&Walk::take>(this)};

  void wait() noexcept { fiber.suspend(); }

  static std::string text_of(const Value& row) {
    return std::string(row.rows->cell(row.size, 0));
  }

  void take() noexcept {
    Value before, now;
    while (feed.next(now)) {
      std::string expected = "row " + std::to_string(taken++);
      if (text_of(now) != expected) wrong = expected;
      if (taken == 1 && keeps) feed.keep();
      if (taken > 1 && text_of(before) != "row " + std::to_string(taken - 2))
        wrong = "before " + expected;
      before = now;
      most_bytes = std::max(most_bytes, feed.bytes());
    }
  }

  void run() {
    const ResultColumn column{.name = "t", .type = 25};
    feed.on_columns({&column, 1});
    fiber.resume();
    while (sent < total) {
      for (std::size_t i = 0; i < group && sent < total; i++) {
        const std::string text = "row " + std::to_string(sent++);
        const Cell cell = text;
        feed.add({&cell, 1});
      }
      fiber.resume();
    }
    feed.finish();
    fiber.resume();
  }
};

TEST(RowFeed, rows_come_in_order_in_groups_of_any_size) {
  for (const std::size_t group : {1, 2, 3, 7, 100})
    for (const std::size_t total : {0, 1, 2, 99, 1000}) {
      Walk walk{.group = group, .total = total};
      walk.run();
      EXPECT_TRUE(walk.fiber.is_done());
      EXPECT_EQ(walk.taken, total) << group;
      EXPECT_EQ(walk.wrong, "") << group << " of " << total;
    }
}

TEST(RowFeed, rows_that_are_over_are_forgotten) {
  Walk few{.group = 10, .total = 100};
  few.run();
  Walk many{.group = 10, .total = 10'000};
  many.run();
  EXPECT_LT(many.most_bytes, 4 * few.most_bytes);
}

TEST(RowFeed, rows_are_kept_when_somebody_holds_on_to_them) {
  Walk walk{.group = 10, .total = 1'000, .keeps = true};
  walk.run();
  EXPECT_EQ(walk.wrong, "");
  EXPECT_GE(walk.feed.bytes(), 1'000u * 8);
}

TEST(RowFeed, a_page_that_is_left_ends) {
  Walk walk{.group = 10, .total = 50};
  const ResultColumn column{.name = "t", .type = 25};
  walk.feed.on_columns({&column, 1});
  walk.fiber.resume();
  EXPECT_FALSE(walk.fiber.is_done());
  walk.feed.leave();
  walk.fiber.resume();
  EXPECT_TRUE(walk.fiber.is_done());
}

}  // namespace
}  // namespace trestle::pages
