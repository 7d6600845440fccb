// What all workers add up in shared memory for trestle_status: how a location's
// answers went, and what a database's pools have done. Lock-free, each number
// by itself: a reader that meets a writer may see one request's count before
// its time, never a torn value.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace trestle::status {

using Counter = std::atomic<std::uint64_t>;
static_assert(Counter::is_always_lock_free);

inline void add(Counter& counter, std::uint64_t value) {
  counter.fetch_add(value, std::memory_order_relaxed);
}

// Upper bounds of the latency histogram, in microseconds; one more bucket holds
// what is above the last.
inline constexpr std::array<std::uint64_t, 15> kLatencyBounds = {
    250,     500,       1'000,     2'500,     5'000,
    10'000,  25'000,    50'000,    100'000,   250'000,
    500'000, 1'000'000, 2'500'000, 5'000'000, 10'000'000};
inline constexpr std::size_t kLatencyBuckets = kLatencyBounds.size() + 1;

// The bucket that a latency falls into.
[[nodiscard]] std::size_t latency_bucket(std::uint64_t us);

// HTTP status classes, 1xx to 5xx.
inline constexpr std::size_t kStatusClasses = 5;

// One location, over all workers, since nginx began with these locations.
struct LocationCounters {
  std::array<Counter, kStatusClasses> by_class;
  std::array<Counter, kLatencyBuckets> latency;
  Counter latency_sum_us;

  // A request that has ended with that status (0: none was sent) after `us`
  // microseconds; nullopt: its length says nothing (a connection that lives
  // until somebody leaves).
  void count(unsigned status, std::optional<std::uint64_t> us);
};

// Servers of one database that are shown; further ones are not.
inline constexpr std::size_t kMaxHosts = 16;

// What a server is, by a number that the database client gives it (0: nobody
// has asked), and how late, as one number.
struct HostSight {
  std::uint64_t role = 0;
  std::uint64_t lag_ms = 0;

  [[nodiscard]] std::uint64_t packed() const {
    return std::min(lag_ms, kMaxLag) << kRoleBits | role;
  }
  [[nodiscard]] static HostSight unpacked(std::uint64_t number) {
    return {number & ((1U << kRoleBits) - 1), number >> kRoleBits};
  }

 private:
  static constexpr unsigned kRoleBits = 8;
  static constexpr std::uint64_t kMaxLag = UINT64_MAX >> kRoleBits;
};

// What the pools of one database have done, over all workers.
struct DatabaseCounters {
  Counter runs;              // plans that have ended, well or not
  Counter failures;          // of them: with an error
  Counter refused;           // sent away: full queue, deadline, database away
  Counter cancels;           // statements whose client had left, or too slow
  Counter connects;          // connections that were made
  Counter connect_failures;  // and attempts that came to nothing
  Counter prepares;          // statements that a connection did not know yet
  // How locations with a cache have answered: from it; not, though it might
  // have been there; or past it. And what was found outdated.
  Counter cache_hits;
  Counter cache_misses;
  Counter cache_bypassed;
  Counter cache_dropped;
  // Of several servers, what each was to the worker that looked last; see
  // HostSight.
  std::array<Counter, kMaxHosts> hosts;
  // What administrators have asked of all workers: a catalog that was read
  // before counts no more, and pools are to begin anew.
  Counter reloads;
  Counter releases;
};

// The state of one worker's pool of one database, as the worker last told it.
struct PoolGauges {
  Counter idle;
  Counter busy;
  Counter connecting;
  Counter canceling;
  Counter closing;
  Counter waiting;
  Counter prepared;            // statements, of all connections together
  Counter catalog_generation;  // 0: no catalog has been read
  Counter away;                // 1: it cannot be reached
};

// The live connections of one worker.
struct LiveGauges {
  Counter websockets;
  Counter event_streams;
};

}  // namespace trestle::status
