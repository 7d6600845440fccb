// How much of a measured time may have been our own: an event loop that is busy
// sees an answer when its turn is over, and the statement was done long before.
// Without this, a worker with too much to do would take every statement for a
// slow one.
//
// Two measures, the larger of which counts: since the loop looked, by its own
// coarse clock, which sees what others do in a turn, if it is much; and since
// the pool began to read, by an exact one.
#pragma once

#include <algorithm>
#include <cstdint>

#include "pg/loop.h"

namespace trestle::pg {

class TurnLag {
 public:
  // Before each read: the first one begins the turn. One that left nothing to
  // do has no end that is noted: the loop's clock tells it from the next, but
  // for a tick, which is taken off too much rather than too little.
  void note_read(const Loop& loop) {
    if (reading_ && turn_ == loop.now()) return;
    reading_ = true;
    turn_ = loop.now();
    begin_us_ = loop.now_us();
    before_us_ = begin_us_ <= end_us_ + kNoWait_us ? read_length_us_ : 0;
  }

  // At the end of a turn that had work for a pool.
  void note_end(const Loop& loop) {
    end_us_ = loop.now_us();
    length_us_ = since_poll(loop, end_us_);
    read_length_us_ = reading_ ? end_us_ - begin_us_ : 0;
    reading_ = false;
  }

  // Of an answer that is read now: it may have come any time since the loop
  // looked before, if it has looked at once behind that turn.
  [[nodiscard]] std::uint64_t of_answer(const Loop& loop) const {
    const std::uint64_t now_us = loop.now_us();
    std::uint64_t own = since_poll(loop, now_us);
    if (loop.now() * 1000 <= end_us_ + kAtOnce_us) own += length_us_;
    return std::max(own < kNoise_us ? 0 : own, now_us - begin_us_ + before_us_);
  }

 private:
  // The loop's clock is read once a turn, and may be a tick behind.
  static constexpr std::uint64_t kAtOnce_us = 1'500;
  static constexpr std::uint64_t kNoise_us = 8'000;

  static std::uint64_t since_poll(const Loop& loop, std::uint64_t now_us) {
    const std::uint64_t poll_us = loop.now() * 1000;
    return now_us > poll_us ? now_us - poll_us : 0;
  }

  // Between the end of a turn and the next read, when nothing was waited for.
  static constexpr std::uint64_t kNoWait_us = 300;

  std::uint64_t end_us_ = 0;
  std::uint64_t length_us_ = 0;
  bool reading_ = false;
  Milliseconds turn_ = 0;
  std::uint64_t begin_us_ = 0;
  std::uint64_t before_us_ = 0;  // the turn before, if it ended just now
  std::uint64_t read_length_us_ = 0;
};

}  // namespace trestle::pg
