#include "support/browser.h"

namespace trestle::testing {

namespace {

// Chromium keeps its profile and its caches where HOME says.
Finished run(const std::string& node, const std::string& name,
             const std::string& url, std::vector<std::string> environment) {
  TempFolder home;
  for (const std::string& each :
       {"TRESTLE_URL=" + url,
        std::string("TRESTLE_BROWSER_MODULES=build/browser"),
        "HOME=" + home.path()})
    environment.push_back(each);
  return run_program(
      {node, "tests/browser/" + name},
      {.environment = std::move(environment), .as_server_user = false});
}

}  // namespace

Finished run_in_browser(const std::string& name, const std::string& url) {
  return run("node", name, url, {});
}

Finished run_client(const std::string& name, const std::string& url,
                    const std::vector<std::string>& environment) {
  return run("build/browser/node_modules/.bin/node", name, url, environment);
}

}  // namespace trestle::testing
