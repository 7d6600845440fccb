#include "http/status_worker.h"

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "base/version.h"
#include "base/wal_position.h"
#include "http/context.h"
#include "http/live_zone.h"
#include "http/runtime.h"
#include "http/slab_table.h"

namespace trestle::http {

namespace {

// How old the gauges of a worker that is at work may be.
constexpr pg::Milliseconds kPublishDelay = 250;

bool is_alive(std::int32_t pid) { return kill(pid, 0) == 0 || errno == EPERM; }

std::size_t take_place(std::span<StatusPlace> places) {
  const auto own = static_cast<std::int32_t>(ngx_pid);
  for (std::size_t i = 0; i < places.size(); i++) {
    std::int32_t holder = places[i].pid.load();
    if (holder != 0 && is_alive(holder)) continue;
    if (places[i].pid.compare_exchange_strong(holder, own)) return i;
  }
  return kStatusPlaces;
}

void set(status::Counter& gauge, std::uint64_t value) {
  gauge.store(value, std::memory_order_relaxed);
}

std::uint64_t get(const status::Counter& counter) {
  return counter.load(std::memory_order_relaxed);
}

void clear(status::PoolGauges& gauges) {
  for (status::Counter* gauge :
       {&gauges.idle, &gauges.busy, &gauges.connecting, &gauges.canceling,
        &gauges.closing, &gauges.waiting, &gauges.prepared,
        &gauges.catalog_generation, &gauges.away})
    set(*gauge, 0);
}

void add_gauges(status::DatabaseReport& report,
                const status::PoolGauges& gauges) {
  report.idle += get(gauges.idle);
  report.busy += get(gauges.busy);
  report.connecting += get(gauges.connecting);
  report.canceling += get(gauges.canceling);
  report.closing += get(gauges.closing);
  report.waiting += get(gauges.waiting);
  report.prepared += get(gauges.prepared);
  report.away += get(gauges.away);
  const std::uint64_t generation = get(gauges.catalog_generation);
  if (generation != 0 && (report.catalog_generation == 0 ||
                          generation < report.catalog_generation))
    report.catalog_generation = generation;
}

status::DatabaseReport report_of(const Database& database,
                                 const status::DatabaseCounters& counters) {
  status::DatabaseReport report;
  report.name = database.name;
  report.pool_size = database.pool.pool_size;
  report.runs = get(counters.runs);
  report.failures = get(counters.failures);
  report.refused = get(counters.refused);
  report.cancels = get(counters.cancels);
  report.connects = get(counters.connects);
  report.connect_failures = get(counters.connect_failures);
  report.prepares = get(counters.prepares);
  report.cache_hits = get(counters.cache_hits);
  report.cache_misses = get(counters.cache_misses);
  report.cache_bypassed = get(counters.cache_bypassed);
  report.cache_dropped = get(counters.cache_dropped);
  if (database.pool.replicas.empty()) return report;
  const std::size_t hosts =
      std::min(1 + database.pool.replicas.size(), status::kMaxHosts);
  for (std::size_t i = 0; i < hosts; i++) {
    const auto sight = status::HostSight::unpacked(get(counters.hosts[i]));
    report.hosts.push_back(
        {text_of(static_cast<pg::HostState::Role>(sight.role)), sight.lag_ms});
  }
  return report;
}

status::LocationReport report_of(const StatusLocation& location,
                                 const status::LocationCounters& counters) {
  status::LocationReport report;
  report.server = location.server;
  report.location = location.location;
  report.handler = location.handler;
  for (std::size_t i = 0; i < status::kStatusClasses; i++)
    report.by_class[i] = get(counters.by_class[i]);
  for (std::size_t i = 0; i < status::kLatencyBuckets; i++)
    report.latency[i] = get(counters.latency[i]);
  report.latency_sum_us = get(counters.latency_sum_us);
  return report;
}

constexpr std::string_view kStateNames[] = {"starting", "running", "polling",
                                            "failed"};

status::FeedReport report_of(const Database& database,
                             const live::ChangeRouter& changes,
                             const FeedState* state) {
  status::FeedReport report;
  report.database = database.name;
  report.state = kStateNames[static_cast<std::size_t>(changes.status())];
  report.problem = changes.problem();
  if (state == nullptr) return report;
  report.written = wal_position_text(state->passed.load());
  report.commits = state->commits.load();
  report.gaps = state->gaps.load();
  report.lag_us =
      static_cast<std::uint64_t>(std::max<std::int64_t>(state->lag_us, 0));
  return report;
}

}  // namespace

StatusWorker::StatusWorker(Runtime& runtime)
    : runtime_(runtime), zone_(status_zone(runtime.conf())) {
  if (!zone_) return;
  place_ = take_place(zone_.places());
  told_.resize(runtime.conf().databases.size());
  timer_ = runtime.loop().make_timer(callback<&StatusWorker::on_timer>(this),
                                     pg::Loop::TimerKind::idle);
  if (place_ == kStatusPlaces) return;
  for (std::size_t i = 0; i < told_.size(); i++) clear(zone_.gauges(place_, i));
}

StatusWorker::~StatusWorker() {
  if (place_ == kStatusPlaces) return;
  StatusPlace& place = zone_.places()[place_];
  set(place.live.websockets, 0);
  set(place.live.event_streams, 0);
  for (std::size_t i = 0; i < told_.size(); i++) clear(zone_.gauges(place_, i));
  place.pid.store(0);
}

void StatusWorker::count(std::size_t location, unsigned status,
                         std::optional<std::uint64_t> us) {
  if (!zone_) return;
  zone_.location(location).count(status, us);
  if (waiting_) return;
  waiting_ = true;
  timer_->start(kPublishDelay);
}

void StatusWorker::on_timer() noexcept {
  waiting_ = false;
  guard(ngx_cycle->log, [&] { publish(); });
}

void StatusWorker::publish() {
  if (place_ == kStatusPlaces) return;
  for (std::size_t i = 0; i < told_.size(); i++) publish_pool(i);
  const LiveWorker::Counts live = runtime_.live().counts();
  status::LiveGauges& gauges = zone_.places()[place_].live;
  set(gauges.websockets, live.websockets);
  set(gauges.event_streams, live.event_streams);
}

void StatusWorker::publish_pool(std::size_t index) {
  const Database& database = *runtime_.conf().databases[index];
  status::PoolGauges& gauges = zone_.gauges(place_, index);
  const pg::Pool* pool = runtime_.pool_if_made(database);
  if (pool == nullptr) return clear(gauges);
  const pg::PoolCounts counts = pool->counts();
  set(gauges.idle, counts.idle);
  set(gauges.busy, counts.busy);
  set(gauges.connecting, counts.connecting);
  set(gauges.canceling, counts.canceling);
  set(gauges.closing, counts.closing);
  set(gauges.waiting, counts.waiting);
  set(gauges.prepared, counts.prepared);
  set(gauges.away, counts.away ? 1 : 0);
  const catalog::CatalogRef catalog = runtime_.catalog_if_read(database);
  set(gauges.catalog_generation, catalog ? catalog->generation() : 0);

  const std::vector<pg::HostState> hosts = pool->hosts();
  for (std::size_t i = 0; i < std::min(hosts.size(), status::kMaxHosts); i++)
    if (hosts[i].role != pg::HostState::Role::unknown)
      set(zone_.database(index).hosts[i],
          status::HostSight{static_cast<std::uint64_t>(hosts[i].role),
                            hosts[i].lag}
              .packed());

  // A pool that was released counts from nothing again.
  const pg::PoolTotals now = pool->totals();
  pg::PoolTotals& told = told_[index];
  if (now.runs < told.runs || now.connects < told.connects) told = {};
  status::DatabaseCounters& counters = zone_.database(index);
  status::add(counters.runs, now.runs - told.runs);
  status::add(counters.failures, now.failures - told.failures);
  status::add(counters.refused, now.refused - told.refused);
  status::add(counters.cancels, now.cancels - told.cancels);
  status::add(counters.connects, now.connects - told.connects);
  status::add(counters.connect_failures,
              now.connect_failures - told.connect_failures);
  status::add(counters.prepares, now.prepares - told.prepares);
  told = now;
}

status::Report StatusWorker::report() {
  publish();
  status::Report report;
  report.version = kVersion;
  const MainConf& conf = runtime_.conf();
  for (std::size_t i = 0; i < conf.databases.size(); i++)
    report.databases.push_back(
        report_of(*conf.databases[i], zone_.database(i)));
  for (std::size_t i = 0; i < conf.status_locations.size(); i++)
    report.locations.push_back(
        report_of(conf.status_locations[i], zone_.location(i)));
  for (const std::unique_ptr<Database>& database : conf.databases)
    if (live::ChangeRouter* changes = runtime_.live().changes(*database))
      report.feeds.push_back(report_of(
          *database, *changes,
          find_feed_state(live_feeds(conf.live_zone), database->name)));
  if (conf.cache_zone != nullptr) {
    const SlabCounts kept = SlabTable(conf.cache_zone).counts();
    report.cache = {.size = conf.cache_zone->shm.size,
                    .entries = kept.entries,
                    .bytes = kept.bytes,
                    .evicted = kept.evicted};
  }
  if (conf.live_zone != nullptr)
    report.live_memory = {.size = conf.live_zone->shm.size,
                          .written = live_ring(conf.live_zone).head()};
  std::span<StatusPlace> places = zone_.places();
  for (std::size_t i = 0; i < places.size(); i++) {
    const std::int32_t pid = places[i].pid.load();
    if (pid == 0 || !is_alive(pid)) continue;
    report.workers.push_back(pid);
    report.websockets += get(places[i].live.websockets);
    report.event_streams += get(places[i].live.event_streams);
    for (std::size_t d = 0; d < report.databases.size(); d++)
      add_gauges(report.databases[d], zone_.gauges(i, d));
  }
  return report;
}

namespace {

// As nginx's own $status.
unsigned status_of(const ngx_http_request_t* r) {
  return static_cast<unsigned>(r->err_status != 0 ? r->err_status
                                                  : r->headers_out.status);
}

}  // namespace

ngx_int_t count_request(ngx_http_request_t* r) noexcept {
  guard(r->connection->log, [&] {
    const LocationConf& conf = location_conf(r);
    Runtime* runtime = Runtime::get();
    if (conf.status_index == kNotCounted || runtime == nullptr) return;
    std::optional<std::uint64_t> us;
    const RequestContext* context = find_context(r);
    if (context != nullptr && conf.live == nullptr)
      us = runtime->loop().now_us() - context->began_us;
    runtime->status().count(conf.status_index, status_of(r), us);
  });
  return NGX_OK;
}

}  // namespace trestle::http
