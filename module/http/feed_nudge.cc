#include "http/feed_nudge.h"

#include "http/runtime.h"
#include "sql/sql_writer.h"

namespace trestle::http {

namespace {

constexpr pg::Milliseconds kPatience = 20;
constexpr pg::Milliseconds kAgain = 500;

}  // namespace

FeedNudge::FeedNudge(pg::Loop& loop, const Database& database)
    : database_(database),
      timer_(loop.make_timer(callback<&FeedNudge::on_timer>(this),
                             pg::Loop::TimerKind::idle)) {}

void FeedNudge::start() {
  if (!running_ && !timer_->running()) timer_->start(kPatience);
}

void FeedNudge::stop() { timer_->stop(); }

void FeedNudge::on_timer() noexcept {
  guard(ngx_cycle->log, [&] {
    if (!running_) nudge();
  });
  timer_->start(kAgain);
}

void FeedNudge::nudge() {
  Runtime* runtime = Runtime::get();
  if (runtime == nullptr) return;
  SqlWriter sql;
  sql.raw("select pg_catalog.pg_logical_emit_message(true, 'trestle', '')");
  Plan plan;
  plan.statements.push_back(std::move(sql).finish());
  running_ = true;
  run_ = runtime->pool(database_).submit(std::move(plan), {}, *this);
}

// The run itself is destroyed with the next one.
void FeedNudge::on_done() { running_ = false; }

void FeedNudge::on_error(const RunError&) { running_ = false; }

}  // namespace trestle::http
