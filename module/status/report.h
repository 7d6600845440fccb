// What trestle_status answers with: the counters of all workers, read at one
// moment, and the three forms in which they are shown.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "status/counters.h"

namespace trestle::status {

struct LocationReport {
  std::string server;    // the first server_name, perhaps ""
  std::string location;  // as written in the configuration
  std::string handler;   // trestle_rest and the like
  std::array<std::uint64_t, kStatusClasses> by_class = {};
  std::array<std::uint64_t, kLatencyBuckets> latency = {};
  std::uint64_t latency_sum_us = 0;

  [[nodiscard]] std::uint64_t requests() const;
  // The upper bound of the bucket that holds the quantile (0 < q <= 1), in
  // microseconds. 0: no request yet; UINT64_MAX: above the last bound.
  [[nodiscard]] std::uint64_t quantile_us(double q) const;
};

// One of a database's servers, named by its place in the configuration: an
// address is not for everybody.
struct HostReport {
  std::string_view role;  // primary, standby, outdated, away, unknown
  std::uint64_t lag_ms = 0;
};

// Gauges are sums over the workers.
struct DatabaseReport {
  std::string name;
  std::uint64_t pool_size = 0;  // of a worker
  std::uint64_t idle = 0;
  std::uint64_t busy = 0;
  std::uint64_t connecting = 0;
  std::uint64_t canceling = 0;
  std::uint64_t closing = 0;
  std::uint64_t waiting = 0;
  std::uint64_t prepared = 0;  // statements, of all connections together
  std::uint64_t away = 0;      // workers that cannot reach it
  std::uint64_t catalog_generation =
      0;  // the lowest of the workers that have one
  std::uint64_t runs = 0;
  std::uint64_t failures = 0;
  std::uint64_t refused = 0;
  std::uint64_t cancels = 0;
  std::uint64_t connects = 0;
  std::uint64_t connect_failures = 0;
  std::uint64_t prepares = 0;
  std::uint64_t cache_hits = 0;
  std::uint64_t cache_misses = 0;
  std::uint64_t cache_bypassed = 0;
  std::uint64_t cache_dropped = 0;     // their tables had changed
  std::vector<HostReport> hosts = {};  // of several; empty: there is one
};

// Of a database whose changes are read.
struct FeedReport {
  std::string database;
  std::string_view state;  // starting, running, polling, failed
  std::string problem;     // what to change; empty: nothing
  std::string written;     // position in the write-ahead log
  std::uint64_t commits = 0;
  std::uint64_t gaps = 0;
  std::uint64_t lag_us = 0;  // of the last commit, until it was written
};

// Of the memory in which answers are kept.
struct CacheReport {
  std::uint64_t size = 0;     // of the zone
  std::uint64_t entries = 0;  // answers
  std::uint64_t bytes = 0;    // of them, with their keys
  std::uint64_t evicted = 0;  // had to make room
};

// Of the memory in which messages and changes pass between the workers.
struct LiveMemoryReport {
  std::uint64_t size = 0;
  std::uint64_t written = 0;  // bytes, ever
};

struct Report {
  std::string version;
  std::vector<std::int64_t> workers;  // process numbers
  std::vector<DatabaseReport> databases;
  std::vector<LocationReport> locations;
  std::vector<FeedReport> feeds;
  std::optional<CacheReport> cache = std::nullopt;  // of all databases
  std::optional<LiveMemoryReport> live_memory = std::nullopt;
  std::uint64_t websockets = 0;
  std::uint64_t event_streams = 0;
};

// Microseconds as milliseconds, "0.25" or "1000".
[[nodiscard]] std::string milliseconds(std::uint64_t us);

// One object, for programs.
[[nodiscard]] std::string json_report(const Report& report);
// A page without scripts, for people; it loads itself anew every five seconds.
[[nodiscard]] std::string html_report(const Report& report);
// Prometheus' text exposition format 0.0.4.
[[nodiscard]] std::string prometheus_report(const Report& report);

}  // namespace trestle::status
