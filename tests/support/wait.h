// Waiting for what a test expects, never for a time: the condition is asked
// again and again until it holds or the deadline is over.
#pragma once

#include <poll.h>

#include <chrono>

namespace trestle::testing {

using Milliseconds = std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

// Long enough for a busy machine under sanitizers; a test that runs into it has
// failed.
constexpr Milliseconds kDeadline{20'000};

// True as soon as condition() is true; false when it has not become so in time.
template <class Condition>
[[nodiscard]] bool wait_until(Condition condition,
                              Milliseconds deadline = kDeadline) {
  const Clock::time_point end = Clock::now() + deadline;
  for (int pause = 1; !condition(); pause = pause < 20 ? pause + 1 : 20) {
    if (Clock::now() >= end) return condition();
    poll(nullptr, 0, pause);
  }
  return true;
}

// Milliseconds since `start`.
[[nodiscard]] inline double elapsed_ms(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start)
      .count();
}

}  // namespace trestle::testing
