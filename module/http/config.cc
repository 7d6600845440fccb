#include "http/config.h"

#include <algorithm>

#include "base/text.h"
#include "http/answer_cache.h"
#include "http/exchange.h"
#include "http/handlers.h"

namespace trestle::http {

namespace {

constexpr std::size_t kBufferSize = 16 * 1024;
constexpr off_t kMaxTempFileSize = off_t{1024} * 1024 * 1024;
constexpr ngx_msec_t kBodyTimeout = 60'000;

ngx_http_core_loc_conf_t* core_conf(ngx_conf_t* cf) {
  return static_cast<ngx_http_core_loc_conf_t*>(
      ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module));
}

// --- variables and captures --------------------------------------------------

#if (NGX_PCRE)
// Named captures are variables of nginx; a request knows them by index.
void add_captures(ngx_conf_t* cf, const ngx_http_regex_t* regex,
                  std::vector<VariableIndex>& captures) {
  if (regex == nullptr) return;
  auto* main = static_cast<ngx_http_core_main_conf_t*>(
      ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module));
  auto* variables = static_cast<ngx_http_variable_t*>(main->variables.elts);
  for (ngx_uint_t i = 0; i < regex->nvariables; i++) {
    ngx_int_t index = regex->variables[i].index;
    captures.push_back({std::string(view(variables[index].name)),
                        static_cast<ngx_uint_t>(index)});
  }
}
#endif

void collect_captures(ngx_conf_t* cf, const LocationConf& parent,
                      LocationConf& conf) {
  conf.captures = parent.captures;  // of the locations around it
#if (NGX_PCRE)
  add_captures(cf, core_conf(cf)->regex, conf.captures);
  auto* server = static_cast<ngx_http_core_srv_conf_t*>(
      ngx_http_conf_get_module_srv_conf(cf, ngx_http_core_module));
  auto* names = static_cast<ngx_http_server_name_t*>(server->server_names.elts);
  for (ngx_uint_t i = 0; i < server->server_names.nelts; i++)
    add_captures(cf, names[i].regex, conf.captures);
#endif
}

bool is_variable(ngx_conf_t* cf, std::string_view name) {
  auto* main = static_cast<ngx_http_core_main_conf_t*>(
      ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module));
  auto* keys = static_cast<ngx_hash_key_t*>(main->variables_keys->keys.elts);
  for (ngx_uint_t i = 0; i < main->variables_keys->keys.nelts; i++)
    if (ascii_iequals(view(keys[i].key), name)) return true;
  auto* prefixes =
      static_cast<ngx_http_variable_t*>(main->prefix_variables.elts);
  for (ngx_uint_t i = 0; i < main->prefix_variables.nelts; i++)
    if (name.size() > prefixes[i].name.len &&
        ascii_iequals(name.substr(0, prefixes[i].name.len),
                      view(prefixes[i].name)))
      return true;
  return false;
}

// The server variables that the front-end may ask for.
bool collect_variables(ngx_conf_t* cf, LocationConf& conf) {
  for (const NeededVariable& needed : conf.frontend->needed_variables()) {
    if (is_variable(cf, needed.name)) continue;
    log_at(cf->log, conf.handler->place,
           concat({needed.file, ":", std::to_string(needed.line),
                   ": unknown \"", needed.name, "\" variable"}));
    return false;
  }
  for (const std::string& name : conf.frontend->variables()) {
    if (!is_variable(cf, name)) continue;
    ngx_str_t copy = pool_copy(cf->pool, name);
    if (copy.data == nullptr) return false;
    ngx_int_t index = ngx_http_get_variable_index(cf, &copy);
    if (index == NGX_ERROR) return false;
    conf.variables.push_back({name, static_cast<ngx_uint_t>(index)});
  }
  return true;
}

// --- handlers ----------------------------------------------------------------

bool make_frontend(ngx_conf_t* cf, LocationConf& conf) {
  const HandlerUse& use = *conf.handler;
  conf.database = need_database(cf, use.words[1], use.place);
  if (conf.database == nullptr) return false;
  std::span<const std::string> rest(use.words);
  Result<std::unique_ptr<Frontend>> made =
      use.kind->make({.cf = cf,
                      .words = rest.subspan(2),
                      .database = *conf.database,
                      .location = conf,
                      .place = use.place});
  if (!made.ok()) {
    log_at(cf->log, use.place, text_of(made.error()));
    return false;
  }
  conf.frontend_owner = std::move(made).value();
  conf.frontend = conf.frontend_owner.get();
  conf.kind = use.kind;
  if (!conf.frontend->statements().empty())
    main_conf(cf)->checked.push_back({conf.frontend, conf.database});
  return true;
}

// Gives the location a place among those that trestle_status shows.
void count_location(ngx_conf_t* cf, std::string_view handler,
                    LocationConf& conf) {
  const auto* server = static_cast<ngx_http_core_srv_conf_t*>(
      ngx_http_conf_get_module_srv_conf(cf, ngx_http_core_module));
  std::vector<StatusLocation>& list = main_conf(cf)->status_locations;
  conf.status_index = list.size();
  list.push_back({.server = std::string(view(server->server_name)),
                  .location = std::string(view(core_conf(cf)->name)),
                  .handler = std::string(handler)});
}

// An `if` or `limit_except` block belongs to the location around it.
void inherit_handler(ngx_conf_t* cf, const LocationConf& parent,
                     LocationConf& conf) {
  ngx_http_core_loc_conf_t* core = core_conf(cf);
  if (!core->noname || core->handler != nullptr || parent.frontend == nullptr)
    return;
  core->handler = HttpExchange::handle;
  conf.frontend = parent.frontend;
  conf.kind = parent.kind;
  conf.status_index = parent.status_index;
  conf.database = parent.database;
  conf.variables = parent.variables;
}

bool resolve_auth(ngx_conf_t* cf, const LocationConf& parent,
                  LocationConf& conf) {
  if (conf.auth == nullptr) {
    if (!conf.no_auth) conf.auth = parent.auth;
    return true;
  }
  auto rule = std::make_shared<AuthRule>(*conf.auth);
  rule->database = need_database(cf, rule->database_name, rule->place);
  conf.auth = rule;
  return rule->database != nullptr;
}

// A block of its own has params of its own, and so a part of the cache.
bool set_up_cache(ngx_conf_t* cf, LocationConf& conf) {
  if (conf.cache != 1) return true;
  MainConf& main = *main_conf(cf);
  Database& database = *main.databases[conf.database->index];
  if (!database.feed) {
    log_at(cf->log, database.place,
           concat({"\"trestle_cache\" needs \"feed\" in trestle_database \"",
                   database.name, "\""}));
    return false;
  }
  database.is_cached = true;
  conf.cache_index = main.cache_locations++;
  return add_cache_zone(cf);
}

template <class T>
void merge_value(T& value, T parent, T fallback) {
  if (value != static_cast<T>(-1)) return;
  value = parent == static_cast<T>(-1) ? fallback : parent;
}

bool merge(ngx_conf_t* cf, const LocationConf& parent, LocationConf& conf) {
  if (conf.params.empty()) conf.params = parent.params;
  if (conf.cors == nullptr && !conf.no_cors) conf.cors = parent.cors;
  merge_value(conf.body_timeout, parent.body_timeout, kBodyTimeout);
  merge_value(conf.query_timeout, parent.query_timeout, ngx_msec_t{0});
  merge_value(conf.buffer_size, parent.buffer_size, kBufferSize);
  merge_value(conf.max_result, parent.max_result, off_t{0});
  merge_value(conf.max_temp_file_size, parent.max_temp_file_size,
              kMaxTempFileSize);
  if (conf.temp_path == nullptr) conf.temp_path = parent.temp_path;
  merge_value(conf.dev, parent.dev, ngx_flag_t{0});
  merge_value(conf.slow_query, parent.slow_query, ngx_msec_t{0});
  merge_value(conf.trace, parent.trace, ngx_flag_t{0});
  merge_value(conf.server_timing, parent.server_timing, ngx_flag_t{0});
  merge_value(conf.cache, parent.cache, ngx_flag_t{0});
  if (conf.json_errors == NGX_CONF_UNSET) conf.json_errors = parent.json_errors;
  collect_captures(cf, parent, conf);
  if (!merge_live(cf, parent, conf)) return false;
  if (!resolve_auth(cf, parent, conf)) return false;
  if (conf.live) count_location(cf, conf.live->directive, conf);
  if (!conf.handler) {
    inherit_handler(cf, parent, conf);
    return conf.frontend == nullptr || set_up_cache(cf, conf);
  }
  count_location(cf, conf.handler->words[0], conf);
  return make_frontend(cf, conf) && collect_variables(cf, conf) &&
         set_up_cache(cf, conf);
}

}  // namespace

const Database* need_database(ngx_conf_t* cf, std::string_view name,
                              const Place& place) {
  Databases& databases = main_conf(cf)->databases;
  if (const Database* database = find_database(databases, name))
    return database;
  std::vector<std::string_view> names;
  for (const std::unique_ptr<Database>& database : databases)
    names.push_back(database->name);
  std::string text = concat({"unknown trestle_database \"", name, "\""});
  std::string_view nearest = nearest_word(name, names);
  if (!nearest.empty())
    text.append(concat({", perhaps you meant \"", nearest, "\""}));
  log_at(cf->log, place, text);
  return nullptr;
}

void* create_main_conf(ngx_conf_t* cf) noexcept {
  return guard(cf->log, static_cast<void*>(nullptr),
               [&]() -> void* { return pool_new<MainConf>(cf->pool); });
}

void* create_location_conf(ngx_conf_t* cf) noexcept {
  return guard(cf->log, static_cast<void*>(nullptr),
               [&]() -> void* { return pool_new<LocationConf>(cf->pool); });
}

char* merge_location_conf(ngx_conf_t* cf, void* parent, void* child) noexcept {
  return guard(cf->log, conf_error(), [&] {
    return merge(cf, *static_cast<LocationConf*>(parent),
                 *static_cast<LocationConf*>(child))
               ? NGX_CONF_OK
               : conf_error();
  });
}

MainConf* main_conf(ngx_conf_t* cf) {
  return static_cast<MainConf*>(
      ngx_http_conf_get_module_main_conf(cf, ngx_http_trestle_module));
}

const MainConf* main_conf(ngx_cycle_t* cycle) {
  if (cycle->conf_ctx[ngx_http_module.index] == nullptr) return nullptr;
  return static_cast<MainConf*>(
      ngx_http_cycle_get_module_main_conf(cycle, ngx_http_trestle_module));
}

const LocationConf& location_conf(ngx_http_request_t* r) {
  return *static_cast<LocationConf*>(
      ngx_http_get_module_loc_conf(r, ngx_http_trestle_module));
}

}  // namespace trestle::http
