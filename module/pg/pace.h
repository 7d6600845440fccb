// How quickly a waiting line moves: how many have left it lately, over a window
// of the time that one may wait. From it follows who comes too late to be
// served in time, and what Retry-After says. Counts only while somebody waits:
// what goes straight through says nothing of how long others would wait.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "pg/loop.h"

namespace trestle::pg {

class Pace {
 public:
  // `window` 0: ten seconds.
  explicit Pace(Milliseconds window);

  // How many wait now, told behind each change.
  void note_waiting(std::size_t waiting, Milliseconds now);
  // One has left the line to be served.
  void note_departure(Milliseconds now);

  // How long until as many have left the line; nullopt: it has not been there
  // for long enough to tell, or nobody has left it.
  [[nodiscard]] std::optional<Milliseconds> time_for(std::size_t waiting,
                                                     Milliseconds now) const;
  // How long somebody has waited without a break.
  [[nodiscard]] Milliseconds standing_for(Milliseconds now) const {
    return waits_ ? now - since_ : 0;
  }

 private:
  static constexpr std::size_t kSlices = 64;

  void advance(Milliseconds now);

  Milliseconds slice_;  // length of one
  std::array<std::uint32_t, kSlices> departures_ = {};
  std::uint64_t newest_ = 0;  // number of the slice that is written
  bool waits_ = false;
  Milliseconds since_ = 0;  // somebody waits
};

}  // namespace trestle::pg
