// JWK sets at a URL (jwks_url): fetched by nginx's cache manager, a process
// that serves nobody, and kept in shared memory, where the workers read them.
//
//  (1) No request waits for a fetch: it is a timer's business.
//  (2) A set is replaced by one that came whole and can be used, by nothing
//      else: on any failure the old keys stay.
//  (3) A token that names an unknown key has the set fetched anew, at most once
//      in `retry`.
#pragma once

#include <string>

#include "http/nginx.h"

namespace trestle::http {

struct JwksConf {
  std::string url;
  ngx_msec_t refresh = 300'000;  // after a fetch that went well
  ngx_msec_t retry = 30'000;     // (3), and after one that did not, at most
  ngx_shm_zone_t* zone = nullptr;
};

// Has the master start the process that fetches; called when the configuration
// is in force. False: memory is out.
[[nodiscard]] bool add_jwks_process(ngx_cycle_t* cycle);

// In a process without a master.
void start_jwks(ngx_cycle_t* cycle);
void stop_jwks();

}  // namespace trestle::http
