// Somebody who pushes numbers to the channel "ticks" from SQL, a transaction
// each, as long as the object lives: 0, 1, 2 ... A number whose commit failed
// is not used again.
#pragma once

#include <atomic>
#include <string>
#include <thread>

#include "support/wait.h"

namespace trestle::testing {

class Publisher {
 public:
  // `pause` between two pushes.
  Publisher(std::string conninfo, Milliseconds pause);
  ~Publisher() { stop(); }
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  // Returns when no more is sent.
  void stop();
  // The last number that was sent; -1: none yet.
  [[nodiscard]] int last() const { return last_.load(); }
  // Commits that have succeeded.
  [[nodiscard]] int commits() const { return commits_.load(); }

 private:
  void run();

  std::string conninfo_;
  Milliseconds pause_;
  std::atomic<bool> stop_ = false;
  std::atomic<int> last_ = -1;
  std::atomic<int> commits_ = 0;
  std::thread thread_;
};

}  // namespace trestle::testing
