// When the database was away, or connections to it were being ended: what is
// asked in such a time may be refused, and nothing else may.
#pragma once

#include <mutex>

#include "support/wait.h"

namespace trestle::testing {

class Away {
 public:
  void begin() {
    const std::lock_guard lock(mutex_);
    away_ = true;
  }
  // What begins from now on must be answered, or a moment later: a worker that
  // has just failed to connect tries again within a second.
  void end() {
    const std::lock_guard lock(mutex_);
    away_ = false;
    back_ = Clock::now();
  }
  // Whether it was, at any moment from `begun` to now.
  [[nodiscard]] bool since(Clock::time_point begun) const {
    const std::lock_guard lock(mutex_);
    return away_ || begun <= back_ + kMoment;
  }

 private:
  static constexpr Milliseconds kMoment{3'000};

  mutable std::mutex mutex_;
  bool away_ = false;
  Clock::time_point back_{};
};

}  // namespace trestle::testing
