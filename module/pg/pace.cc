#include "pg/pace.h"

#include <algorithm>
#include <numeric>

namespace trestle::pg {
namespace {

constexpr Milliseconds kDefaultWindow = 10'000;

}  // namespace

Pace::Pace(Milliseconds window)
    : slice_(std::max<Milliseconds>(
          (window != 0 ? window : kDefaultWindow) / kSlices, 1)) {}

void Pace::note_waiting(std::size_t waiting, Milliseconds now) {
  if (waiting > 0 && !waits_) {
    departures_ = {};
    newest_ = now / slice_;
    since_ = now;
  }
  waits_ = waiting > 0;
}

void Pace::note_departure(Milliseconds now) {
  if (!waits_) return;
  advance(now);
  departures_[newest_ % kSlices]++;
}

void Pace::advance(Milliseconds now) {
  const std::uint64_t slice = now / slice_;
  const std::uint64_t passed =
      std::min<std::uint64_t>(slice - newest_, kSlices);
  for (std::uint64_t i = 1; i <= passed; i++)
    departures_[(newest_ + i) % kSlices] = 0;
  newest_ = slice;
}

std::optional<Milliseconds> Pace::time_for(std::size_t waiting,
                                           Milliseconds now) const {
  if (!waits_) return std::nullopt;
  Pace current = *this;
  current.advance(now);
  const Milliseconds window_begin =
      (std::max<std::uint64_t>(current.newest_ + 1, kSlices) - kSlices) *
      slice_;
  const Milliseconds elapsed = now - std::max(since_, window_begin);
  const std::uint64_t left = std::accumulate(
      current.departures_.begin(), current.departures_.end(), std::uint64_t{0});
  if (left == 0 || elapsed < slice_) return std::nullopt;
  return waiting * elapsed / left;
}

}  // namespace trestle::pg
