// The demo in a browser: what its start page says works as typed, the shop can
// be walked through, and its pages can be used by everybody.
#include "support/demo.h"

#include <gtest/gtest.h>

#include <csignal>

#include "support/browser.h"

namespace trestle::testing {
namespace {

TEST(DemoInBrowser, the_start_page_is_true_and_the_shop_sells) {
  const int port = free_port();
  const std::string url = "http://127.0.0.1:" + std::to_string(port);
  Demo demo(port);
  ASSERT_TRUE(demo.wait_open()) << demo.output();
  for (const char* script : {"demo_pages.mjs", "demo.mjs"}) {
    const Finished browser = run_in_browser(script, url);
    EXPECT_EQ(browser.exit_code, 0) << browser.output;
  }
  demo.process().signal(SIGTERM);
  EXPECT_TRUE(demo.process().wait());
}

}  // namespace
}  // namespace trestle::testing
