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
// A run that takes longer than that is not slow for being cold, nor for what a
// busy machine did meanwhile. One that takes less counts as kDelay_us at most:
// eight backends that compete for two cores delay one another by as much.
constexpr std::uint64_t kSurelySlow_us = 100'000;
constexpr std::int64_t kDelay_us = 20'000;

std::uint32_t clamped(std::uint64_t us) {
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(us, std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace

std::optional<std::uint32_t> StatementCosts::average_us(
    const std::string& name) const {
  for (const Costs* costs : {&late_, &early_}) {
    auto found = costs->find(name);
    if (found != costs->end())
      return std::max(found->second.average, found->second.noted);
  }
  return std::nullopt;
}

void StatementCosts::record(const std::string& name, std::uint64_t elapsed_us,
                            bool cold) {
  Cost* cost = use(name);
  if (cost != nullptr) cost->noted = 0;
  if (cold && elapsed_us < kSurelySlow_us) return;
  if (cost == nullptr) return remember(name, {clamped(elapsed_us), 0});
  const std::int64_t old = cost->average;
  std::int64_t sample = clamped(elapsed_us);
  if (elapsed_us < kSurelySlow_us)
    sample = std::min(sample, std::max(old, kDelay_us));
  const std::int64_t weight = sample > old ? kWeightSlower : kWeightFaster;
  cost->average = static_cast<std::uint32_t>(old + (sample - old) / weight);
}

void StatementCosts::note_slow(const std::string& name, std::uint64_t cost_us) {
  Cost* cost = use(name);
  if (cost == nullptr) return remember(name, {clamped(cost_us), 0});
  cost->noted = clamped(cost_us);
}

StatementCosts::Cost* StatementCosts::use(const std::string& name) {
  auto late = late_.find(name);
  if (late != late_.end()) return &late->second;
  auto early = early_.find(name);
  if (early == early_.end()) return nullptr;
  Costs::node_type node = early_.extract(early);
  make_room();
  try {
    return &late_.insert(std::move(node)).position->second;
  } catch (const std::bad_alloc&) {
    return nullptr;  // as one that was never seen
  }
}

void StatementCosts::remember(const std::string& name, Cost cost) {
  if (name.empty()) return;
  make_room();
  try {
    late_.emplace(name, cost);
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
