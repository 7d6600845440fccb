// trestle_rest database [option=value ...]: the options of the REST front-end
// (docs/directives/trestle_rest.md), from words to a RestConfig.
#include <array>
#include <charconv>

#include "base/text.h"
#include "http/directive.h"
#include "http/handlers.h"
#include "rest/rest.h"

namespace trestle::http {

namespace {

using rest::RestConfig;

std::vector<std::string> parse_list(std::string_view text) {
  std::vector<std::string> list;
  if (text.empty()) return list;
  for (std::string_view part : split(text, ',')) list.emplace_back(part);
  return list;
}

bool set_flag(bool& target, std::string_view text) {
  std::optional<bool> value = parse_flag(text);
  if (value) target = *value;
  return value.has_value();
}

bool set_schema(RestConfig& config, std::string_view text) {
  config.schemas = parse_list(text);
  return !config.schemas.empty();
}
bool set_search_path(RestConfig& config, std::string_view text) {
  config.extra_search_path = parse_list(text);
  return true;
}
bool set_pre_request(RestConfig& config, std::string_view text) {
  config.pre_request = text;
  return !text.empty();
}
bool set_root(RestConfig& config, std::string_view text) {
  config.root_function = text;
  return !text.empty();
}
bool set_max_rows(RestConfig& config, std::string_view text) {
  std::int64_t rows = 0;
  auto [end, problem] =
      std::from_chars(text.data(), text.data() + text.size(), rows);
  if (problem != std::errc() || end != text.data() + text.size() || rows < 0)
    return false;
  config.max_rows = rows;
  return true;
}
bool set_tx_end(RestConfig& config, std::string_view text) {
  using rest::TxEnd;
  if (text == "commit")
    config.tx_end = TxEnd::commit;
  else if (text == "commit-allow-override")
    config.tx_end = TxEnd::commit_allow_override;
  else if (text == "rollback")
    config.tx_end = TxEnd::rollback;
  else if (text == "rollback-allow-override")
    config.tx_end = TxEnd::rollback_allow_override;
  else
    return false;
  return true;
}
bool set_aggregates(RestConfig& config, std::string_view text) {
  return set_flag(config.aggregates, text);
}
bool set_plan(RestConfig& config, std::string_view text) {
  return set_flag(config.plan, text);
}
bool set_prepared(RestConfig& config, std::string_view text) {
  return set_flag(config.prepared, text);
}
bool set_target_names(RestConfig& config, std::string_view text) {
  return set_flag(config.legacy_target_names, text);
}
bool set_server_timing(RestConfig& config, std::string_view text) {
  return set_flag(config.server_timing, text);
}
bool set_etag(RestConfig& config, std::string_view text) {
  return set_flag(config.etag, text);
}
bool set_errors(RestConfig& config, std::string_view text) {
  config.verbose_errors = text == "verbose";
  return text == "verbose" || text == "minimal";
}
bool set_openapi(RestConfig& config, std::string_view text) {
  using rest::OpenApiMode;
  if (text == "follow-privileges")
    config.openapi = OpenApiMode::follow_privileges;
  else if (text == "ignore-privileges")
    config.openapi = OpenApiMode::ignore_privileges;
  else if (text == "disabled" || text == "off")
    config.openapi = OpenApiMode::disabled;
  else
    return false;
  return true;
}
bool set_openapi_security(RestConfig& config, std::string_view text) {
  return set_flag(config.openapi_security, text);
}
bool set_openapi_url(RestConfig& config, std::string_view text) {
  config.openapi_proxy_uri = text;
  return text.starts_with("http://") || text.starts_with("https://");
}
bool set_cors(RestConfig& config, std::string_view text) {
  config.cors_origins = parse_list(text);
  return !config.cors_origins.empty();
}
bool set_trace_header(RestConfig& config, std::string_view text) {
  config.trace_header = text;
  return !text.empty();
}
bool set_setting(RestConfig& config, std::string_view text) {
  std::size_t equal = text.find('=');
  if (equal == std::string_view::npos || equal == 0) return false;
  config.app_settings.push_back({std::string(text.substr(0, equal)),
                                 std::string(text.substr(equal + 1))});
  return true;
}
bool set_hoist(RestConfig& config, std::string_view text) {
  config.hoisted_settings = parse_list(text);
  return true;
}

struct Option {
  std::string_view name;
  bool (*set)(RestConfig& config, std::string_view value);
  bool repeatable = false;
};

constexpr std::array<Option, 20> kOptions = {{
    {"schema", set_schema},
    {"search_path", set_search_path},
    {"pre_request", set_pre_request},
    {"root", set_root},
    {"max_rows", set_max_rows},
    {"tx_end", set_tx_end},
    {"aggregates", set_aggregates},
    {"plan", set_plan},
    {"prepared", set_prepared},
    {"legacy_target_names", set_target_names},
    {"server_timing", set_server_timing},
    {"errors", set_errors},
    {"etag", set_etag},
    {"openapi", set_openapi},
    {"openapi_security", set_openapi_security},
    {"openapi_url", set_openapi_url},
    {"cors", set_cors},
    {"trace_header", set_trace_header},
    {"setting", set_setting, true},
    {"hoist", set_hoist},
}};

Result<void> apply(RestConfig& config, std::string_view word,
                   std::vector<std::string_view>& seen) {
  std::size_t equal = word.find('=');
  std::string_view name = word.substr(0, equal);
  for (const Option& option : kOptions) {
    if (option.name.empty() || option.name != name ||
        equal == std::string_view::npos)
      continue;
    for (std::string_view other : seen)
      if (other == name && !option.repeatable)
        return bad_directive(concat({"duplicate parameter \"", word, "\""}));
    seen.push_back(name);
    if (option.set(config, word.substr(equal + 1))) return {};
    break;
  }
  return bad_directive(concat({"invalid parameter \"", word, "\""}));
}

Result<std::unique_ptr<Frontend>> make_rest(const HandlerArguments& arguments) {
  const Database& database = arguments.database;
  RestConfig config;
  config.base_path = base_path(arguments.cf);
  config.anonymous_role = database.identity.anonymous_role;
  if (database.auth != nullptr)
    config.anonymous_role = database.auth->config().anonymous_role;
  if (!database.schemas.empty()) config.schemas = database.schemas;
  if (!database.extra_search_path.empty())
    config.extra_search_path = database.extra_search_path;
  config.show_sql = arguments.location.dev == 1;
  std::vector<std::string_view> seen;
  for (const std::string& word : arguments.words) {
    Result<void> applied = apply(config, word, seen);
    if (!applied.ok()) return std::move(applied).error();
  }
  return std::unique_ptr<Frontend>(
      std::make_unique<rest::RestFrontend>(std::move(config)));
}

}  // namespace

const HandlerKind kRestHandler = {.directive = "trestle_rest",
                                  .usage = "database [option=value ...]",
                                  .min_words = 0,
                                  .make = make_rest};

}  // namespace trestle::http
