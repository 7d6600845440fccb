#include "pg/statement_costs.h"

#include <algorithm>
#include <limits>
#include <new>
#include <utility>

namespace trestle::pg {
namespace {

// Of each of the two parts. A connection has 256 statements prepared, if it is
// not told otherwise.
constexpr std::size_t kMaxNames = 1'024;
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
  for (const Averages* averages : {&late_, &early_}) {
    auto found = averages->find(name);
    if (found != averages->end()) return found->second;
  }
  return std::nullopt;
}

void StatementCosts::record(const std::string& name, std::uint64_t elapsed_us,
                            bool cold) {
  if (cold && elapsed_us < kColdUs) return;
  const std::uint32_t sample = clamped(elapsed_us);
  std::uint32_t* average = use(name);
  if (average == nullptr) return remember(name, sample);
  const std::int64_t old = *average;
  const std::int64_t weight = sample > old ? kWeightSlower : kWeightFaster;
  *average = static_cast<std::uint32_t>(old + (sample - old) / weight);
}

void StatementCosts::note_slow(const std::string& name, std::uint64_t cost_us) {
  const std::uint32_t sample = clamped(cost_us);
  std::uint32_t* average = use(name);
  if (average == nullptr) return remember(name, sample);
  *average = std::max(*average, sample);
}

std::uint32_t* StatementCosts::use(const std::string& name) {
  auto late = late_.find(name);
  if (late != late_.end()) return &late->second;
  auto early = early_.find(name);
  if (early == early_.end()) return nullptr;
  Averages::node_type node = early_.extract(early);
  make_room();
  try {
    return &late_.insert(std::move(node)).position->second;
  } catch (const std::bad_alloc&) {
    return nullptr;  // as one that was never seen
  }
}

void StatementCosts::remember(const std::string& name, std::uint32_t sample) {
  if (name.empty()) return;
  make_room();
  try {
    late_.emplace(name, sample);
  } catch (const std::bad_alloc&) {
    // It stays unknown.
  }
}

void StatementCosts::make_room() {
  if (late_.size() < kMaxNames) return;
  std::swap(early_, late_);
  late_.clear();
}

}  // namespace trestle::pg
