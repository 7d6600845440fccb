#include "base/wal_position.h"

#include <gtest/gtest.h>

namespace trestle {
namespace {

TEST(WalPosition, is_read_and_written_as_postgresql_does) {
  EXPECT_EQ(parse_wal_position("16/B374D848"), 0x16B374D848U);
  EXPECT_EQ(parse_wal_position("0/3000028"), 0x3000028U);
  EXPECT_EQ(wal_position_text(0x16B374D848U), "16/B374D848");
  EXPECT_EQ(wal_position_text(0), "0/0");
  EXPECT_EQ(parse_wal_position(wal_position_text(~0ULL)), ~0ULL);
}

TEST(WalPosition, anything_else_is_none) {
  for (const char* text : {"", "/", "1/", "/1", "1", "1/2/3", "g/1", "-1/1",
                           "123456789/1", "1/ 2", " 1/2"})
    EXPECT_FALSE(parse_wal_position(text)) << text;
}

}  // namespace
}  // namespace trestle
