#include "http/variables.h"

#include "base/json.h"
#include "http/context.h"

namespace trestle::http {

namespace {

using Value = ngx_http_variable_value_t;

// The text of one variable, or nullopt: not found.
using Getter = std::optional<std::string> (*)(const RequestContext& context,
                                              std::string_view rest);

struct Variable {
  std::string_view name;
  ngx_uint_t flags;
  Getter get;
};

std::optional<std::string> claim(const RequestContext& context,
                                 std::string_view name) {
  if (!context.identity || !context.identity->authenticated())
    return std::nullopt;
  const rapidjson::Document& claims = context.identity->claims->document;
  rapidjson::Value::StringRefType key(
      name.data(), static_cast<rapidjson::SizeType>(name.size()));
  auto member = claims.FindMember(rapidjson::Value(key));
  if (member == claims.MemberEnd() || member->value.IsNull())
    return std::nullopt;
  if (member->value.IsString()) return std::string(json_text(member->value));
  std::string text;
  append_json(text, member->value);
  return text;
}

std::optional<std::string> role(const RequestContext& context,
                                std::string_view) {
  if (!context.identity) return std::nullopt;
  return context.identity->role;
}

std::optional<std::string> subject(const RequestContext& context,
                                   std::string_view) {
  return claim(context, "sub");
}

std::optional<std::string> database(const RequestContext& context,
                                    std::string_view) {
  if (context.database == nullptr) return std::nullopt;
  return context.database->name;
}

std::optional<std::string> sqlstate(const RequestContext& context,
                                    std::string_view) {
  if (context.sqlstate.empty()) return std::nullopt;
  return context.sqlstate;
}

std::optional<std::string> error(const RequestContext& context,
                                 std::string_view) {
  if (context.error_code.empty()) return std::nullopt;
  return context.error_code;
}

std::optional<std::string> statement(const RequestContext& context,
                                     std::string_view) {
  if (context.statement == nullptr || context.statement->name.empty())
    return std::nullopt;
  return context.statement->name;
}

std::optional<std::string> cache_status(const RequestContext& context,
                                        std::string_view) {
  if (context.cache_status.empty()) return std::nullopt;
  return std::string(context.cache_status);
}

std::optional<std::string> rows(const RequestContext& context,
                                std::string_view) {
  if (!context.stats) return std::nullopt;
  std::string text;
  append_number(text, static_cast<std::int64_t>(context.stats->rows));
  return text;
}

// Seconds with milliseconds, as $request_time.
std::optional<std::string> seconds(std::uint64_t us) {
  u_char text[NGX_INT_T_LEN + 8];
  u_char* end =
      ngx_sprintf(text, "%uL.%03uL", us / 1'000'000, us / 1'000 % 1'000);
  return std::string(reinterpret_cast<char*>(text),
                     static_cast<std::size_t>(end - text));
}

std::optional<std::string> database_time(const RequestContext& context,
                                         std::string_view) {
  if (!context.stats) return std::nullopt;
  return seconds(context.stats->database_us);
}

std::optional<std::string> queue_time(const RequestContext& context,
                                      std::string_view) {
  if (!context.stats) return std::nullopt;
  return seconds(context.stats->queue_us);
}

constexpr ngx_uint_t kChanging = NGX_HTTP_VAR_NOCACHEABLE;

constexpr Variable kVariables[] = {
    {"trestle_role", kChanging, role},
    {"trestle_sub", kChanging, subject},
    {"trestle_database", kChanging, database},
    {"trestle_error", kChanging, error},
    {"trestle_sqlstate", kChanging, sqlstate},
    {"trestle_statement", kChanging, statement},
    {"trestle_rows", kChanging, rows},
    {"trestle_cache_status", kChanging, cache_status},
    {"trestle_db_time", kChanging, database_time},
    {"trestle_queue_time", kChanging, queue_time},
};

constexpr std::string_view kClaimPrefix = "trestle_claim_";

void set_value(ngx_http_request_t* r, Value* value,
               const std::optional<std::string>& text) {
  value->not_found = 1;
  if (!text) return;
  ngx_str_t copy = pool_copy(r->pool, *text);
  if (copy.data == nullptr) return;
  value->data = copy.data;
  value->len = static_cast<unsigned>(copy.len);
  value->valid = 1;
  value->no_cacheable = 0;
  value->not_found = 0;
}

ngx_int_t get_value(ngx_http_request_t* r, Value* value,
                    uintptr_t data) noexcept {
  return guard(r->connection->log, ngx_int_t{NGX_ERROR}, [&] {
    const auto* variable = reinterpret_cast<const Variable*>(data);
    const RequestContext* context = find_context(r);
    set_value(r, value,
              context != nullptr ? variable->get(*context, {}) : std::nullopt);
    return ngx_int_t{NGX_OK};
  });
}

// $trestle_claim_NAME: `data` is the whole name.
ngx_int_t get_claim(ngx_http_request_t* r, Value* value,
                    uintptr_t data) noexcept {
  return guard(r->connection->log, ngx_int_t{NGX_ERROR}, [&] {
    std::string_view name = view(*reinterpret_cast<const ngx_str_t*>(data));
    const RequestContext* context = find_context(r);
    set_value(r, value,
              context != nullptr
                  ? claim(*context, name.substr(kClaimPrefix.size()))
                  : std::nullopt);
    return ngx_int_t{NGX_OK};
  });
}

bool add(ngx_conf_t* cf, std::string_view name, ngx_uint_t flags,
         ngx_http_get_variable_pt get, const void* data) {
  ngx_str_t borrowed = pool_copy(cf->pool, name);
  ngx_http_variable_t* variable = ngx_http_add_variable(cf, &borrowed, flags);
  if (variable == nullptr) return false;
  variable->get_handler = get;
  variable->data = reinterpret_cast<uintptr_t>(data);
  return true;
}

}  // namespace

bool add_variables(ngx_conf_t* cf) {
  for (const Variable& variable : kVariables)
    if (!add(cf, variable.name, variable.flags, get_value, &variable))
      return false;
  return add(cf, kClaimPrefix, NGX_HTTP_VAR_PREFIX | kChanging, get_claim,
             nullptr);
}

}  // namespace trestle::http
