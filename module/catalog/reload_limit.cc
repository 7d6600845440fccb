#include "catalog/reload_limit.h"

#include <algorithm>

namespace trestle::catalog {

namespace {

constexpr std::size_t kMostRemembered = 1'024;  // of each kind
constexpr std::uint64_t kLeftAloneMs = 60'000;
constexpr std::uint64_t kFirstPauseMs = 5;
constexpr std::uint64_t kLongestPauseMs = 30'000;

}  // namespace

bool ReloadLimit::allows(std::uint64_t statement, std::uint64_t now_ms) {
  const auto known = wrong_.find(statement);
  if (known != wrong_.end() && now_ms < known->second) return false;
  return now_ms >= next_ms_ || right_.contains(statement);
}

void ReloadLimit::went_well(std::uint64_t statement) {
  if (right_.size() >= kMostRemembered) right_.clear();
  right_.insert(statement);
}

void ReloadLimit::helped() { pause_ms_ = next_ms_ = 0; }

void ReloadLimit::in_vain(std::uint64_t statement, std::uint64_t now_ms) {
  if (wrong_.size() >= kMostRemembered) wrong_.clear();
  wrong_[statement] = now_ms + kLeftAloneMs;
  right_.erase(statement);
  // Many that waited for the same catalog count once.
  if (now_ms < next_ms_) return;
  pause_ms_ = std::clamp(4 * pause_ms_, kFirstPauseMs, kLongestPauseMs);
  next_ms_ = now_ms + pause_ms_;
}

}  // namespace trestle::catalog
