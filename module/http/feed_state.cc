#include "http/feed_state.h"

#include <algorithm>

namespace trestle::http {

namespace {

// FNV-1a; never 0.
std::uint64_t key_of(std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (char c : name)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash | 1;
}

}  // namespace

bool FeedState::is_silent(std::uint64_t now) const {
  const std::uint64_t last = heard.load();
  return now > last && now - last > kMostSilence_ms;
}

// The server may answer before it has told what was committed meanwhile. Behind
// a silence that is all that was.
void FeedState::hear(std::uint64_t asked) {
  constexpr std::uint64_t kSettles_ms = 1'000;
  if (is_silent(asked)) {
    steady_from.store(ngx_current_msec + kSettles_ms);
    marks.drop_all();
  }
  heard.store(asked);
}

// The last byte stays NUL, whatever a reader sees while it is written.
void FeedState::set_problem(std::string_view text) {
  const std::size_t size = std::min(text.size(), kProblemSize - 1);
  std::memset(problem, 0, kProblemSize);
  if (size > 0) std::memcpy(problem, text.data(), size);
}

std::string FeedState::problem_text() const { return problem; }

FeedState* find_feed_state(std::span<FeedState> states,
                           std::string_view database) {
  const std::uint64_t key = key_of(database);
  for (FeedState& state : states) {
    std::uint64_t free = 0;
    if (state.key.compare_exchange_strong(free, key) || free == key)
      return &state;
  }
  return nullptr;
}

}  // namespace trestle::http
