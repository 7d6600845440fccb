// The part of HostPool that looks after what must not last too long: runs
// nobody waits for, heads that hold up others, statements beyond their
// time-out, connections that have been idle or alive for long. One timer for
// what clients wait for, one for housekeeping; both are set to the next thing
// due.

#include <algorithm>
#include <utility>

#include "pg/host_pool.h"
#include "pg/run_error.h"
#include "pg/scrub.h"

namespace trestle::pg {
namespace {

// Cancel requests under way at a time; each occupies a thread and a process of
// the server.
constexpr std::size_t kMaxCancels = 4;

}  // namespace

void HostPool::attend_by(Milliseconds due) {
  if (attend_timer_->running() && attend_at_ <= due) return;
  const Milliseconds now = loop_.now();
  attend_at_ = due;
  attend_timer_->start(due > now ? due - now : 1);
}

void HostPool::on_attend() noexcept { guarded(&HostPool::attend_all); }

void HostPool::attend_all() {
  // attend() may close connections; those stay alive until the next post.
  std::vector<Connection*> busy;
  for (const auto& connection : connections_)
    if (connection->in_flight() > 0 || connection->canceling())
      busy.push_back(connection.get());
  for (Connection* connection : busy)
    if (!connection->is_lost()) attend(*connection);
  if (waiting() > 0) dispatch();
}

void HostPool::attend(Connection& connection) {
  const Milliseconds now = loop_.now();
  if (connection.cancel_since() != 0) {
    const Milliseconds due = connection.cancel_since() + kGuardDelay;
    if (now < due) return attend_by(due);
    return connection.lose("a canceled statement did not end");
  }
  if (connection.in_flight() == 0) return;

  if (connection.has_live_followers()) {
    const Milliseconds due = connection.head_since() + config_.head_of_line;
    if (now < due) return attend_by(due);
    rescue_followers(connection);
  }
  Task* head = connection.head();
  if (head != nullptr && !head->alive()) {
    const Milliseconds due = connection.head_since() + kCancelDelay;
    if (now < due) return attend_by(due);
    return begin_cancel(connection);
  }
  const Milliseconds limit = head == nullptr ? kOwnQueryTimeout : head->timeout;
  if (limit == 0) return attend_by(now + kPresence);
  const Milliseconds due = connection.step_since() + limit + kGuardDelay;
  if (now < due) return attend_by(due);
  if (head == nullptr) return connection.lose("a scrub did not end");
  head->timed_out = true;
  begin_cancel(connection);
}

void HostPool::begin_cancel(Connection& connection) {
  CancelTicketRef ticket =
      active_cancels() < kMaxCancels ? connection.cancel() : nullptr;
  if (ticket == nullptr)
    return connection.lose("too many statements to cancel");
  cancels_.push_back(std::move(ticket));
  context_.totals.cancels++;
  attend_by(loop_.now() + kGuardDelay);
}

std::size_t HostPool::active_cancels() {
  cancels_.erase(std::remove_if(cancels_.begin(), cancels_.end(),
                                [](const auto& one) { return one->returned; }),
                 cancels_.end());
  return cancels_.size();
}

// The head has turned slow: it loses the right to share, and those behind it
// run elsewhere. They are clean reads, whose first run changes nothing.
void HostPool::rescue_followers(Connection& connection) {
  if (const Task* head = connection.head())
    for (const Statement& statement : head->plan.statements)
      context_.costs.record(statement.sql->name,
                            (loop_.now() - connection.head_since()) * 1000,
                            false);
  for (TaskPtr& task : connection.rescue_followers()) enqueue(std::move(task));
}

// --- housekeeping ------------------------------------------------------------

void HostPool::keep_house_by(Milliseconds due) {
  if (retiring_) return;
  if (house_timer_->running() && keep_house_at_ <= due) return;
  const Milliseconds now = loop_.now();
  keep_house_at_ = due;
  house_timer_->start(due > now ? due - now : 1);
}

void HostPool::on_housekeeping() noexcept { guarded(&HostPool::keep_house); }

void HostPool::keep_house() {
  const Milliseconds now = loop_.now();
  const std::vector<Connection*> idle = idle_;
  for (Connection* connection : idle) {
    const Milliseconds end_of_idling =
        connection->idle_limit == 0
            ? 0
            : connection->idle_since + connection->idle_limit;
    const bool too_long = end_of_idling != 0 && now >= end_of_idling &&
                          idle_.size() > config_.min_idle;
    const bool too_old =
        connection->retire_at != 0 && now >= connection->retire_at;
    if (too_long || too_old) {
      close(*connection);
      continue;
    }
    if (connection->needs_unlock()) {
      // Nobody else should wait for a lock that an idle connection has kept.
      std::erase(idle_, connection);
      connection->set_idle(false);
      connection->send_own(kUnlock, true);
      attend_by(now + kOwnQueryTimeout + kGuardDelay);
    }
    if (end_of_idling > now) keep_house_by(end_of_idling);
    if (connection->retire_at != 0) keep_house_by(connection->retire_at);
  }
  connect_if_wanted();
}

}  // namespace trestle::pg
