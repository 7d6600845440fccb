// What is checked about a whole configuration once it is known: names of
// database hosts, and whether nginx has room for the connections.
#pragma once

#include "http/config.h"
#include "http/nginx.h"

namespace trestle::http {

// Takes over the http block's resolver. Without one, names of hosts are looked
// up now, as nginx does for upstreams; false: one is not known (logged).
[[nodiscard]] bool find_hosts(ngx_conf_t* cf, MainConf& conf);

// False (logged) when worker_connections cannot hold all pools. Says how many
// connections the configuration can open to each database.
[[nodiscard]] bool check_capacity(ngx_cycle_t* cycle);

}  // namespace trestle::http
