// A script of tests/browser in headless Chromium, or with npm's clients alone,
// against the test's nginx.
#pragma once

#include <string>
#include <vector>

#include "support/process.h"

namespace trestle::testing {

// Runs tests/browser/NAME with node to its end. `url` is the server's, without
// a slash at its end. The script prints a line per fact; its exit code is 0
// when all of them hold.
[[nodiscard]] Finished run_in_browser(const std::string& name,
                                      const std::string& url);

// The same for a script that needs packages of npm which want a newer node than
// Debian's: it is npm's. `environment` (NAME=value) is added to the script's.
[[nodiscard]] Finished run_client(
    const std::string& name, const std::string& url,
    const std::vector<std::string>& environment = {});

}  // namespace trestle::testing
