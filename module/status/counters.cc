#include "status/counters.h"

#include <algorithm>

namespace trestle::status {

std::size_t latency_bucket(std::uint64_t us) {
  return static_cast<std::size_t>(
      std::lower_bound(kLatencyBounds.begin(), kLatencyBounds.end(), us) -
      kLatencyBounds.begin());
}

void LocationCounters::count(unsigned status, std::optional<std::uint64_t> us) {
  // A client that left before its answer began is nginx's 499.
  const unsigned of_class = status < 100 || status > 599 ? 4 : status / 100;
  add(by_class[of_class - 1], 1);
  if (!us) return;
  add(latency[latency_bucket(*us)], 1);
  add(latency_sum_us, *us);
}

}  // namespace trestle::status
