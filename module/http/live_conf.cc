#include "http/live_conf.h"

#include "auth/origin.h"
#include "base/text.h"
#include "http/config.h"
#include "http/handlers.h"
#include "http/live_handler.h"

namespace trestle::http {

namespace {

constexpr std::size_t kLeastMemory = 1024 * 1024;
constexpr std::size_t kMaxFragments = 1024;
constexpr std::size_t kChannels = 100;
constexpr std::size_t kSubscriptions = 20;
constexpr std::size_t kRows = 10'000;
constexpr std::size_t kQueue = 1024 * 1024;
constexpr ngx_msec_t kPing = 30'000;
constexpr ngx_msec_t kInitTimeout = 3'000;
constexpr std::size_t kDeflateRatio = 100;

template <class T>
void merge_value(T& value, T parent, T fallback) {
  if (value != static_cast<T>(-1)) return;
  value = parent == static_cast<T>(-1) ? fallback : parent;
}

// "on_open=api.opened" into its place.
Result<void> read_function(live::Functions& functions, const ngx_str_t& word) {
  struct Key {
    std::string_view name;
    std::optional<live::FunctionName> live::Functions::*place;
  };
  constexpr Key kKeys[] = {
      {"on_message", &live::Functions::on_message},
      {"on_open", &live::Functions::on_open},
      {"on_close", &live::Functions::on_close},
      {"on_join", &live::Functions::on_join},
  };
  for (const Key& key : kKeys) {
    std::optional<std::string_view> name = option_value(word, key.name);
    if (!name) continue;
    if (functions.*key.place)
      return bad_directive(concat(
          {"duplicate parameter \"", key.name, "\" in \"trestle_live\""}));
    Result<live::FunctionName> function = live::parse_function_name(*name);
    if (!function.ok()) return std::move(function).error();
    functions.*key.place = std::move(function).value();
    return {};
  }
  return bad_directive(concat({"invalid parameter \"", view(word),
                               "\", expected on_message, on_open, on_close "
                               "or on_join=<function>"}));
}

}  // namespace

char* set_live(ngx_conf_t* cf, ngx_command_t*, LocationConf& conf) {
  std::span<ngx_str_t> line = words(cf);
  if (!take_location(cf, conf, live_handler)) return conf_error();
  conf.live = std::make_shared<LiveLocation>(
      LiveLocation{.directive = std::string(view(line[0])),
                   .place = Place::of(cf),
                   .database_name = std::string(view(line[1]))});
  for (const ngx_str_t& word : line.subspan(2)) {
    if (view(word) == "realtime" && !conf.live->realtime) {
      conf.live->realtime = true;
      continue;
    }
    Result<void> read = read_function(conf.live->functions, word);
    if (read.ok()) continue;
    log_here(cf, read.error().message);
    return conf_error();
  }
  if (conf.live->realtime &&
      (conf.live->functions.on_message || conf.live->functions.on_open ||
       conf.live->functions.on_close)) {
    log_here(cf, "\"realtime\" takes no function but \"on_join\"");
    return conf_error();
  }
  main_conf(cf)->has_live = true;
  main_conf(cf)->has_channels = true;
  return NGX_CONF_OK;
}

char* set_live_memory(ngx_conf_t* cf, MainConf& conf) {
  return set_least_size(cf, conf.live_memory, kLeastMemory, "1m");
}

char* set_live_echo(ngx_conf_t* cf, ngx_command_t*, LocationConf& conf) {
  if (!take_location(cf, conf, live_handler)) return conf_error();
  conf.live = std::make_shared<LiveLocation>(LiveLocation{
      .directive = std::string(view(words(cf)[0])), .place = Place::of(cf)});
  main_conf(cf)->has_live = true;
  return NGX_CONF_OK;
}

char* set_live_origin(ngx_conf_t* cf, ngx_command_t*, LocationConf& conf) {
  std::span<ngx_str_t> line = words(cf);
  if (conf.live_origins != nullptr) {
    log_here(cf, "\"trestle_live_origin\" directive is duplicate");
    return conf_error();
  }
  auto origins = std::make_shared<LiveOrigins>();
  if (line.size() == 2 && view(line[1]) == "any") {
    origins->any = true;
  } else if (line.size() != 2 || view(line[1]) != "same") {
    for (const ngx_str_t& word : line.subspan(1)) {
      Result<std::string> origin = auth::parse_origin(view(word));
      if (!origin.ok()) {
        log_here(cf, origin.error());
        return conf_error();
      }
      origins->allowed.push_back(std::move(origin).value());
    }
  }
  conf.live_origins = std::move(origins);
  return NGX_CONF_OK;
}

bool merge_live(ngx_conf_t* cf, const LocationConf& parent,
                LocationConf& conf) {
  if (conf.live_max_message == NGX_CONF_UNSET_SIZE)
    conf.live_max_message = parent.live_max_message;
  merge_value(conf.live_max_fragments, parent.live_max_fragments,
              kMaxFragments);
  merge_value(conf.live_channels, parent.live_channels, kChannels);
  merge_value(conf.live_subscriptions, parent.live_subscriptions,
              kSubscriptions);
  merge_value(conf.live_rows, parent.live_rows, kRows);
  merge_value(conf.live_queue, parent.live_queue, kQueue);
  merge_value(conf.live_rate, parent.live_rate, std::size_t{0});
  merge_value(conf.live_ping, parent.live_ping, kPing);
  merge_value(conf.live_init_timeout, parent.live_init_timeout, kInitTimeout);
  merge_value(conf.live_deflate, parent.live_deflate, ngx_flag_t{0});
  merge_value(conf.live_deflate_ratio, parent.live_deflate_ratio,
              kDeflateRatio);
  if (conf.live_origins == nullptr) conf.live_origins = parent.live_origins;
  if (conf.live_origins == nullptr)
    conf.live_origins = std::make_shared<const LiveOrigins>();

  // An `if` or `limit_except` block belongs to the location around it.
  auto* core = static_cast<ngx_http_core_loc_conf_t*>(
      ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module));
  if (core->noname && core->handler == nullptr && parent.live != nullptr) {
    core->handler = live_handler;
    conf.live = parent.live;
  } else if (conf.live != nullptr && !conf.live->database_name.empty()) {
    conf.live->database =
        need_database(cf, conf.live->database_name, conf.live->place);
    return conf.live->database != nullptr;
  }
  return true;
}

}  // namespace trestle::http
