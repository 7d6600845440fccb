#include "status/report.h"

#include <cmath>
#include <numeric>

#include "base/json.h"

namespace trestle::status {

namespace {

constexpr std::array<std::string_view, kStatusClasses> kClassNames = {
    "1xx", "2xx", "3xx", "4xx", "5xx"};

void write(JsonWriter& json, std::string_view name, std::uint64_t value) {
  json.key(name).number(static_cast<std::int64_t>(value));
}

void write(JsonWriter& json, const DatabaseReport& database) {
  json.begin_object();
  json.key("name").string(database.name);
  write(json, "pool_size", database.pool_size);
  write(json, "idle", database.idle);
  write(json, "busy", database.busy);
  write(json, "connecting", database.connecting);
  write(json, "canceling", database.canceling);
  write(json, "closing", database.closing);
  write(json, "waiting", database.waiting);
  write(json, "prepared", database.prepared);
  write(json, "away", database.away);
  write(json, "catalog_generation", database.catalog_generation);
  write(json, "runs", database.runs);
  write(json, "failures", database.failures);
  write(json, "refused", database.refused);
  write(json, "cancels", database.cancels);
  write(json, "connects", database.connects);
  write(json, "connect_failures", database.connect_failures);
  write(json, "prepares", database.prepares);
  write(json, "cache_hits", database.cache_hits);
  write(json, "cache_misses", database.cache_misses);
  write(json, "cache_bypassed", database.cache_bypassed);
  write(json, "cache_dropped", database.cache_dropped);
  if (!database.hosts.empty()) {
    json.key("servers").begin_array();
    for (const HostReport& host : database.hosts) {
      json.begin_object().key("role").string(host.role);
      write(json, "lag_ms", host.lag_ms);
      json.end_object();
    }
    json.end_array();
  }
  json.end_object();
}

// A quantile in milliseconds; null: above what is measured.
void write_quantile(JsonWriter& json, std::string_view name,
                    const LocationReport& location, double q) {
  const std::uint64_t us = location.quantile_us(q);
  json.key(name);
  if (us == UINT64_MAX) {
    json.null();
  } else {
    json.raw(milliseconds(us));
  }
}

void write(JsonWriter& json, const LocationReport& location) {
  json.begin_object();
  json.key("server").string(location.server);
  json.key("location").string(location.location);
  json.key("handler").string(location.handler);
  write(json, "requests", location.requests());
  json.key("by_status").begin_object();
  for (std::size_t i = 0; i < kStatusClasses; i++)
    write(json, kClassNames[i], location.by_class[i]);
  json.end_object();
  write_quantile(json, "p50_ms", location, 0.5);
  write_quantile(json, "p99_ms", location, 0.99);
  json.end_object();
}

void write(JsonWriter& json, const FeedReport& feed) {
  json.begin_object();
  json.key("database").string(feed.database);
  json.key("state").string(feed.state);
  if (!feed.problem.empty()) json.key("problem").string(feed.problem);
  json.key("written").string(feed.written);
  write(json, "commits", feed.commits);
  write(json, "gaps", feed.gaps);
  json.key("lag_ms").raw(milliseconds(feed.lag_us));
  json.end_object();
}

void write(JsonWriter& json, const CacheReport& cache) {
  json.begin_object();
  write(json, "size", cache.size);
  write(json, "entries", cache.entries);
  write(json, "bytes", cache.bytes);
  write(json, "evicted", cache.evicted);
  json.end_object();
}

}  // namespace

std::uint64_t LocationReport::requests() const {
  return std::accumulate(by_class.begin(), by_class.end(), std::uint64_t{0});
}

std::uint64_t LocationReport::quantile_us(double q) const {
  const std::uint64_t all =
      std::accumulate(latency.begin(), latency.end(), std::uint64_t{0});
  if (all == 0) return 0;
  const auto rank =
      static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(all)));
  std::uint64_t passed = 0;
  for (std::size_t i = 0; i < kLatencyBounds.size(); i++) {
    passed += latency[i];
    if (passed >= rank) return kLatencyBounds[i];
  }
  return UINT64_MAX;
}

std::string milliseconds(std::uint64_t us) {
  std::string text = std::to_string(us / 1'000);
  if (us % 1'000 == 0) return text;
  std::string rest = std::to_string(1'000 + us % 1'000).substr(1);
  rest.erase(rest.find_last_not_of('0') + 1);
  return text + "." + rest;
}

std::string json_report(const Report& report) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.key("version").string(report.version);
  json.key("workers").begin_array();
  for (std::int64_t worker : report.workers) json.number(worker);
  json.end_array();
  json.key("databases").begin_array();
  for (const DatabaseReport& database : report.databases) write(json, database);
  json.end_array();
  json.key("locations").begin_array();
  for (const LocationReport& location : report.locations) write(json, location);
  json.end_array();
  json.key("feeds").begin_array();
  for (const FeedReport& feed : report.feeds) write(json, feed);
  json.end_array();
  if (report.cache) {
    json.key("cache");
    write(json, *report.cache);
  }
  json.key("live").begin_object();
  write(json, "websockets", report.websockets);
  write(json, "event_streams", report.event_streams);
  if (report.live_memory) {
    write(json, "memory_size", report.live_memory->size);
    write(json, "memory_written", report.live_memory->written);
  }
  json.end_object().end_object();
  return text;
}

}  // namespace trestle::status
