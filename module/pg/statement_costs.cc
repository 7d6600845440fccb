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
  const auto sample = static_cast<std::uint32_t>(std::min<std::uint64_t>(
      elapsed_us, std::numeric_limits<std::uint32_t>::max()));
  auto found = averages_.find(name);
  if (found != averages_.end()) {
    const std::int64_t old = found->second;
    const std::int64_t weight = sample > old ? kWeightSlower : kWeightFaster;
    found->second = static_cast<std::uint32_t>(old + (sample - old) / weight);
    return;
  }
  if (averages_.size() >= kMaxNames) averages_.clear();
  try {
    averages_.emplace(name, sample);
  } catch (const std::bad_alloc&) {
    // It stays unknown.
  }
}

}  // namespace trestle::pg
