// Reads the change feeds of all databases that have one and writes them into
// the ring: one replication connection per database, in nginx's cache manager,
// a process of its own that the master starts anew when it dies. Without a
// master the only process does it.
//
//  (1) One process writes at a time, FeedState::owner. After a reload the new
//      one makes its slot while the old one still writes, and goes on where it
//      has stopped.
//  (2) What lies between the last position that was written and the first that
//      the new slot can give is a gap, and told as such.
//  (3) A record is in the ring before FeedState::passed says so.
#pragma once

#include "http/nginx.h"

namespace trestle::http {

struct MainConf;

// Whether a configuration has anything to read.
[[nodiscard]] bool has_feeds(const MainConf& conf);

// Has the master start the process; called when the configuration is in force.
// False: memory is out.
[[nodiscard]] bool add_feed_process(ngx_cycle_t* cycle);

// In a process without a master.
void start_feeds(ngx_cycle_t* cycle);
void stop_feeds();

}  // namespace trestle::http
