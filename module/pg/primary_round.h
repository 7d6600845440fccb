// Which of several hosts is read as the primary: one after the other is tried,
// and none on an older timeline than the latest that is known, so that a
// promotion is followed also while the old primary still answers. Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace trestle::pg {

class PrimaryRound {
 public:
  // `hosts`: how many there are, one at least.
  explicit PrimaryRound(std::size_t hosts) : hosts_(hosts) {}

  // The one that is read, or tried.
  [[nodiscard]] std::size_t host() const { return host_; }
  [[nodiscard]] bool is_only() const { return hosts_ == 1; }

  // It cannot be read: on to the next. True: that has not been tried since one
  // could be read.
  bool turn() {
    const bool others = ++tried_ < hosts_;
    host_ = (host_ + 1) % hosts_;
    if (!others) tried_ = 0;
    return others;
  }
  // It can be read.
  void note_read() { tried_ = 0; }

  // The host's timeline is known. `elsewhere`: the latest that others know of,
  // 0: none. False: it is no longer the primary.
  [[nodiscard]] bool accepts(std::uint64_t timeline, std::uint64_t elsewhere) {
    if (timeline < latest(elsewhere)) return false;
    timeline_ = timeline;
    return true;
  }
  // The same for the host that is read.
  [[nodiscard]] bool is_latest(std::uint64_t elsewhere) const {
    return timeline_ >= latest(elsewhere);
  }

 private:
  // Where there is one host, nobody else's word counts.
  [[nodiscard]] std::uint64_t latest(std::uint64_t elsewhere) const {
    return is_only() ? timeline_ : std::max(timeline_, elsewhere);
  }

  std::size_t hosts_;
  std::size_t host_ = 0;
  std::size_t tried_ = 0;  // in vain, since one could be read
  std::uint64_t timeline_ = 0;
};

}  // namespace trestle::pg
