#include "live/record.h"

#include <gtest/gtest.h>

namespace trestle::live {
namespace {

TEST(EventId, reads_back_what_it_writes) {
  const EventId id = {.epoch = 0x1f2e, .position = 1234};
  EXPECT_EQ(id.text(), "1f2e-1234");
  std::optional<EventId> back = EventId::parse(id.text());
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->epoch, id.epoch);
  EXPECT_EQ(back->position, id.position);
  for (const char* bad : {"", "-", "1", "1-", "-1", "x-1", "1-x", "1-2-3",
                          "1-99999999999999999999999", " 1-2"})
    EXPECT_FALSE(EventId::parse(bad).has_value()) << bad;
}

TEST(Record, reads_back_what_it_writes) {
  const std::string name(300, 't');
  std::string bytes;
  append_record(bytes, {.kind = RecordKind::gap, .name = name, .body = "{}"});
  std::optional<Record> back = parse_record(bytes);
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->kind, RecordKind::gap);
  EXPECT_EQ(back->name, name);
  EXPECT_EQ(back->body, "{}");
  EXPECT_FALSE(parse_record("px").has_value());
  EXPECT_FALSE(parse_record(bytes.substr(0, 100)).has_value());
}

}  // namespace
}  // namespace trestle::live
