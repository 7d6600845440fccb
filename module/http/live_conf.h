// What the directives of live locations say: which of the two handlers, and the
// limits of its connections.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "http/directive.h"
#include "http/nginx.h"
#include "live/calls.h"

namespace trestle::http {

struct LocationConf;
struct MainConf;
struct Database;

// trestle_live_origin any | same | https://app.example ...;
struct LiveOrigins {
  bool any = false;
  std::vector<std::string>
      allowed;  // beside our own; results of parse_origin()
};

// trestle_live or trestle_live_echo of one location.
struct LiveLocation {
  std::string directive;
  Place place;
  std::string database_name = {};  // empty: trestle_live_echo
  const Database* database = nullptr;
  live::Functions functions = {};
  bool realtime = false;  // Supabase's dialect (live/phoenix.h)
};

// trestle_live database [realtime] [on_message=f] [on_open=f] [on_close=f]
// [on_join=f];
[[nodiscard]] char* set_live(ngx_conf_t* cf, ngx_command_t* command,
                             LocationConf& conf);
// trestle_live_memory size;
[[nodiscard]] char* set_live_memory(ngx_conf_t* cf, MainConf& conf);
// trestle_live_echo;
[[nodiscard]] char* set_live_echo(ngx_conf_t* cf, ngx_command_t* command,
                                  LocationConf& conf);
[[nodiscard]] char* set_live_origin(ngx_conf_t* cf, ngx_command_t* command,
                                    LocationConf& conf);

// Fills what `conf` leaves open from the block around it. False: an unknown
// database (logged).
[[nodiscard]] bool merge_live(ngx_conf_t* cf, const LocationConf& parent,
                              LocationConf& conf);

}  // namespace trestle::http
