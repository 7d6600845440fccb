// How far standbys are behind, told in time. The primary's position in the log
// is noted whenever it is seen; a standby is as late as the first noted
// position that it has not replayed. No server's clock is asked, and an idle
// primary makes nobody late.
#pragma once

#include <deque>

#include "base/wal_position.h"
#include "pg/loop.h"

namespace trestle::pg {

class ReplayClock {
 public:
  // The primary stood at `position` then. Times do not go back.
  void note(WalPosition position, Milliseconds now);

  // How late a standby is that has replayed up to `position`, as of the last
  // note: while the primary is away, nobody falls behind it.
  [[nodiscard]] Milliseconds lag(WalPosition position) const;

  // Another primary: its log is another one.
  void forget();

 private:
  struct Sight {
    WalPosition position;
    Milliseconds first;  // when it was seen there first
  };
  std::deque<Sight> sights_;  // positions and times ascend
  Milliseconds last_ = 0;
};

}  // namespace trestle::pg
