// What nginx loads: the two modules of the library with their hooks. The first
// brings directives, handlers and the worker's runtime, the second the filter,
// whose place among nginx's filters is its own.
#include <algorithm>

#include "http/access.h"
#include "http/directives.h"
#include "http/feed.h"
#include "http/filter.h"
#include "http/hosts.h"
#include "http/jwks.h"
#include "http/live_zone.h"
#include "http/runtime.h"
#include "http/session_lookup.h"
#include "http/status_worker.h"
#include "http/variables.h"

namespace trestle::http {

namespace {

// The ring of live messages, when trestle_live_memory does not say.
constexpr std::size_t kLiveMemory = 16 * 1024 * 1024;

ngx_int_t preconfigure(ngx_conf_t* cf) noexcept {
  return guard(cf->log, ngx_int_t{NGX_ERROR}, [&] {
    return ngx_int_t{add_variables(cf) ? NGX_OK : NGX_ERROR};
  });
}

bool add_phase_handler(ngx_conf_t* cf, ngx_http_phases phase,
                       ngx_http_handler_pt handler) {
  auto* core = static_cast<ngx_http_core_main_conf_t*>(
      ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module));
  auto* place = static_cast<ngx_http_handler_pt*>(
      ngx_array_push(&core->phases[phase].handlers));
  if (place == nullptr) return false;
  *place = handler;
  return true;
}

ngx_int_t postconfigure(ngx_conf_t* cf) noexcept {
  return guard(cf->log, ngx_int_t{NGX_ERROR}, [&]() -> ngx_int_t {
    MainConf& conf = *main_conf(cf);
    if (!add_phase_handler(cf, NGX_HTTP_PREACCESS_PHASE, preflight_handler) ||
        !add_phase_handler(cf, NGX_HTTP_PREACCESS_PHASE,
                           subrequest_session_handler) ||
        !add_phase_handler(cf, NGX_HTTP_ACCESS_PHASE, access_handler))
      return NGX_ERROR;
    if (conf.has_status &&
        (!add_phase_handler(cf, NGX_HTTP_LOG_PHASE, count_request) ||
         !add_status_zone(cf, conf)))
      return NGX_ERROR;
    if (conf.databases.empty()) return NGX_OK;
    return find_hosts(cf, conf) ? NGX_OK : NGX_ERROR;
  });
}

// Workers tell each other what they publish, what has changed in a database,
// and which sessions have ended.
bool needs_live_zone(const MainConf& conf) {
  if (conf.has_channels) return true;
  return std::ranges::any_of(
      conf.databases, [&](const std::unique_ptr<Database>& database) {
        return database->feed ||
               (conf.has_sockets && database->auth->has_sessions());
      });
}

// nginx calls this when the http block's own directives have been read and
// before its servers and locations are merged: what they refer to is complete.
char* init_main_conf(ngx_conf_t* cf, void* data) noexcept {
  return guard(cf->log, static_cast<char*>(NGX_CONF_ERROR), [&]() -> char* {
    auto& conf = *static_cast<MainConf*>(data);
    finish_databases(conf.databases, conf.trusted_origins);
    if (needs_live_zone(conf)) {
      if (conf.live_memory == NGX_CONF_UNSET_SIZE)
        conf.live_memory = kLiveMemory;
      conf.live_zone = add_live_zone(cf, conf.live_memory);
      if (conf.live_zone == nullptr) return conf_error();
    }
    if (conf.databases.empty()) return NGX_CONF_OK;
    conf.threads = ngx_thread_pool_add(cf, nullptr);
    return conf.threads != nullptr ? NGX_CONF_OK
                                   : static_cast<char*>(NGX_CONF_ERROR);
  });
}

bool make_wakeups(ngx_cycle_t* cycle) {
  const MainConf* conf = main_conf(cycle);
  return conf == nullptr || conf->live_zone == nullptr ||
         make_live_wakeups(cycle);
}

ngx_int_t init_module(ngx_cycle_t* cycle) noexcept {
  return guard(cycle->log, ngx_int_t{NGX_ERROR}, [&] {
    const bool ready = check_capacity(cycle) && make_wakeups(cycle) &&
                       add_feed_process(cycle) && add_jwks_process(cycle);
    return ngx_int_t{ready ? NGX_OK : NGX_ERROR};
  });
}

ngx_int_t init_process(ngx_cycle_t* cycle) noexcept {
  return guard(cycle->log, ngx_int_t{NGX_ERROR}, [&] {
    if (!Runtime::start(cycle)) return ngx_int_t{NGX_ERROR};
    if (ngx_process == NGX_PROCESS_SINGLE) {
      start_feeds(cycle);
      start_jwks(cycle);
    }
    return ngx_int_t{NGX_OK};
  });
}

void exit_process(ngx_cycle_t* cycle) noexcept {
  guard(cycle->log, [] {
    stop_feeds();
    stop_jwks();
    Runtime::stop();
  });
}

ngx_int_t postconfigure_filter(ngx_conf_t*) noexcept {
  install_filter();
  return NGX_OK;
}

ngx_http_module_t context = {
    preconfigure, postconfigure, create_main_conf,     init_main_conf,
    nullptr,      nullptr,       create_location_conf, merge_location_conf,
};

ngx_http_module_t filter_context = {
    nullptr, postconfigure_filter, nullptr, nullptr, nullptr, nullptr, nullptr,
    nullptr,
};

}  // namespace
}  // namespace trestle::http

extern "C" {

__attribute__((visibility("default")))
ngx_module_t ngx_http_trestle_module = {NGX_MODULE_V1,
                                        &trestle::http::context,
                                        trestle::http::kCommands,
                                        NGX_HTTP_MODULE,
                                        nullptr,  // init master
                                        trestle::http::init_module,
                                        trestle::http::init_process,
                                        nullptr,  // init thread
                                        nullptr,  // exit thread
                                        trestle::http::exit_process,
                                        nullptr,  // exit master
                                        NGX_MODULE_V1_PADDING};

__attribute__((visibility("default")))
ngx_module_t ngx_http_trestle_filter_module = {
    NGX_MODULE_V1, &trestle::http::filter_context,
    nullptr,       NGX_HTTP_MODULE,
    nullptr,       nullptr,
    nullptr,       nullptr,
    nullptr,       nullptr,
    nullptr,       NGX_MODULE_V1_PADDING};
}
