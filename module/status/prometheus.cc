// The report as Prometheus reads it: one family a number, with its HELP and
// TYPE, labels escaped as the format says.
#include "base/text.h"
#include "status/report.h"

namespace trestle::status {

namespace {

// `\`, `"` and line feeds are escaped in a label's value.
std::string label(std::string_view name, std::string_view value) {
  std::string text = concat({name, "=\""});
  for (char c : value) {
    if (c == '\n') {
      text += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') text += '\\';
    text += c;
  }
  return text + '"';
}

class Writer {
 public:
  void family(std::string_view name, std::string_view type,
              std::string_view help) {
    name_ = name;
    out_ += concat(
        {"# HELP ", name, " ", help, "\n# TYPE ", name, " ", type, "\n"});
  }
  void sample(std::string_view labels, std::string_view value,
              std::string_view suffix = "") {
    out_ += concat({name_, suffix});
    if (!labels.empty()) out_ += concat({"{", labels, "}"});
    out_ += concat({" ", value, "\n"});
  }
  void sample(std::string_view labels, std::uint64_t value,
              std::string_view suffix = "") {
    sample(labels, std::to_string(value), suffix);
  }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  std::string name_;
  std::string out_;
};

// Seconds without rounding: as many digits as microseconds need.
std::string seconds(std::uint64_t us) {
  std::string text = std::to_string(us / 1'000'000);
  if (us % 1'000'000 == 0) return text;
  std::string rest = std::to_string(1'000'000 + us % 1'000'000).substr(1);
  rest.erase(rest.find_last_not_of('0') + 1);
  return text + "." + rest;
}

std::string labels_of(const LocationReport& location) {
  return concat({label("server", location.server), ",",
                 label("location", location.location), ",",
                 label("handler", location.handler)});
}

void write_latency(Writer& writer, const LocationReport& location) {
  const std::string labels = labels_of(location);
  std::uint64_t passed = 0;
  for (std::size_t i = 0; i < kLatencyBuckets; i++) {
    passed += location.latency[i];
    const std::string bound = i < kLatencyBounds.size()
                                  ? seconds(kLatencyBounds[i])
                                  : std::string("+Inf");
    writer.sample(concat({labels, ",", label("le", bound)}), passed, "_bucket");
  }
  writer.sample(labels, seconds(location.latency_sum_us), "_sum");
  writer.sample(labels, passed, "_count");
}

void write_locations(Writer& writer, const Report& report) {
  constexpr std::array<std::string_view, kStatusClasses> kClasses = {
      "1xx", "2xx", "3xx", "4xx", "5xx"};
  writer.family("trestle_requests_total", "counter",
                "Requests that have ended, by class of their status.");
  for (const LocationReport& location : report.locations)
    for (std::size_t i = 0; i < kStatusClasses; i++)
      writer.sample(
          concat({labels_of(location), ",", label("status", kClasses[i])}),
          location.by_class[i]);
  writer.family("trestle_request_duration_seconds", "histogram",
                "From a request's head to the end of its answer.");
  for (const LocationReport& location : report.locations)
    write_latency(writer, location);
}

struct Number {
  std::string_view name;
  std::string_view type;
  std::string_view help;
  std::uint64_t DatabaseReport::*member;
};

constexpr Number kNumbers[] = {
    {"trestle_pool_waiting", "gauge", "Requests in the queue of a database.",
     &DatabaseReport::waiting},
    {"trestle_pool_statements", "gauge",
     "Prepared statements of all connections together.",
     &DatabaseReport::prepared},
    {"trestle_database_away", "gauge",
     "Workers that cannot reach the database.", &DatabaseReport::away},
    {"trestle_catalog_generation", "gauge",
     "Of the worker whose catalog is oldest; 0: none has been read.",
     &DatabaseReport::catalog_generation},
    {"trestle_database_runs_total", "counter",
     "Plans that have run, well or not.", &DatabaseReport::runs},
    {"trestle_database_failures_total", "counter",
     "Plans that have ended with an error.", &DatabaseReport::failures},
    {"trestle_database_refused_total", "counter",
     "Plans refused: full queue, deadline, database away.",
     &DatabaseReport::refused},
    {"trestle_database_cancels_total", "counter",
     "Statements cancelled: the client had left, or they took too long.",
     &DatabaseReport::cancels},
    {"trestle_database_connects_total", "counter", "Connections made.",
     &DatabaseReport::connects},
    {"trestle_database_connect_failures_total", "counter",
     "Connections that could not be made.", &DatabaseReport::connect_failures},
    {"trestle_database_prepares_total", "counter",
     "Statements prepared, as their connection did not know them yet.",
     &DatabaseReport::prepares},
    {"trestle_cache_hits_total", "counter",
     "Answers that were given from the cache.", &DatabaseReport::cache_hits},
    {"trestle_cache_misses_total", "counter",
     "Answers that were not in the cache, or had changed.",
     &DatabaseReport::cache_misses},
    {"trestle_cache_bypassed_total", "counter",
     "Answers past the cache: they cannot be kept, or the feed is not healthy.",
     &DatabaseReport::cache_bypassed},
    {"trestle_cache_dropped_total", "counter",
     "Answers that were found in the cache and had changed.",
     &DatabaseReport::cache_dropped},
};

void write_databases(Writer& writer, const Report& report) {
  constexpr std::pair<std::string_view, std::uint64_t DatabaseReport::*>
      kStates[] = {{"idle", &DatabaseReport::idle},
                   {"busy", &DatabaseReport::busy},
                   {"connecting", &DatabaseReport::connecting},
                   {"canceling", &DatabaseReport::canceling},
                   {"closing", &DatabaseReport::closing}};
  writer.family("trestle_pool_connections", "gauge",
                "Connections of all workers to a database, by their state.");
  for (const DatabaseReport& database : report.databases)
    for (const auto& [state, member] : kStates)
      writer.sample(concat({label("database", database.name), ",",
                            label("state", state)}),
                    database.*member);
  for (const Number& number : kNumbers) {
    writer.family(number.name, number.type, number.help);
    for (const DatabaseReport& database : report.databases)
      writer.sample(label("database", database.name), database.*number.member);
  }
}

void write_servers(Writer& writer, const Report& report) {
  const auto write = [&](std::string_view name, std::string_view help,
                         auto&& add) {
    writer.family(name, "gauge", help);
    for (const DatabaseReport& database : report.databases)
      for (std::size_t i = 0; i < database.hosts.size(); i++)
        add(concat({label("database", database.name), ",",
                    label("server", std::to_string(i + 1))}),
            database.hosts[i]);
  };
  write("trestle_database_server_role",
        "What each of several servers is, in the configuration's order.",
        [&](const std::string& labels, const HostReport& host) {
          writer.sample(concat({labels, ",", label("role", host.role)}), 1);
        });
  write("trestle_database_server_lag_seconds",
        "How far a standby is behind the primary.",
        [&](const std::string& labels, const HostReport& host) {
          writer.sample(labels, seconds(host.lag_ms * 1'000));
        });
}

void write_feeds(Writer& writer, const Report& report) {
  const auto write = [&](std::string_view name, std::string_view type,
                         std::string_view help, auto&& value) {
    writer.family(name, type, help);
    for (const FeedReport& feed : report.feeds)
      writer.sample(label("database", feed.database), value(feed));
  };
  write("trestle_feed_running", "gauge", "Whether the change feed runs.",
        [](const FeedReport& f) {
          return std::uint64_t{f.state == "running" ? 1U : 0U};
        });
  write("trestle_feed_commits_total", "counter",
        "Transactions that the feed has told.",
        [](const FeedReport& f) { return f.commits; });
  write("trestle_feed_gaps_total", "counter", "Times that changes were missed.",
        [](const FeedReport& f) { return f.gaps; });
  write("trestle_feed_lag_seconds", "gauge",
        "From the last commit until it was written into the ring.",
        [](const FeedReport& f) { return seconds(f.lag_us); });
}

void write_live_memory(Writer& writer, const LiveMemoryReport& memory) {
  writer.family("trestle_live_memory_size_bytes", "gauge",
                "Of trestle_live_memory.");
  writer.sample("", memory.size);
  writer.family("trestle_live_memory_written_bytes_total", "counter",
                "Bytes of messages and changes that have passed through it.");
  writer.sample("", memory.written);
}

void write_cache(Writer& writer, const CacheReport& cache) {
  const auto write = [&](std::string_view name, std::string_view type,
                         std::string_view help, std::uint64_t value) {
    writer.family(name, type, help);
    writer.sample("", value);
  };
  write("trestle_cache_entries", "gauge", "Answers that are kept.",
        cache.entries);
  write("trestle_cache_bytes", "gauge", "Bytes of them, with their keys.",
        cache.bytes);
  write("trestle_cache_size_bytes", "gauge", "Of trestle_cache_zone.",
        cache.size);
  write("trestle_cache_evicted_total", "counter",
        "Answers that had to make room for others.", cache.evicted);
}

}  // namespace

std::string prometheus_report(const Report& report) {
  Writer writer;
  writer.family("trestle_build_info", "gauge", "The module's version.");
  writer.sample(label("version", report.version), 1);
  writer.family("trestle_workers", "gauge", "Worker processes.");
  writer.sample("", report.workers.size());
  write_databases(writer, report);
  write_servers(writer, report);
  write_locations(writer, report);
  write_feeds(writer, report);
  if (report.cache) write_cache(writer, *report.cache);
  writer.family("trestle_live_connections", "gauge",
                "Open live connections of all workers.");
  writer.sample(label("kind", "websocket"), report.websockets);
  writer.sample(label("kind", "event_stream"), report.event_streams);
  if (report.live_memory) write_live_memory(writer, *report.live_memory);
  return writer.take();
}

}  // namespace trestle::status
