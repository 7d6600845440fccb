#include "live/presence.h"

#include <gtest/gtest.h>

namespace trestle::live {
namespace {

// The diffs behind one another.
std::string text_of(const std::vector<std::string>& diffs) {
  std::string text;
  for (const std::string& diff : diffs) text += diff;
  return text;
}

TEST(Presence, tells_who_has_come_and_gone) {
  Presence presence;
  EXPECT_EQ(presence.state(), "{}");
  EXPECT_EQ(text_of(presence.track("r1", "ann", R"({"mood":1})")),
            R"({"joins":{"ann":{"metas":[{"phx_ref":"r1","mood":1}]}},)"
            R"("leaves":{}})");
  EXPECT_EQ(text_of(presence.track("r1", "ann", R"({"mood":1})")), "");
  EXPECT_EQ(text_of(presence.track("r2", "ann", "{}")),
            R"({"joins":{"ann":{"metas":[{"phx_ref":"r2"}]}},"leaves":{}})");
  EXPECT_EQ(presence.state(), R"({"ann":{"metas":[{"phx_ref":"r1","mood":1},)"
                              R"({"phx_ref":"r2"}]}})");
  EXPECT_EQ(text_of(presence.untrack("r1")),
            R"({"joins":{},"leaves":{"ann":{"metas":[)"
            R"({"phx_ref":"r1","mood":1}]}}})");
  EXPECT_EQ(text_of(presence.untrack("r1")), "");
  EXPECT_EQ(presence.size(), 1u);
}

TEST(Presence, what_has_changed_leaves_and_joins_under_another_ref) {
  Presence presence;
  EXPECT_NE(text_of(presence.track("r1", "ann", R"({"mood":1})")), "");
  const std::vector<std::string> diffs =
      presence.track("r1", "ann", R"({"mood":2})");
  ASSERT_EQ(diffs.size(), 2u);
  EXPECT_EQ(diffs[0], R"({"joins":{},"leaves":{"ann":{"metas":[)"
                      R"({"phx_ref":"r1","mood":1}]}}})");
  EXPECT_TRUE(
      diffs[1].starts_with(R"({"joins":{"ann":{"metas":[{"phx_ref":"r1-)"))
      << diffs[1];
  EXPECT_EQ(text_of(presence.track("r1", "ann", R"({"mood":2})")), "");
}

}  // namespace
}  // namespace trestle::live
