#include "http/worker_feed.h"

#include "http/live_bus.h"
#include "http/runtime.h"

namespace trestle::http {

namespace {

constexpr pg::Milliseconds kLookInterval = 500;

}  // namespace

WorkerFeed::WorkerFeed(pg::Loop& loop, LiveBus& bus, const Database& database,
                       FeedState* state)
    : bus_(bus),
      database_(database),
      name_(database.name),
      state_(state),
      poll_(database.feed->poll),
      timer_(loop.make_timer(callback<&WorkerFeed::on_poll>(this),
                             pg::Loop::TimerKind::idle)),
      turn_(loop.make_timer(callback<&WorkerFeed::on_turn>(this),
                            pg::Loop::TimerKind::idle)),
      look_(loop.make_timer(callback<&WorkerFeed::on_look>(this),
                            pg::Loop::TimerKind::idle)),
      nudge_(loop, database),
      router_(*this) {
  if (poll_ != 0)
    timer_->start(poll_);
  else if (state_ != nullptr && !database.pool.replicas.empty())
    look_->start(kLookInterval);
}

live::Lsn WorkerFeed::written() const {
  return state_ != nullptr ? state_->passed.load() : 0;
}

void WorkerFeed::read_up_to(live::Lsn position) {
  if (position >= wanted_) nudge_.stop();
  router_.pass(position);
}

live::FeedStatus WorkerFeed::status() const {
  if (poll_ != 0) return live::FeedStatus::polling;
  if (state_ == nullptr) return live::FeedStatus::failed;
  return static_cast<live::FeedStatus>(state_->status.load());
}

std::string WorkerFeed::problem() const {
  return state_ != nullptr ? state_->problem_text() : std::string();
}

void WorkerFeed::want(live::Lsn lsn) {
  wanted_ = std::max(wanted_, lsn);
  if (poll_ != 0 || state_ == nullptr) return turn_->start(0);
  std::uint64_t wanted = state_->wanted.load();
  while (wanted < lsn && !state_->wanted.compare_exchange_weak(wanted, lsn)) {
  }
  // The feed looks for what is wanted behind having passed: whoever comes
  // second sees the other.
  if (state_->passed.load() >= lsn)
    turn_->start(0);
  else
    nudge_.start();
}

void WorkerFeed::on_turn() noexcept {
  guard(ngx_cycle->log, [&] {
    if (poll_ != 0)
      router_.pass(wanted_);
    else
      bus_.read();
  });
}

// The process that reads the feed has no pool: it goes where ours goes.
void WorkerFeed::on_look() noexcept {
  guard(ngx_cycle->log, [&] {
    Runtime* runtime = Runtime::get();
    const std::uint64_t timeline =
        runtime != nullptr ? runtime->pool(database_).timeline() : 0;
    if (timeline != 0 && state_->timeline.load() != timeline)
      state_->timeline.store(timeline);
  });
  look_->start(kLookInterval);
}

void WorkerFeed::on_poll() noexcept {
  guard(ngx_cycle->log, [&] { router_.resync(bus_.position()); });
  timer_->start(poll_);
}

}  // namespace trestle::http
