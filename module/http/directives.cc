#include "http/directives.h"

#include "auth/origin.h"
#include "base/text.h"
#include "http/answer_cache.h"
#include "http/config.h"
#include "http/exchange.h"
#include "http/handlers.h"
#include "http/live_conf.h"
#include "http/persisted_zone.h"
#include "http/status.h"

namespace trestle::http {

namespace {

// What a directive's body says: null when all is well.
using Outcome = char*;

Outcome fail(ngx_conf_t* cf, std::string_view text) {
  log_here(cf, text);
  return conf_error();
}

// The C function that nginx calls for a directive of a location.
template <Outcome (*Set)(ngx_conf_t*, ngx_command_t*, LocationConf&)>
char* in_location(ngx_conf_t* cf, ngx_command_t* command, void* conf) noexcept {
  return guard(cf->log, conf_error(), [&] {
    return Set(cf, command, *static_cast<LocationConf*>(conf));
  });
}

template <Outcome (*Set)(ngx_conf_t*, MainConf&)>
char* in_main(ngx_conf_t* cf, ngx_command_t*, void* conf) noexcept {
  return guard(cf->log, conf_error(),
               [&] { return Set(cf, *static_cast<MainConf*>(conf)); });
}

// --- http --------------------------------------------------------------------

Outcome set_database(ngx_conf_t* cf, MainConf& conf) {
  return read_database_block(cf, conf.databases);
}

// trestle_trusted_origin https://app.example ...;
Outcome set_trusted_origin(ngx_conf_t* cf, MainConf& conf) {
  for (const ngx_str_t& word : words(cf).subspan(1)) {
    Result<std::string> origin = auth::parse_origin(view(word));
    if (!origin.ok()) return fail(cf, text_of(origin.error()));
    conf.trusted_origins.push_back(std::move(origin).value());
  }
  return NGX_CONF_OK;
}

// trestle_trusted_proxy ADDRESS|CIDR|unix: ...;
Outcome set_trusted_proxy(ngx_conf_t* cf, MainConf& conf) {
  if (conf.trusted_proxies == nullptr)
    conf.trusted_proxies = ngx_array_create(cf->pool, 4, sizeof(ngx_cidr_t));
  for (ngx_str_t& word : words(cf).subspan(1)) {
    ngx_cidr_t cidr = {};
    if (view(word) == "unix:") {
      cidr.family = AF_UNIX;
    } else if (const ngx_int_t rc = ngx_ptocidr(&word, &cidr);
               rc == NGX_ERROR) {
      log_invalid(cf, word, "an address, a network as 10.0.0.0/8, or unix:");
      return conf_error();
    } else if (rc == NGX_DONE) {
      ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                         "low address bits of %V are meaningless", &word);
    }
    auto* place = static_cast<ngx_cidr_t*>(
        conf.trusted_proxies ? ngx_array_push(conf.trusted_proxies) : nullptr);
    if (place == nullptr) return conf_error();
    *place = cidr;
  }
  return NGX_CONF_OK;
}

// --- handlers ----------------------------------------------------------------

std::string_view handler_of(const LocationConf& conf) {
  if (conf.handler) return conf.handler->words[0];
  if (conf.live) return conf.live->directive;
  return conf.status_handler ? "trestle_status" : "";
}

Outcome set_handler(ngx_conf_t* cf, ngx_command_t* command,
                    LocationConf& conf) {
  const auto* kind = static_cast<const HandlerKind*>(command->post);
  if (words(cf).size() < kind->min_words + 2)
    return fail(cf, concat({"invalid number of arguments in \"",
                            kind->directive, "\" directive, expected: ",
                            kind->directive, " ", kind->usage}));
  if (!take_location(cf, conf, HttpExchange::handle)) return conf_error();
  HandlerUse use = {.kind = kind, .words = {}, .place = Place::of(cf)};
  for (const ngx_str_t& word : words(cf)) use.words.emplace_back(view(word));
  conf.handler = std::move(use);
  if (kind->upgrade != nullptr) main_conf(cf)->has_sockets = true;
  return NGX_CONF_OK;
}

Outcome set_status(ngx_conf_t* cf, ngx_command_t*, LocationConf& conf) {
  if (!take_location(cf, conf, status_handler)) return conf_error();
  conf.status_handler = true;
  main_conf(cf)->has_status = true;
  return NGX_CONF_OK;
}

// --- inherited ---------------------------------------------------------------

// trestle_param name value;
Outcome set_param(ngx_conf_t* cf, ngx_command_t*, LocationConf& conf) {
  std::string_view name = view(words(cf)[1]);
  for (const BindParam& other : conf.params)
    if (other.name == name)
      return fail(cf, concat({"duplicate trestle_param \"", name, "\""}));
  BindParam param = {.name = std::string(name), .value = {}};
  ngx_http_compile_complex_value_t compile = {};
  compile.cf = cf;
  compile.value = &words(cf)[2];
  compile.complex_value = &param.value;
  if (ngx_http_compile_complex_value(&compile) != NGX_OK) return conf_error();
  conf.params.push_back(std::move(param));
  return NGX_CONF_OK;
}

// trestle_temp_path path [level1 [level2 [level3]]];
Outcome set_temp_path(ngx_conf_t* cf, ngx_command_t* command,
                      LocationConf& conf) {
  ngx_command_t here = *command;
  here.offset = 0;
  return ngx_conf_set_path_slot(cf, &here, &conf.temp_path);
}

bool read_auth_word(AuthRule& rule, const ngx_str_t& word) {
  if (view(word) == "optional") {
    rule.optional = true;
    return true;
  }
  std::optional<std::string_view> roles = option_value(word, "role");
  if (!roles) return false;
  for (std::string_view role : split(*roles, ','))
    if (!role.empty()) rule.roles.emplace_back(role);
  return !rule.roles.empty();
}

// trestle_auth database [role=a,b] [optional] | off;
Outcome set_auth(ngx_conf_t* cf, ngx_command_t*, LocationConf& conf) {
  std::span<ngx_str_t> line = words(cf);
  if (conf.auth != nullptr || conf.no_auth)
    return fail(cf, "\"trestle_auth\" directive is duplicate");
  if (view(line[1]) == "off" && line.size() == 2) {
    conf.no_auth = true;
    return NGX_CONF_OK;
  }
  auto rule = std::make_shared<AuthRule>();
  rule->database_name = view(line[1]);
  rule->place = Place::of(cf);
  for (const ngx_str_t& word : line.subspan(2))
    if (!read_auth_word(*rule, word)) {
      log_invalid(cf, word, "role=<name>[,<name>] or optional");
      return conf_error();
    }
  conf.auth = std::move(rule);
  return NGX_CONF_OK;
}

// trestle_cors *|origin ... [...] | off;
Outcome set_cors(ngx_conf_t* cf, ngx_command_t*, LocationConf& conf) {
  std::span<ngx_str_t> line = words(cf);
  if (conf.cors != nullptr || conf.no_cors)
    return fail(cf, "\"trestle_cors\" directive is duplicate");
  if (view(line[1]) == "off" && line.size() == 2) {
    conf.no_cors = true;
    return NGX_CONF_OK;
  }
  std::vector<std::string_view> rest;
  for (const ngx_str_t& word : line.subspan(1)) rest.push_back(view(word));
  std::string problem;
  std::optional<Cors> cors = parse_cors(rest, problem);
  if (!cors) return fail(cf, problem);
  conf.cors = std::make_shared<const Cors>(std::move(*cors));
  return NGX_CONF_OK;
}

template <class T, T LocationConf::*Member,
          std::optional<T> (*Parse)(std::string_view)>
Outcome set_value(ngx_conf_t* cf, ngx_command_t*, LocationConf& conf) {
  const ngx_str_t& word = words(cf)[1];
  T& target = conf.*Member;
  if (target != static_cast<T>(-1))
    return fail(
        cf, concat({"\"", view(words(cf)[0]), "\" directive is duplicate"}));
  std::optional<T> value = Parse(view(word));
  if (!value) {
    log_invalid(cf, word);
    return conf_error();
  }
  target = *value;
  return NGX_CONF_OK;
}

std::optional<off_t> parse_offset(std::string_view text) {
  ngx_str_t word = borrow(text);
  off_t value = ngx_parse_offset(&word);
  if (value == NGX_ERROR) return std::nullopt;
  return value;
}

std::optional<std::size_t> parse_buffer_size(std::string_view text) {
  std::optional<std::size_t> value = parse_size(text);
  if (!value || *value < 1024 || *value > 1024 * 1024) return std::nullopt;
  return value;
}

std::optional<ngx_flag_t> parse_on_off(std::string_view text) {
  std::optional<bool> value = parse_flag(text);
  if (!value) return std::nullopt;
  return *value ? 1 : 0;
}

using Conf = LocationConf;

constexpr auto set_body_timeout =
    set_value<ngx_msec_t, &Conf::body_timeout, parse_ms>;
constexpr auto set_query_timeout =
    set_value<ngx_msec_t, &Conf::query_timeout, parse_ms>;
constexpr auto set_buffer_size =
    set_value<std::size_t, &Conf::buffer_size, parse_buffer_size>;
constexpr auto set_max_result =
    set_value<off_t, &Conf::max_result, parse_offset>;
constexpr auto set_max_temp_file_size =
    set_value<off_t, &Conf::max_temp_file_size, parse_offset>;
constexpr auto set_json_errors =
    set_value<ngx_flag_t, &Conf::json_errors, parse_on_off>;
constexpr auto set_dev = set_value<ngx_flag_t, &Conf::dev, parse_on_off>;
constexpr auto set_slow_query =
    set_value<ngx_msec_t, &Conf::slow_query, parse_ms>;
constexpr auto set_trace = set_value<ngx_flag_t, &Conf::trace, parse_on_off>;
constexpr auto set_server_timing =
    set_value<ngx_flag_t, &Conf::server_timing, parse_on_off>;
constexpr auto set_cache = set_value<ngx_flag_t, &Conf::cache, parse_on_off>;
constexpr auto set_live_max_message =
    set_value<std::size_t, &Conf::live_max_message, parse_size>;
constexpr auto set_live_max_fragments =
    set_value<std::size_t, &Conf::live_max_fragments, parse_count>;
constexpr auto set_live_channels =
    set_value<std::size_t, &Conf::live_channels, parse_count>;
constexpr auto set_live_subscriptions =
    set_value<std::size_t, &Conf::live_subscriptions, parse_count>;
constexpr auto set_live_rows =
    set_value<std::size_t, &Conf::live_rows, parse_count>;
constexpr auto set_live_queue =
    set_value<std::size_t, &Conf::live_queue, parse_size>;
constexpr auto set_live_rate =
    set_value<std::size_t, &Conf::live_rate, parse_count>;
constexpr auto set_live_ping =
    set_value<ngx_msec_t, &Conf::live_ping, parse_ms>;
constexpr auto set_live_init_timeout =
    set_value<ngx_msec_t, &Conf::live_init_timeout, parse_ms>;
constexpr auto set_live_deflate =
    set_value<ngx_flag_t, &Conf::live_deflate, parse_on_off>;
constexpr auto set_live_deflate_ratio =
    set_value<std::size_t, &Conf::live_deflate_ratio, parse_count>;

// --- the lines of the table --------------------------------------------------

constexpr ngx_uint_t kAnywhere =
    NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF;

template <std::size_t N>
constexpr ngx_str_t name_of(const char (&text)[N]) {
  return {N - 1, reinterpret_cast<u_char*>(const_cast<char*>(text))};
}

template <Outcome (*Set)(ngx_conf_t*, MainConf&), std::size_t N>
ngx_command_t main_directive(const char (&name)[N], ngx_uint_t arguments) {
  return {name_of(name),
          NGX_HTTP_MAIN_CONF | arguments,
          in_main<Set>,
          NGX_HTTP_MAIN_CONF_OFFSET,
          0,
          nullptr};
}

template <Outcome (*Set)(ngx_conf_t*, ngx_command_t*, LocationConf&),
          std::size_t N>
ngx_command_t directive(const char (&name)[N], ngx_uint_t type) {
  return {name_of(name), type, in_location<Set>, NGX_HTTP_LOC_CONF_OFFSET, 0,
          nullptr};
}

template <std::size_t N>
ngx_command_t handler(const char (&name)[N], const HandlerKind& kind) {
  return {name_of(name),
          NGX_HTTP_LOC_CONF | NGX_CONF_1MORE,
          in_location<set_handler>,
          NGX_HTTP_LOC_CONF_OFFSET,
          0,
          const_cast<HandlerKind*>(&kind)};
}

}  // namespace

bool take_location(ngx_conf_t* cf, const LocationConf& conf,
                   ngx_http_handler_pt handler) {
  std::string_view name = view(words(cf)[0]);
  std::string_view other = handler_of(conf);
  if (!other.empty()) {
    log_here(cf,
             other == name
                 ? concat({"\"", name, "\" directive is duplicate"})
                 : concat({"\"", name, "\" conflicts with \"", other, "\""}));
    return false;
  }
  auto* core = static_cast<ngx_http_core_loc_conf_t*>(
      ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module));
  if (core->handler != nullptr) {
    log_here(cf, concat({"\"", name,
                         "\" conflicts with another handler of the location"}));
    return false;
  }
  core->handler = handler;
  return true;
}

ngx_command_t kCommands[] = {
    main_directive<set_database>("trestle_database",
                                 NGX_CONF_BLOCK | NGX_CONF_TAKE1),
    main_directive<set_trusted_origin>("trestle_trusted_origin",
                                       NGX_CONF_1MORE),
    main_directive<set_trusted_proxy>("trestle_trusted_proxy", NGX_CONF_1MORE),

    handler("trestle_query", kQueryHandler),
    handler("trestle_rest", kRestHandler),
    handler("trestle_graphql", kGraphqlHandler),
    handler("trestle_pages", kPagesHandler),
    directive<set_status>("trestle_status",
                          NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS),
    directive<set_live>("trestle_live", NGX_HTTP_LOC_CONF | NGX_CONF_1MORE),
    directive<set_live_echo>("trestle_live_echo",
                             NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS),

    directive<set_param>("trestle_param", kAnywhere | NGX_CONF_TAKE2),
    directive<set_auth>("trestle_auth", kAnywhere | NGX_CONF_1MORE),
    directive<set_cors>("trestle_cors", kAnywhere | NGX_CONF_1MORE),
    directive<set_body_timeout>("trestle_body_timeout",
                                kAnywhere | NGX_CONF_TAKE1),
    directive<set_query_timeout>("trestle_query_timeout",
                                 kAnywhere | NGX_CONF_TAKE1),
    directive<set_buffer_size>("trestle_buffer_size",
                               kAnywhere | NGX_CONF_TAKE1),
    directive<set_max_result>("trestle_max_result", kAnywhere | NGX_CONF_TAKE1),
    directive<set_temp_path>("trestle_temp_path",
                             kAnywhere | NGX_CONF_TAKE1234),
    directive<set_max_temp_file_size>("trestle_max_temp_file_size",
                                      kAnywhere | NGX_CONF_TAKE1),
    directive<set_json_errors>("trestle_json_errors",
                               kAnywhere | NGX_CONF_TAKE1),
    directive<set_dev>("trestle_dev", kAnywhere | NGX_CONF_TAKE1),
    directive<set_slow_query>("trestle_slow_query", kAnywhere | NGX_CONF_TAKE1),
    directive<set_trace>("trestle_trace", kAnywhere | NGX_CONF_TAKE1),
    directive<set_server_timing>("trestle_server_timing",
                                 kAnywhere | NGX_CONF_TAKE1),
    directive<set_cache>("trestle_cache", kAnywhere | NGX_CONF_TAKE1),
    main_directive<set_cache_zone>("trestle_cache_zone", NGX_CONF_TAKE1),
    directive<set_live_origin>("trestle_live_origin",
                               kAnywhere | NGX_CONF_1MORE),
    directive<set_live_max_message>("trestle_live_max_message",
                                    kAnywhere | NGX_CONF_TAKE1),
    directive<set_live_max_fragments>("trestle_live_max_fragments",
                                      kAnywhere | NGX_CONF_TAKE1),
    main_directive<set_live_memory>("trestle_live_memory", NGX_CONF_TAKE1),
    main_directive<set_graphql_memory>("trestle_graphql_memory",
                                       NGX_CONF_TAKE1),
    directive<set_live_channels>("trestle_live_channels",
                                 kAnywhere | NGX_CONF_TAKE1),
    directive<set_live_subscriptions>("trestle_live_subscriptions",
                                      kAnywhere | NGX_CONF_TAKE1),
    directive<set_live_rows>("trestle_live_rows", kAnywhere | NGX_CONF_TAKE1),
    directive<set_live_queue>("trestle_live_queue", kAnywhere | NGX_CONF_TAKE1),
    directive<set_live_rate>("trestle_live_rate", kAnywhere | NGX_CONF_TAKE1),
    directive<set_live_ping>("trestle_live_ping", kAnywhere | NGX_CONF_TAKE1),
    directive<set_live_init_timeout>("trestle_live_init_timeout",
                                     kAnywhere | NGX_CONF_TAKE1),
    directive<set_live_deflate>("trestle_live_deflate",
                                kAnywhere | NGX_CONF_TAKE1),
    directive<set_live_deflate_ratio>("trestle_live_deflate_ratio",
                                      kAnywhere | NGX_CONF_TAKE1),
    {ngx_null_string, 0, nullptr, 0, 0, nullptr},
};

}  // namespace trestle::http
