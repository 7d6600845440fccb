// The zone of shared memory behind trestle_status: counters that all workers
// add to, and a place for each worker's gauges. There is one only when a
// location has trestle_status. Its name holds what it is laid out for, so a
// reload with the same databases and locations keeps the figures, and another
// begins anew.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "http/nginx.h"
#include "status/counters.h"

namespace trestle::http {

// A location whose answers are counted; its index is its place in the list.
struct StatusLocation {
  std::string server;
  std::string location;
  std::string handler;
};

inline constexpr std::size_t kStatusPlaces = 64;

// A worker takes a place and gives it back at its end; the place of a dead one
// is taken over.
struct StatusPlace {
  std::atomic<std::int32_t> pid;  // 0: free
  status::LiveGauges live;
};

// What is in the zone. Views; valid as long as the zone's cycle.
class StatusZone {
 public:
  StatusZone() = default;
  StatusZone(std::byte* memory, std::size_t databases, std::size_t locations);

  [[nodiscard]] static std::size_t bytes(std::size_t databases,
                                         std::size_t locations);

  explicit operator bool() const { return memory_ != nullptr; }
  [[nodiscard]] std::span<StatusPlace> places() const;
  [[nodiscard]] status::PoolGauges& gauges(std::size_t place,
                                           std::size_t database) const;
  [[nodiscard]] status::DatabaseCounters& database(std::size_t index) const;
  [[nodiscard]] status::LocationCounters& location(std::size_t index) const;

 private:
  std::byte* memory_ = nullptr;
  std::size_t databases_ = 0;
};

struct MainConf;

// Adds the zone to the configuration, when all of it has been read. False: it
// cannot be (logged).
[[nodiscard]] bool add_status_zone(ngx_conf_t* cf, MainConf& conf);

// Empty when the configuration has none.
[[nodiscard]] StatusZone status_zone(const MainConf& conf);

}  // namespace trestle::http
