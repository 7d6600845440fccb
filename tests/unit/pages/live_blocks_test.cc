// Live blocks: what they render to, and that they are found in the page again.
#include "pages/live_blocks.h"

#include <gtest/gtest.h>

#include "support.h"

namespace trestle::pages {
namespace {

TEST(LiveBlocks, render_to_an_element_with_their_name) {
  const Rendered page = render_text(
      "a{% live reviews %}{% for r in rows %}<li>{{ r }}</li>{% endfor %}"
      "{% endlive %}b",
      R"({"rows": ["x", "</div><!--endlive-->"]})");
  ASSERT_TRUE(page.ok) << page.error.message;
  EXPECT_EQ(page.output,
            "a<div data-trestle-live=\"reviews\"><li>x</li>"
            "<li>&lt;/div&gt;&lt;!--endlive--&gt;</li></div><!--endlive-->b");
  EXPECT_EQ(live_blocks(page.output),
            R"({"reviews":"<li>x</li>)"
            R"(<li>&lt;/div&gt;&lt;!--endlive--&gt;</li>"})");
}

TEST(LiveBlocks, are_found_by_their_names) {
  EXPECT_EQ(live_blocks("<p>none</p>"), "{}");
  EXPECT_EQ(live_blocks(live_begin("b") + "2" + std::string(kLiveEnd) + "x" +
                        live_begin("a") + "\"1\"" + std::string(kLiveEnd)),
            R"({"a":"\"1\"","b":"2"})");
  EXPECT_EQ(live_blocks(live_begin("a") + "cut off"), "{}");
  EXPECT_EQ(live_blocks("<div data-trestle-live=\"a"), "{}");
}

TEST(LiveBlocks, need_a_name_and_do_not_nest) {
  for (const char* text :
       {"{% live %}{% endlive %}", "{% live 'x' %}{% endlive %}",
        "{% live a %}{% live b %}{% endlive %}{% endlive %}", "{% live a %}"})
    EXPECT_FALSE(render_text(text).ok) << text;
}

TEST(LiveBlocks, have_a_script_of_less_than_six_kilobytes) {
  EXPECT_LT(live_script().size(), 6'000u);
  EXPECT_NE(live_script().find("data-trestle-live"), std::string_view::npos);
}

}  // namespace
}  // namespace trestle::pages
