// The directives of a trestle_database block that concern its connections.
#include "base/text.h"
#include "http/database.h"

namespace trestle::http {

namespace {

using Values = std::span<ngx_str_t>;

bool set_count(ngx_conf_t* cf, const ngx_str_t& word, std::size_t least,
               std::size_t& target) {
  std::optional<std::size_t> value = parse_count(view(word));
  if (!value || *value < least) {
    log_invalid(cf, word, least == 0 ? "a number" : "a number of at least 1");
    return false;
  }
  target = *value;
  return true;
}

bool set_time(ngx_conf_t* cf, const ngx_str_t& word, pg::Milliseconds& target) {
  std::optional<ngx_msec_t> value = parse_ms(view(word));
  if (!value) {
    log_invalid(cf, word, "a time as 500ms, 30s or 1h");
    return false;
  }
  target = *value;
  return true;
}

std::optional<pg::Conninfo> read_conninfo(ngx_conf_t* cf,
                                          const ngx_str_t& word) {
  Result<pg::Conninfo> conninfo = pg::parse_conninfo(view(word));
  if (conninfo.ok()) return std::move(conninfo).value();
  log_here(cf, conninfo.error());
  return std::nullopt;
}

// primary "conninfo": libpq's lists of servers, too
bool set_primary(ngx_conf_t* cf, DatabaseDraft& draft, Values values) {
  Result<std::vector<pg::Conninfo>> servers =
      pg::parse_conninfos(view(values[0]));
  if (!servers.ok()) {
    log_here(cf, servers.error());
    return false;
  }
  pg::PoolConfig& pool = draft.database.pool;
  pool.primary = std::move(servers->front());
  if (servers->size() > 1) pool.primary.weight = 0;
  // Any of them may become the primary; reads are not sent to the others.
  for (std::size_t i = 1; i < servers->size(); i++) {
    (*servers)[i].weight = 0;
    pool.replicas.push_back(std::move((*servers)[i]));
  }
  return true;
}

// replica "conninfo" [weight=N] [max_lag=TIME]
bool set_replica(ngx_conf_t* cf, DatabaseDraft& draft, Values values) {
  std::optional<pg::Conninfo> conninfo = read_conninfo(cf, values[0]);
  if (!conninfo) return false;
  for (const ngx_str_t& word : values.subspan(1)) {
    if (auto weight = option_value(word, "weight")) {
      auto value = parse_count(*weight);
      if (!value || *value > 1000) {
        log_invalid(cf, word, "weight=0 to weight=1000");
        return false;
      }
      conninfo->weight = static_cast<int>(*value);
    } else if (auto lag = option_value(word, "max_lag")) {
      auto value = parse_ms(*lag);
      if (!value) {
        log_invalid(cf, word, "a time as max_lag=10s");
        return false;
      }
      conninfo->max_lag_ms = static_cast<unsigned>(*value);
    } else {
      log_invalid(cf, word, "weight= or max_lag=");
      return false;
    }
  }
  draft.database.pool.replicas.push_back(std::move(*conninfo));
  return true;
}

bool set_password_file(ngx_conf_t* cf, DatabaseDraft& draft, Values values) {
  std::optional<std::string> content = read_named_file(cf, view(values[0]));
  if (!content) return false;
  draft.password = trim(*content);
  if (!draft.password.empty()) return true;
  log_here(cf, concat({"no password in \"", view(values[0]), "\""}));
  return false;
}

// pool_size N [min_idle=N]
bool set_pool_size(ngx_conf_t* cf, DatabaseDraft& draft, Values values) {
  pg::PoolConfig& pool = draft.database.pool;
  if (!set_count(cf, values[0], 1, pool.pool_size)) return false;
  if (values.size() == 1) return true;
  auto min_idle = option_value(values[1], "min_idle");
  auto value = min_idle ? parse_count(*min_idle) : std::nullopt;
  if (!value) {
    log_invalid(cf, values[1], "min_idle=<number>");
    return false;
  }
  pool.min_idle = *value;
  return true;
}

// queue [size=N] [timeout=TIME] [standing=TIME]
bool set_queue(ngx_conf_t* cf, DatabaseDraft& draft, Values values) {
  pg::PoolConfig& pool = draft.database.pool;
  for (const ngx_str_t& word : values) {
    if (auto size = option_value(word, "size")) {
      if (auto value = parse_count(*size)) {
        pool.queue_size = *value;
        continue;
      }
    } else if (auto timeout = option_value(word, "timeout")) {
      if (auto value = parse_ms(*timeout)) {
        pool.queue_timeout = *value;
        continue;
      }
    } else if (auto standing = option_value(word, "standing")) {
      if (auto value = parse_ms(*standing)) {
        pool.queue_standing = *value;
        continue;
      }
    }
    log_invalid(cf, word, "size=<number>, timeout=<time> or standing=<time>");
    return false;
  }
  return true;
}

template <std::size_t pg::PoolConfig::*Member, std::size_t Least>
bool set_number(ngx_conf_t* cf, DatabaseDraft& draft, Values values) {
  return set_count(cf, values[0], Least, draft.database.pool.*Member);
}

template <pg::Milliseconds pg::PoolConfig::*Member>
bool set_duration(ngx_conf_t* cf, DatabaseDraft& draft, Values values) {
  return set_time(cf, values[0], draft.database.pool.*Member);
}

bool set_session_scrub(ngx_conf_t* cf, DatabaseDraft& draft, Values values) {
  using Scrub = pg::PoolConfig::Scrub;
  Scrub& scrub = draft.database.pool.scrub;
  std::string_view word = view(values[0]);
  if (word == "auto") {
    scrub = Scrub::automatic;
  } else if (word == "on") {
    scrub = Scrub::always;
  } else if (word == "off") {
    scrub = Scrub::never;
  } else {
    log_invalid(cf, values[0], "auto, on or off");
    return false;
  }
  return true;
}

bool set_read_your_writes(ngx_conf_t* cf, DatabaseDraft& draft, Values values) {
  const std::optional<bool> value = parse_flag(view(values[0]));
  if (!value) {
    log_invalid(cf, values[0], "on or off");
    return false;
  }
  draft.database.pool.read_your_writes = *value;
  return true;
}

bool set_pooler(ngx_conf_t* cf, DatabaseDraft& draft, Values values) {
  std::string_view word = view(values[0]);
  if (word != "none" && word != "transaction") {
    log_invalid(cf, values[0], "none or transaction");
    return false;
  }
  draft.database.pool.transaction_pooler = word == "transaction";
  return true;
}

template <std::vector<std::string> Database::*Member>
bool set_names(ngx_conf_t*, DatabaseDraft& draft, Values values) {
  for (const ngx_str_t& value : values)
    (draft.database.*Member).emplace_back(view(value));
  return true;
}

constexpr std::size_t kMany = 64;

using Config = pg::PoolConfig;

constexpr DatabaseKey kKeys[] = {
    {"primary", 1, 1, false, set_primary},
    {"replica", 1, 3, true, set_replica},
    {"read_your_writes", 1, 1, false, set_read_your_writes},
    {"password_file", 1, 1, false, set_password_file},
    {"pool_size", 1, 2, false, set_pool_size},
    {"queue", 1, 3, false, set_queue},
    {"pipeline", 1, 1, false, set_number<&Config::pipeline, 1>},
    {"max_streaming", 1, 1, false, set_number<&Config::max_streaming, 1>},
    {"head_of_line", 1, 1, false, set_duration<&Config::head_of_line>},
    {"connect_timeout", 1, 1, false, set_duration<&Config::connect_timeout>},
    {"query_timeout", 1, 1, false, set_duration<&Config::query_timeout>},
    {"idle_timeout", 1, 1, false, set_duration<&Config::idle_timeout>},
    {"max_lifetime", 1, 1, false, set_duration<&Config::max_lifetime>},
    {"statement_cache", 1, 1, false, set_number<&Config::statement_cache, 0>},
    {"session_scrub", 1, 1, false, set_session_scrub},
    {"pooler", 1, 1, false, set_pooler},
    {"schemas", 1, kMany, false, set_names<&Database::schemas>},
    {"extra_search_path", 1, kMany, false,
     set_names<&Database::extra_search_path>},
};

}  // namespace

std::span<const DatabaseKey> pool_keys() { return kKeys; }

}  // namespace trestle::http
