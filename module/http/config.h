// What the directives of one configuration say, as nginx keeps it: one MainConf
// for the http block and one LocationConf for each http, server and location
// block, merged from the outside in. Made at configuration load, immutable
// afterwards: a reload keeps two of them alive.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/frontend.h"
#include "graphql/persisted_texts.h"
#include "http/cors.h"
#include "http/database.h"
#include "http/directive.h"
#include "http/live_conf.h"
#include "http/loop.h"
#include "http/nginx.h"
#include "http/startup_check.h"
#include "http/status_zone.h"

namespace trestle::http {

struct HandlerKind;

struct MainConf {
  Databases databases;
  std::vector<std::string> trusted_origins;
  ngx_array_t* trusted_proxies = nullptr;  // of ngx_cidr_t; null: none
  ngx_thread_pool_t* threads = nullptr;
  ngx_resolver_t* resolver = nullptr;
  ngx_msec_t resolver_timeout = 0;
  HostTable hosts;
  bool has_live = false;      // some location is live
  bool has_channels = false;  // and asks a database
  bool has_sockets = false;   // some other location opens WebSockets
  std::size_t live_memory = NGX_CONF_UNSET_SIZE;
  ngx_shm_zone_t* live_zone = nullptr;  // null: no channels
  std::size_t graphql_memory = NGX_CONF_UNSET_SIZE;
  // Null: no location answers GraphQL.
  std::shared_ptr<graphql::PersistedTexts> persisted = nullptr;
  std::vector<CheckedFrontend> checked;
  std::size_t cache_memory = NGX_CONF_UNSET_SIZE;
  ngx_shm_zone_t* cache_zone = nullptr;  // null: nothing is kept
  std::string cache_life;                // names this configuration in it
  std::size_t cache_locations = 0;
  bool has_status = false;  // some location shows it
  std::vector<StatusLocation> status_locations;
  ngx_shm_zone_t* status_zone = nullptr;  // null: nothing is counted
};

// trestle_param name value;
struct BindParam {
  std::string name;
  ngx_http_complex_value_t value;
};

// A name and its place in the request's table of variables.
struct VariableIndex {
  std::string name;
  ngx_uint_t index;
};

// A handler directive as it was written; the front-end is made when all of the
// http block is known.
struct HandlerUse {
  const HandlerKind* kind;
  std::vector<std::string> words;  // the directive's name first
  Place place;
};

// trestle_auth.
struct AuthRule {
  std::string database_name;
  Place place;
  bool optional = false;           // an anonymous visitor may pass
  std::vector<std::string> roles;  // empty: any
  const Database* database = nullptr;
};

inline constexpr std::size_t kNotCounted = static_cast<std::size_t>(-1);

struct LocationConf {
  // --- of this block alone
  std::optional<HandlerUse> handler;
  const HandlerKind* kind = nullptr;  // of frontend
  // Owned by frontend_owner, or by the block around an if or limit_except.
  const Frontend* frontend = nullptr;
  const Database* database = nullptr;
  std::unique_ptr<const Frontend> frontend_owner;
  bool status_handler = false;
  std::size_t status_index = kNotCounted;  // in MainConf::status_locations
  std::size_t cache_index = 0;             // of the locations with a cache
  std::shared_ptr<LiveLocation> live;      // null: not a live location
  std::vector<VariableIndex> variables;    // what the front-end may ask for
  std::vector<VariableIndex> captures;     // of server_name and location

  // --- inherited
  std::vector<BindParam> params;
  std::shared_ptr<const AuthRule> auth;  // null: not set; see `no_auth`
  bool no_auth = false;
  std::shared_ptr<const Cors> cors;  // null: not set or off
  bool no_cors = false;
  ngx_msec_t body_timeout = NGX_CONF_UNSET_MSEC;
  ngx_msec_t query_timeout = NGX_CONF_UNSET_MSEC;
  std::size_t buffer_size = NGX_CONF_UNSET_SIZE;
  off_t max_result = NGX_CONF_UNSET;
  ngx_path_t* temp_path = nullptr;  // null: not set
  off_t max_temp_file_size = NGX_CONF_UNSET;
  ngx_flag_t json_errors = NGX_CONF_UNSET;
  ngx_flag_t dev = NGX_CONF_UNSET;
  ngx_msec_t slow_query = NGX_CONF_UNSET_MSEC;  // 0: nothing is slow
  ngx_flag_t trace = NGX_CONF_UNSET;
  ngx_flag_t server_timing = NGX_CONF_UNSET;
  ngx_flag_t cache = NGX_CONF_UNSET;
  std::shared_ptr<const LiveOrigins> live_origins;       // null: not set
  std::size_t live_max_message = NGX_CONF_UNSET_SIZE;    // see limits_of()
  std::size_t live_max_fragments = NGX_CONF_UNSET_SIZE;  // 0: no limit
  std::size_t live_channels = NGX_CONF_UNSET_SIZE;
  std::size_t live_subscriptions = NGX_CONF_UNSET_SIZE;
  std::size_t live_rows = NGX_CONF_UNSET_SIZE;
  std::size_t live_queue = NGX_CONF_UNSET_SIZE;
  std::size_t live_rate = NGX_CONF_UNSET_SIZE;  // 0: no limit
  ngx_msec_t live_ping = NGX_CONF_UNSET_MSEC;   // 0: never
  ngx_msec_t live_init_timeout = NGX_CONF_UNSET_MSEC;
  ngx_flag_t live_deflate = NGX_CONF_UNSET;
  std::size_t live_deflate_ratio = NGX_CONF_UNSET_SIZE;  // 0: no limit
};

// The database of that name; null when there is none (logged, with `place`).
[[nodiscard]] const Database* need_database(ngx_conf_t* cf,
                                            std::string_view name,
                                            const Place& place);

// Gives a handler to the location whose directive is being read, if it has none
// yet; logs what it conflicts with otherwise.
[[nodiscard]] bool take_location(ngx_conf_t* cf, const LocationConf& conf,
                                 ngx_http_handler_pt handler);

void* create_main_conf(ngx_conf_t* cf) noexcept;
void* create_location_conf(ngx_conf_t* cf) noexcept;
char* merge_location_conf(ngx_conf_t* cf, void* parent, void* child) noexcept;

[[nodiscard]] MainConf* main_conf(ngx_conf_t* cf);
[[nodiscard]] const MainConf* main_conf(ngx_cycle_t* cycle);
[[nodiscard]] const LocationConf& location_conf(ngx_http_request_t* r);

}  // namespace trestle::http
