// Who is present, told in two dialects.
#include "live/presence.h"

#include <gtest/gtest.h>

namespace trestle::live {
namespace {

constexpr std::int64_t kWorker = 7;

// What Phoenix is told, the diffs behind one another.
std::string diffs_of(const std::optional<PresenceChange>& change) {
  if (!change) return "nothing";
  std::string text;
  for (const std::string& diff : change->phoenix_diffs()) text += diff;
  return text;
}

std::string plain_of(const std::optional<PresenceChange>& change) {
  return change ? change->plain_text("room") : "nothing";
}

TEST(Presence, tells_who_has_come_and_gone) {
  Presence presence;
  EXPECT_EQ(presence.phoenix_state(), "{}");
  EXPECT_EQ(diffs_of(presence.track("r1", "ann", R"({"mood":1})", kWorker)),
            R"({"joins":{"ann":{"metas":[{"phx_ref":"r1","mood":1}]}},)"
            R"("leaves":{}})");
  EXPECT_EQ(diffs_of(presence.track("r1", "ann", R"({"mood":1})", kWorker)),
            "nothing");
  EXPECT_EQ(diffs_of(presence.track("r2", "ann", "{}", kWorker)),
            R"({"joins":{"ann":{"metas":[{"phx_ref":"r2"}]}},"leaves":{}})");
  EXPECT_EQ(presence.phoenix_state(),
            R"({"ann":{"metas":[{"phx_ref":"r1","mood":1},)"
            R"({"phx_ref":"r2"}]}})");
  EXPECT_EQ(diffs_of(presence.untrack("r1")),
            R"({"joins":{},"leaves":{"ann":{"metas":[)"
            R"({"phx_ref":"r1","mood":1}]}}})");
  EXPECT_EQ(diffs_of(presence.untrack("r1")), "nothing");
  EXPECT_EQ(presence.size(), 1u);
}

TEST(Presence, what_has_changed_leaves_and_joins_under_another_ref) {
  Presence presence;
  static_cast<void>(presence.track("r1", "ann", R"({"mood":1})", kWorker));
  const std::optional<PresenceChange> change =
      presence.track("r1", "ann", R"({"mood":2})", kWorker);
  ASSERT_TRUE(change);
  const std::vector<std::string> diffs = change->phoenix_diffs();
  ASSERT_EQ(diffs.size(), 2u);
  EXPECT_EQ(diffs[0], R"({"joins":{},"leaves":{"ann":{"metas":[)"
                      R"({"phx_ref":"r1","mood":1}]}}})");
  EXPECT_TRUE(
      diffs[1].starts_with(R"({"joins":{"ann":{"metas":[{"phx_ref":"r1-)"))
      << diffs[1];
  EXPECT_EQ(diffs_of(presence.track("r1", "ann", R"({"mood":2})", kWorker)),
            "nothing");
}

TEST(Presence, the_plain_dialect_knows_entries_by_their_refs) {
  Presence presence;
  EXPECT_EQ(plain_of(presence.track("r1", "ann", R"({"mood":1})", kWorker)),
            R"({"ch":"room","came":{"r1":{"mood":1}}})");
  // Who says something else comes again, and does not leave for it.
  EXPECT_EQ(plain_of(presence.track("r1", "ann", R"({"mood":2})", kWorker)),
            R"({"ch":"room","came":{"r1":{"mood":2}}})");
  static_cast<void>(presence.track("r2", "bob", "", kWorker));
  EXPECT_EQ(presence.plain_state("room"),
            R"({"ch":"room","here":{"r1":{"mood":2},"r2":{}}})");
  EXPECT_EQ(plain_of(presence.untrack("r1")),
            R"({"ch":"room","left":{"r1":{"mood":2}}})");
}

TEST(Presence, a_worker_that_dies_takes_its_entries_with_it) {
  Presence presence;
  static_cast<void>(presence.track("r1", "ann", "{}", 1));
  static_cast<void>(presence.track("r2", "bob", "{}", 2));
  static_cast<void>(presence.track("r3", "cid", "{}", 1));
  EXPECT_EQ(presence.untrack_worker(1).size(), 2u);
  EXPECT_EQ(presence.plain_state("room"), R"({"ch":"room","here":{"r2":{}}})");
  EXPECT_TRUE(presence.untrack_worker(1).empty());
}

TEST(Presence, records_travel_on_a_channel_that_nobody_can_join) {
  EXPECT_TRUE(is_presence_topic(presence_topic("room")));
  EXPECT_FALSE(is_presence_topic("presence room"));
  EXPECT_EQ(track_record("r1", "ann", "{}", 7),
            R"({"track":"r1","key":"ann","meta":{},"worker":7})");
  EXPECT_EQ(untrack_record("r1"), R"({"untrack":"r1"})");
  EXPECT_EQ(gone_record(7), R"({"gone":7})");
}

}  // namespace
}  // namespace trestle::live
