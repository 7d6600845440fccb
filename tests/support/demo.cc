#include "support/demo.h"

#include <cstdlib>

namespace trestle::testing {

namespace {

// It may have to build the module first.
constexpr Milliseconds kLongestStart(300'000);

}  // namespace

Demo::Demo(int port) {
  unsetenv("MAKEFLAGS");
  unsetenv("MAKELEVEL");
  process_ = Process({"bash", "demo/run"},
                     {.environment = {"PORT=" + std::to_string(port)},
                      .output = folder_.path("output"),
                      .as_server_user = false});
}

bool Demo::wait_open() {
  return wait_until(
             [&] {
               return !process_.running() ||
                      output().find("Here is the log") != std::string::npos;
             },
             kLongestStart) &&
         process_.running();
}

std::string Demo::run_folder() const {
  const std::string text = output();
  const std::string word = "making a PostgreSQL cluster in ";
  const std::size_t at = text.find(word);
  if (at == std::string::npos) return "";
  const std::size_t from = at + word.size();
  return text.substr(from, text.find_first_of("\x1b\n", from) - from);
}

}  // namespace trestle::testing
