#include "pg/statement_costs.h"

#include <algorithm>
#include <limits>
#include <new>

namespace trestle::pg {
namespace {

// Beyond that the names are generated without end, and all are forgotten.
constexpr std::size_t kMaxNames = 16'384;
// A new run weighs an eighth when it took longer, a quarter when it did not:
// one delay that had nothing to do with the statement is forgotten soon.
constexpr std::int64_t kWeightSlower = 8;
constexpr std::int64_t kWeightFaster = 4;
// A cold run that takes longer than that is not slow for being cold.
constexpr std::uint64_t kColdUs = 100'000;

std::uint32_t clamped(std::uint64_t us) {
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(us, std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace

std::optional<std::uint32_t> StatementCosts::average_us(
    const std::string& name) const {
  auto found = averages_.find(name);
  if (found == averages_.end()) return std::nullopt;
  return found->second;
}

void StatementCosts::record(const std::string& name, std::uint64_t elapsed_us,
                            bool cold) {
  if (cold && elapsed_us < kColdUs) return;
  const std::uint32_t sample = clamped(elapsed_us);
  auto found = averages_.find(name);
  if (found != averages_.end()) {
    const std::int64_t old = found->second;
    const std::int64_t weight = sample > old ? kWeightSlower : kWeightFaster;
    found->second = static_cast<std::uint32_t>(old + (sample - old) / weight);
    return;
  }
  remember(name, sample);
}

void StatementCosts::note_slow(const std::string& name, std::uint64_t cost_us) {
  const std::uint32_t sample = clamped(cost_us);
  auto found = averages_.find(name);
  if (found == averages_.end()) return remember(name, sample);
  found->second = std::max(found->second, sample);
}

void StatementCosts::remember(const std::string& name, std::uint32_t sample) {
  if (name.empty()) return;
  if (averages_.size() >= kMaxNames) averages_.clear();
  try {
    averages_.emplace(name, sample);
  } catch (const std::bad_alloc&) {
    // It stays unknown.
  }
}

}  // namespace trestle::pg
