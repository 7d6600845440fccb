#include "support/browser.h"

namespace trestle::testing {

Finished run_in_browser(const std::string& name, const std::string& url) {
  // Chromium keeps its profile and its caches where HOME says.
  TempFolder home;
  return run_program({"node", "tests/browser/" + name},
                     {.environment = {"TRESTLE_URL=" + url,
                                      "TRESTLE_BROWSER_MODULES="
                                      "build/browser",
                                      "HOME=" + home.path()},
                      .as_server_user = false});
}

Finished run_client(const std::string& name, const std::string& url) {
  return run_program(
      {"build/browser/node_modules/.bin/node", "tests/browser/" + name},
      {.environment = {"TRESTLE_URL=" + url,
                       "TRESTLE_BROWSER_MODULES="
                       "build/browser"},
       .as_server_user = false});
}

}  // namespace trestle::testing
