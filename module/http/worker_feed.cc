#include "http/worker_feed.h"

#include "http/live_bus.h"

namespace trestle::http {

WorkerFeed::WorkerFeed(pg::Loop& loop, LiveBus& bus, const Database& database,
                       FeedState* state)
    : bus_(bus),
      name_(database.name),
      state_(state),
      poll_(database.feed->poll),
      timer_(loop.make_timer(callback<&WorkerFeed::on_poll>(this),
                             pg::Loop::TimerKind::idle)),
      turn_(loop.make_timer(callback<&WorkerFeed::on_turn>(this),
                            pg::Loop::TimerKind::idle)),
      nudge_(loop, database),
      router_(*this) {
  if (poll_ != 0) timer_->start(poll_);
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

void WorkerFeed::on_poll() noexcept {
  guard(ngx_cycle->log, [&] { router_.resync(bus_.position()); });
  timer_->start(poll_);
}

}  // namespace trestle::http
