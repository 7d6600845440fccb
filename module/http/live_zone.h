// What live connections of all workers share: a zone of shared memory with the
// ring of published messages, and one eventfd for each worker to be woken by.
//
// The eventfds are made by the master before it starts its first worker, so
// every later process has them, also after a reload.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "http/feed_state.h"
#include "http/nginx.h"
#include "live/ring.h"

namespace trestle::http {

// A process that reads the ring takes a place and gives it back at its end; the
// place of a dead one is taken over.
struct LivePlace {
  std::atomic<std::int32_t> pid;     // 0: free
  std::atomic<std::uint32_t> woken;  // its eventfd has been written to
};

inline constexpr std::size_t kLivePlaces = 64;

// Adds the zone to the configuration. Null: it cannot be (logged).
[[nodiscard]] ngx_shm_zone_t* add_live_zone(ngx_conf_t* cf, std::size_t size);

// Makes the eventfds, once in the life of the master. False: logged.
[[nodiscard]] bool make_live_wakeups(ngx_cycle_t* cycle);
// -1: there are none.
[[nodiscard]] int live_wakeup(std::size_t place);

[[nodiscard]] std::span<LivePlace> live_places(const ngx_shm_zone_t* zone);
[[nodiscard]] std::span<FeedState> live_feeds(const ngx_shm_zone_t* zone);
[[nodiscard]] live::Ring live_ring(const ngx_shm_zone_t* zone);

// Wakes all readers that have not been woken since they last looked, but for
// the one at the place `except` (kLivePlaces: nobody is left out).
void wake_live_readers(const ngx_shm_zone_t* zone, std::size_t except);

// Topics belong to a database: two databases' topics of one name are two.
[[nodiscard]] std::string topic_key(std::string_view database,
                                    std::string_view topic);
[[nodiscard]] std::string_view topic_of(std::string_view key);
[[nodiscard]] std::string_view database_of(std::string_view key);

}  // namespace trestle::http
