// `make demo`, on a port of its own.
#pragma once

#include <string>

#include "support/process.h"

namespace trestle::testing {

class Demo {
 public:
  // Starts demo/run; what it prints goes to a file.
  explicit Demo(int port);

  // True when it has printed what to try, and runs.
  [[nodiscard]] bool wait_open();
  [[nodiscard]] std::string output() const { return folder_.read("output"); }
  // The folder that its servers run in, from what it printed.
  [[nodiscard]] std::string run_folder() const;
  [[nodiscard]] Process& process() { return process_; }

 private:
  TempFolder folder_;
  Process process_;
};

}  // namespace trestle::testing
