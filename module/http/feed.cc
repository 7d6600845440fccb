#include "http/feed.h"

#include <signal.h>
#include <sys/time.h>

#include <cerrno>

#include "base/text.h"
#include "http/config.h"
#include "http/feed_state.h"
#include "http/helper_process.h"
#include "http/live_zone.h"
#include "http/loop.h"
#include "live/change_gatherer.h"
#include "live/changes.h"
#include "live/record.h"
#include "pg/replication.h"

namespace trestle::http {

namespace {

using live::FeedStatus;
using live::RecordKind;

// How often the process before us is looked after, and how long at most: its
// number may be another process's by then.
constexpr pg::Milliseconds kHandover = 20;
constexpr int kHandovers = 100;

// Of what the ring holds, one transaction takes this part at most.
constexpr std::size_t kTransactionPart = 4;

pg::ReplicationConfig replication_of(const Database& database) {
  const FeedConf& feed = *database.feed;
  std::vector<pg::Conninfo> hosts = feed.hosts;
  if (hosts.empty()) {
    hosts = database.pool.replicas;
    hosts.insert(hosts.begin(), database.pool.primary);
  }
  return {.hosts = std::move(hosts),
          .publication = feed.publication,
          .slot = feed.slot,
          .temporary_prefix = concat({"trestle_", std::to_string(ngx_pid), "_",
                                      std::to_string(database.index)}),
          .connect_timeout = database.pool.connect_timeout};
}

bool is_alive(std::int32_t pid) {
  return pid != 0 && (kill(pid, 0) == 0 || errno != ESRCH);
}

// Microseconds since 2000, PostgreSQL's clock.
std::int64_t now_us() {
  timeval now;
  gettimeofday(&now, nullptr);
  constexpr std::int64_t kYear2000 = 946'684'800;
  return (now.tv_sec - kYear2000) * 1'000'000 + now.tv_usec;
}

// When the transaction was committed, as its Commit message ends.
std::int64_t commit_time(std::string_view message) {
  std::uint64_t value = 0;
  for (char c : message.substr(message.size() - 8))
    value = value << 8 | static_cast<std::uint8_t>(c);
  return static_cast<std::int64_t>(value);
}

// One database's feed.
class DatabaseFeed final : private pg::ReplicationStream::Owner,
                           public live::ChangeGatherer::Output {
 public:
  DatabaseFeed(pg::Loop& loop, const Database& database,
               const ngx_shm_zone_t* zone, FeedState& state)
      : zone_(zone),
        state_(state),
        name_(database.name),
        ring_(live_ring(zone)),
        config_(replication_of(database)),
        handover_(loop.make_timer(callback<&DatabaseFeed::take_over>(this),
                                  pg::Loop::TimerKind::idle)),
        stream_(loop, config_, *this) {
    make_gatherer();
  }

 private:
  // --- the stream
  void on_slot(const Slot& slot) override {
    slot_ = slot;
    handovers_ = 0;
    handover_->start(0);
  }

  // (1), (2)
  void take_over() noexcept {
    const auto self = static_cast<std::int32_t>(ngx_pid);
    const std::int32_t owner = state_.owner.load();
    if (owner != self && is_alive(owner) && handovers_++ < kHandovers)
      return handover_->start(kHandover);
    guard(ngx_cycle->log, [&] {
      state_.owner.store(self);
      const live::Lsn passed = state_.passed.load();
      const bool known = state_.system.load() == slot_.system;
      const bool misses = !known || passed < slot_.consistent;
      if (passed != 0 && misses) write_gap();
      // Whatever was kept, something may have changed it meanwhile.
      state_.marks.restart({.xid = slot_.behind_xid,
                            .position = misses ? slot_.consistent : passed});
      if (misses) state_.passed.store(slot_.consistent);
      state_.system.store(slot_.system);
      state_.set_problem({});
      set_status(FeedStatus::running);
      dirty_ = true;
      on_pause();
      stream_.start(state_.passed.load());
    });
  }

  bool on_message(std::string_view message) override {
    const bool commit = message.starts_with('C') && message.size() > 8;
    if (!gatherer_->take(message).ok()) return false;
    if (commit) state_.lag_us.store(now_us() - commit_time(message));
    return true;
  }

  void on_heard(pg::Milliseconds asked) override { state_.hear(asked); }

  void on_progress(WalPosition sent) override {
    if (!gatherer_->in_transaction()) pass(sent);
  }

  void on_pause() override {
    if (!dirty_) return;
    dirty_ = false;
    wake_live_readers(zone_, kLivePlaces);
  }

  void on_lost(std::string_view, std::string_view refusal) override {
    handover_->stop();
    make_gatherer();
    const auto self = static_cast<std::int32_t>(ngx_pid);
    if (state_.owner.load() != self && is_alive(state_.owner.load())) return;
    state_.set_problem(refusal);
    set_status(refusal.empty() ? FeedStatus::starting : FeedStatus::failed);
  }

  std::uint64_t timeline() const override { return state_.timeline.load(); }
  WalPosition confirmed() const override { return state_.passed.load(); }

  // --- what comes of it
  bool wants(live::Lsn final_lsn) override {
    return final_lsn >= state_.passed.load();
  }

  // The marks change before `passed` tells of it.
  void changed(Oid relation, const live::ToldCommit& by) override {
    state_.marks.touch(relation, by);
  }

  void schema_changed(const live::ToldCommit& by) override {
    state_.schema_changes.fetch_add(1);
    state_.marks.touch_all(by);
    dirty_ = true;
  }

  void write_changes(std::string_view body) override {
    write(RecordKind::changes, name_, body);
  }

  void write_push(std::string_view topic, std::string_view data) override {
    write(RecordKind::published, topic_key(name_, topic),
          data.size() < ring_.max_record() / 2 ? data : std::string_view());
  }

  void committed(live::Lsn end_lsn) override {
    state_.commits.fetch_add(1);
    pass(end_lsn);
  }

  void write_gap() {
    state_.gaps.fetch_add(1);
    ngx_str_t name = borrow(name_);
    ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                  "trestle: changes of \"%V\" were missed, subscribers are "
                  "told to resync",
                  &name);
    write(RecordKind::gap, name_, {});
  }

  void write(RecordKind kind, std::string_view name, std::string_view body) {
    record_.clear();
    live::append_record(record_, {.kind = kind, .name = name, .body = body});
    if (!ring_.write(record_))
      ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                    "trestle: a change is too large for trestle_live_memory");
    dirty_ = true;
  }

  // (3)
  void pass(live::Lsn position) {
    const live::Lsn before = state_.passed.load();
    if (position <= before) return;
    state_.passed.store(position);
    if (state_.wanted.load() > before) dirty_ = true;
  }

  void set_status(FeedStatus status) {
    state_.status.store(static_cast<std::uint32_t>(status));
  }

  void make_gatherer() {
    const std::size_t largest = ring_.max_record();
    gatherer_ = std::make_unique<live::ChangeGatherer>(
        *this,
        live::GatherLimits{.part = largest / 8,
                           .row = largest / 4,
                           .transaction = largest * 8 / kTransactionPart});
  }

  const ngx_shm_zone_t* zone_;
  FeedState& state_;
  std::string name_;
  live::Ring ring_;
  std::unique_ptr<live::ChangeGatherer> gatherer_;
  Slot slot_;
  int handovers_ = 0;
  bool dirty_ = false;  // the workers are to be woken
  std::string record_;
  pg::ReplicationConfig config_;
  std::unique_ptr<pg::Timer> handover_;
  pg::ReplicationStream stream_;
};

struct Feeds {
  Feeds(ngx_cycle_t* cycle, const MainConf& conf)
      : loop(cycle->log, nullptr, conf.resolver, conf.resolver_timeout,
             &conf.hosts) {
    const std::span<FeedState> states = live_feeds(conf.live_zone);
    for (const std::unique_ptr<Database>& database : conf.databases) {
      if (!database->feed || database->feed->poll != 0) continue;
      FeedState* state = find_feed_state(states, database->name);
      if (state != nullptr)
        databases.push_back(std::make_unique<DatabaseFeed>(
            loop, *database, conf.live_zone, *state));
      else
        ngx_log_error(NGX_LOG_ERR, cycle->log, 0,
                      "trestle: too many databases with a feed");
    }
  }

  NginxLoop loop;
  std::vector<std::unique_ptr<DatabaseFeed>> databases;
};

// Never destroyed in a helper process: nginx ends it with exit().
Feeds* feeds = nullptr;

}  // namespace

bool has_feeds(const MainConf& conf) {
  for (const std::unique_ptr<Database>& database : conf.databases)
    if (database->feed && database->feed->poll == 0) return true;
  return false;
}

bool add_feed_process(ngx_cycle_t* cycle) {
  const MainConf* conf = main_conf(cycle);
  return conf == nullptr || conf->live_zone == nullptr || !has_feeds(*conf) ||
         add_helper(cycle, "trestle feed",
                    [] { start_feeds(const_cast<ngx_cycle_t*>(ngx_cycle)); });
}

void start_feeds(ngx_cycle_t* cycle) {
  const MainConf* conf = main_conf(cycle);
  if (feeds != nullptr || conf == nullptr || conf->live_zone == nullptr ||
      !has_feeds(*conf))
    return;
  feeds = new Feeds(cycle, *conf);
}

void stop_feeds() {
  delete feeds;
  feeds = nullptr;
}

}  // namespace trestle::http
