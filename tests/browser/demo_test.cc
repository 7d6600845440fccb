// The demo in a browser: what its start page says works as typed, and the shop
// can be walked through.
#include "support/demo.h"

#include <gtest/gtest.h>

#include <csignal>

#include "support/browser.h"

namespace trestle::testing {
namespace {

TEST(DemoInBrowser, the_start_page_is_true_and_the_shop_sells) {
  const int port = free_port();
  Demo demo(port);
  ASSERT_TRUE(demo.wait_open()) << demo.output();
  const Finished browser =
      run_in_browser("demo.mjs", "http://127.0.0.1:" + std::to_string(port));
  EXPECT_EQ(browser.exit_code, 0) << browser.output;
  demo.process().signal(SIGTERM);
  EXPECT_TRUE(demo.process().wait());
}

}  // namespace
}  // namespace trestle::testing
