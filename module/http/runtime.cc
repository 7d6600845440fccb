#include "http/runtime.h"

#include <sys/eventfd.h>
#include <unistd.h>

namespace trestle::http {

namespace {

std::unique_ptr<Runtime> runtime;

void ignore(void*) noexcept {}

}  // namespace

Runtime* Runtime::get() { return runtime.get(); }

bool Runtime::start(ngx_cycle_t* cycle) {
  if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
    return true;
  const MainConf* conf = main_conf(cycle);
  if (conf == nullptr ||
      (conf->databases.empty() && !conf->has_live && !conf->has_status))
    return true;
  runtime = std::make_unique<Runtime>(cycle, *conf);
  if (!runtime->watch_for_quit()) return false;
  for (const std::unique_ptr<Database>& database : conf->databases)
    if (database->pool.min_idle > 0)
      static_cast<void>(runtime->pool(*database));
  if (ngx_worker == 0) runtime->startup_check_.start();
  return true;
}

void Runtime::stop() { runtime.reset(); }

Runtime::Runtime(ngx_cycle_t* cycle, const MainConf& conf)
    : cycle_(cycle),
      conf_(conf),
      loop_(cycle->log, conf.threads, conf.resolver, conf.resolver_timeout,
            &conf.hosts),
      gate_(std::make_shared<pg::ConnectGate>()),
      sessions_(*this, conf.databases.size()),
      live_(std::make_unique<LiveWorker>(loop_, conf, cycle->log)),
      rows_(std::make_unique<RowFeeds>(*this)),
      pools_(conf.databases.size()),
      catalogs_(conf.databases.size()),
      answers_(conf.cache_zone),
      reads_(conf.databases.size()),
      startup_check_(*this, conf.checked),
      status_(std::make_unique<StatusWorker>(*this)),
      zone_(status_zone(conf)) {
  if (live_->bus() != nullptr) live_->bus()->attach(sessions_);
  for (const std::unique_ptr<Database>& database : conf.databases)
    releases_seen_.push_back(zone_ ? counters(*database)->releases.load() : 0);
}

Runtime::~Runtime() {
  status_.reset();
  live_->let_go();
  while (holders_ != nullptr) {
    RunHolder* holder = holders_;
    remove(*holder);
    holder->let_go();
  }
  sessions_.clear();
  rows_.reset();
  live_.reset();
  startup_check_.stop();
  catalogs_.clear();
  pools_.clear();
  released_.clear();
  quit_watch_.reset();
  if (quit_fd_ >= 0) close(quit_fd_);
}

pg::Pool& Runtime::pool(const Database& database) {
  std::unique_ptr<pg::Pool>& pool = pools_[database.index];
  if (pool == nullptr) {
    pg::PoolConfig config = database.pool;
    FeedState* feed =
        database.is_cached ? live_->feed_state(database) : nullptr;
    if (feed != nullptr) config.written = &feed->written;
    pool = pg::Pool::create(loop_, std::move(config), gate_);
    if (retired_) pool->retire();
  }
  return *pool;
}

CatalogRuntime& Runtime::catalog(const Database& database) {
  std::unique_ptr<CatalogRuntime>& catalog = catalogs_[database.index];
  if (catalog == nullptr) {
    catalog = std::make_unique<CatalogRuntime>(loop_, pool(database), database);
    if (zone_) catalog->follow(counters(database)->reloads);
    if (const FeedState* feed = live_->feed_state(database))
      catalog->heed(feed->schema_changes);
  }
  return *catalog;
}

status::DatabaseCounters* Runtime::counters(const Database& database) {
  return zone_ ? &zone_.database(database.index) : nullptr;
}

void Runtime::follow_administrators(const Database& database) {
  if (!zone_) return;
  const std::uint64_t releases =
      counters(database)->releases.load(std::memory_order_acquire);
  std::uint64_t& seen = releases_seen_[database.index];
  if (seen == releases) return;
  // Whoever waits for a catalog is told first.
  const CatalogRuntime* catalog = catalogs_[database.index].get();
  if (catalog != nullptr && catalog->is_awaited()) return;
  seen = releases;
  release(database);
}

pg::Pool* Runtime::pool_if_made(const Database& database) {
  return pools_[database.index].get();
}

catalog::CatalogRef Runtime::catalog_if_read(const Database& database) const {
  const CatalogRuntime* catalog = catalogs_[database.index].get();
  return catalog != nullptr ? catalog->current() : nullptr;
}

void Runtime::release(const Database& database) {
  if (zone_) releases_seen_[database.index] = counters(database)->releases;
  catalogs_[database.index].reset();
  std::unique_ptr<pg::Pool>& pool = pools_[database.index];
  if (pool == nullptr) return;
  pool->retire();
  released_.push_back(std::move(pool));
  constexpr std::size_t kKept = 8;
  if (released_.size() > kKept) released_.erase(released_.begin());
}

void Runtime::add(RunHolder& holder) {
  holder.next_ = holders_;
  holder.previous_ = nullptr;
  if (holders_ != nullptr) holders_->previous_ = &holder;
  holders_ = &holder;
}

void Runtime::remove(RunHolder& holder) {
  if (holder.next_ != nullptr) holder.next_->previous_ = holder.previous_;
  (holder.previous_ != nullptr ? holder.previous_->next_ : holders_) =
      holder.next_;
  holder.next_ = holder.previous_ = nullptr;
}

// nginx has no hook for a graceful end, but it calls the read handler of each
// idle connection. So we have one, on a descriptor that is never ready.
bool Runtime::watch_for_quit() {
  quit_fd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (quit_fd_ < 0) {
    ngx_log_error(NGX_LOG_EMERG, cycle_->log, ngx_errno, "eventfd() failed");
    return false;
  }
  quit_watch_ =
      loop_.make_watch({.on_readable = {ignore, this},
                        .on_writable = {ignore, this},
                        .on_quit = callback<&Runtime::on_quit>(this)});
  if (!quit_watch_->bind(quit_fd_)) return false;
  quit_watch_->set_idle(true);
  return true;
}

void Runtime::on_quit() noexcept {
  retired_ = true;
  live_->quit();
  startup_check_.stop();
  for (std::unique_ptr<CatalogRuntime>& catalog : catalogs_)
    if (catalog != nullptr) catalog->retire();
  for (std::unique_ptr<pg::Pool>& pool : pools_)
    if (pool != nullptr) pool->retire();
}

}  // namespace trestle::http
