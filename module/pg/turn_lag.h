// How much of a measured time may have been our own: an event loop that is busy
// sees an answer when its turn is over, and the statement was done long before.
// Without this, a worker with too much to do would take every statement for a
// slow one.
#pragma once

#include <cstdint>

#include "pg/loop.h"

namespace trestle::pg {

class TurnLag {
 public:
  // At the end of a turn that had work for a pool.
  void note_end(const Loop& loop) {
    end_us_ = loop.now_us();
    length_us_ = since_poll(loop, end_us_);
  }

  // Of an answer that is read now: it may have come any time since the loop
  // looked before, if it has looked at once behind that turn.
  [[nodiscard]] std::uint64_t of_answer(const Loop& loop) const {
    std::uint64_t own = since_poll(loop, loop.now_us());
    if (loop.now() * 1000 <= end_us_ + kAtOnce_us) own += length_us_;
    return own < kNoise_us ? 0 : own;
  }

 private:
  // The loop's clock is read once a turn, and may be a tick behind.
  static constexpr std::uint64_t kAtOnce_us = 1'500;
  static constexpr std::uint64_t kNoise_us = 8'000;

  static std::uint64_t since_poll(const Loop& loop, std::uint64_t now_us) {
    const std::uint64_t poll_us = loop.now() * 1000;
    return now_us > poll_us ? now_us - poll_us : 0;
  }

  std::uint64_t end_us_ = 0;
  std::uint64_t length_us_ = 0;
};

}  // namespace trestle::pg
