#include "pg/replay_clock.h"

#include <algorithm>

namespace trestle::pg {
namespace {

// Half an hour, at two notes a second; who is later is late enough.
constexpr std::size_t kMaxSights = 3'600;

}  // namespace

void ReplayClock::note(WalPosition position, Milliseconds now) {
  last_ = now;
  if (!sights_.empty() && sights_.back().position >= position) return;
  sights_.push_back({.position = position, .first = now});
  if (sights_.size() > kMaxSights) sights_.pop_front();
}

Milliseconds ReplayClock::lag(WalPosition position) const {
  const auto missing = std::upper_bound(
      sights_.begin(), sights_.end(), position,
      [](WalPosition p, const Sight& sight) { return p < sight.position; });
  return missing == sights_.end() ? 0 : last_ - missing->first;
}

void ReplayClock::forget() { sights_.clear(); }

}  // namespace trestle::pg
