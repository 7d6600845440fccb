// What the process that reads a database's change feed and the workers that
// hear of it share, beside the ring: one FeedState in shared memory for each
// database with a feed. Kept over reloads.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "http/nginx.h"
#include "live/change_marks.h"

namespace trestle::http {

struct FeedState {
  static constexpr std::size_t kProblemSize = 256;

  std::atomic<std::uint64_t> key;     // of the database's name; 0: free
  std::atomic<std::int32_t> owner;    // process that writes; 0: none yet
  std::atomic<std::uint32_t> status;  // live::FeedStatus
  std::atomic<std::uint64_t> system;  // which cluster the positions are of
  // Everything that committed before it is in the ring. 0: nothing ever.
  std::atomic<std::uint64_t> passed;
  // The furthest position that a worker waits for.
  std::atomic<std::uint64_t> wanted;
  // Of the primary, as the workers' pools see it; 0: not known.
  std::atomic<std::uint64_t> timeline;
  std::atomic<std::uint64_t> commits;
  std::atomic<std::uint64_t> gaps;
  std::atomic<std::int64_t> lag_us;  // of the last commit, until it was written

  // --- for those who keep what they have read (answer_cache.h)
  // All that the server had sent by then is told; by ngx_current_msec, a clock
  // that the processes of a machine share.
  std::atomic<std::uint64_t> heard;
  // From when on that is enough, by the same clock.
  std::atomic<std::uint64_t> steady_from;
  // Behind what this nginx has written; see PoolConfig::written.
  std::atomic<std::uint64_t> written;
  // How often the schema is known to have changed.
  std::atomic<std::uint64_t> schema_changes;
  // What the transactions before `passed` have changed.
  live::ChangeMarks marks;

  // What keeps it from working; written by the owner alone.
  char problem[kProblemSize];

  // Longer than this without `heard`, and nobody knows what has changed. The
  // server is asked for a sign of life each second.
  static constexpr std::uint64_t kMostSilence_ms = 4'000;
  [[nodiscard]] bool is_silent(std::uint64_t now) const;
  // The server has answered what it was asked then.
  void hear(std::uint64_t asked);

  void set_problem(std::string_view text);
  [[nodiscard]] std::string problem_text() const;
};

inline constexpr std::size_t kFeedStates = 32;

// The state of that database, a new one if there is none. Null: there are too
// many, of this configuration and those before it.
[[nodiscard]] FeedState* find_feed_state(std::span<FeedState> states,
                                         std::string_view database);

}  // namespace trestle::http
