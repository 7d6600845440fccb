#include "live/presence.h"

#include <gtest/gtest.h>

namespace trestle::live {
namespace {

TEST(Presence, tells_who_has_come_and_gone) {
  Presence presence;
  EXPECT_EQ(presence.state(), "{}");
  EXPECT_EQ(presence.track("r1", "ann", R"({"mood":1})"),
            R"({"joins":{"ann":{"metas":[{"phx_ref":"r1","mood":1}]}},)"
            R"("leaves":{}})");
  EXPECT_EQ(presence.track("r1", "ann", R"({"mood":1})"), "");
  EXPECT_EQ(presence.track("r2", "ann", "{}"),
            R"({"joins":{"ann":{"metas":[{"phx_ref":"r2"}]}},"leaves":{}})");
  EXPECT_EQ(presence.state(),
            R"({"ann":{"metas":[{"phx_ref":"r1","mood":1},)"
            R"({"phx_ref":"r2"}]}})");
  EXPECT_EQ(presence.untrack("r1"),
            R"({"joins":{},"leaves":{"ann":{"metas":[)"
            R"({"phx_ref":"r1","mood":1}]}}})");
  EXPECT_EQ(presence.untrack("r1"), "");
  EXPECT_EQ(presence.size(), 1u);
}

TEST(Presence, what_has_changed_has_left_and_joined_under_another_ref) {
  Presence presence;
  EXPECT_NE(presence.track("r1", "ann", R"({"mood":1})"), "");
  const std::string diff = presence.track("r1", "ann", R"({"mood":2})");
  EXPECT_NE(diff.find(R"("leaves":{"ann":{"metas":[{"phx_ref":"r1","mood":1})"),
            std::string::npos)
      << diff;
  EXPECT_NE(diff.find(R"("joins":{"ann":{"metas":[{"phx_ref":"r1-)"),
            std::string::npos)
      << diff;
  EXPECT_EQ(presence.track("r1", "ann", R"({"mood":2})"), "");
}

}  // namespace
}  // namespace trestle::live
