// When to try again to connect to a server that did not answer: at once after
// the first loss, then 0.1 s and twice as long each time, up to 5 s, every
// delay with jitter so that workers do not come back all together. A refusal
// that costs nobody anything (nothing listens, the server is starting up) is
// tried again each second at least, so that recovery is quick.
#pragma once

#include <cstdint>

#include "pg/loop.h"

namespace trestle::pg {

class Backoff {
 public:
  explicit Backoff(Loop& loop) : loop_(loop) {}

  // A failed attempt. `cheap`: the refusal came at once.
  void fail(bool cheap);
  void succeed();

  // Milliseconds until the next attempt may start; 0: now.
  [[nodiscard]] Milliseconds remaining() const;

 private:
  Loop& loop_;
  unsigned failures_ = 0;
  Milliseconds retry_at_ = 0;
};

}  // namespace trestle::pg
