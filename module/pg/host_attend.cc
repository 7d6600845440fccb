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
// Until it is looked whether one of them has returned.
constexpr Milliseconds kCancelTurn = 5;
// Less is not slow, even where nobody is to wait.
constexpr Milliseconds kSlow = 20;

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
  free_one_for_the_cheap();
  attend_slow_readers();
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

  const bool followed = connection.has_live_followers();
  if (connection.lane != Lane::slow || followed) {
    const Milliseconds due = connection.head_since() +
                             (followed ? config_.head_of_line
                                       : std::max(config_.head_of_line, kSlow));
    if (now >= due)
      turn_slow(connection);
    else
      attend_by(due);
    if (now < due && followed) return;  // a cancel might hit them
  }
  Task* head = connection.head();
  // Changes are not taken back, and the server ends what is in front of them.
  const bool nobody_behind = !connection.has_live_followers();
  if (head != nullptr && !head->alive() && nobody_behind) {
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
  give_up_deaf(connection);
}

// The server has ended the statement by itself, or it cannot; or nobody hears
// us. A cancel may still reach it, but nothing is waited for any more.
void HostPool::give_up_deaf(Connection& connection) {
  if (active_cancels() < kMaxCancels) {
    if (CancelTicketRef ticket = connection.cancel()) {
      cancels_.push_back(std::move(ticket));
      context_.totals.cancels++;
    }
  }
  connection.is_deaf = true;
  connection.lose("no answer within the statement's time-out");
}

void HostPool::begin_cancel(Connection& connection) {
  // Who closes instead leaves a backend that works on.
  if (active_cancels() >= kMaxCancels)
    return attend_by(loop_.now() + kCancelTurn);
  CancelTicketRef ticket = connection.cancel();
  if (ticket == nullptr)
    return connection.lose("no thread to cancel a statement");
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

void HostPool::note_slow(const Task& task) {
  for (const Statement& statement : task.plan.statements)
    context_.costs.note_slow(statement.sql->name, 2 * cheap_us(config_));
}

// (1). Those behind it are clean reads, whose first run changes nothing, or
// changes, which stay: see (3).
void HostPool::turn_slow(Connection& connection) {
  if (const Task* head = connection.head()) note_slow(*head);
  set_lane(connection, Lane::slow);
  for (TaskPtr& task : connection.rescue_followers()) enqueue(std::move(task));
}

// (2). The youngest goes, which has the least to do again.
void HostPool::free_one_for_the_cheap() {
  if (config_.pool_size <= 1 || slow_busy_ < config_.pool_size ||
      !cheap_ones_wait() || active_cancels() >= kMaxCancels)
    return;
  Connection* youngest = nullptr;
  for (const auto& connection : connections_) {
    if (connection->canceling()) return;  // one is about to be free
    const Task* head = connection->head();
    if (head != nullptr && head->alive() && !head->delivered &&
        !head->proven_slow && head->may_begin_anew() &&
        connection->in_flight() == 1 &&
        (youngest == nullptr ||
         connection->head_since() > youngest->head_since()))
      youngest = connection.get();
  }
  if (youngest == nullptr) return;
  Task& head = *youngest->head();
  head.revoked = head.proven_slow = true;
  // What it answers is held: it may commit before the cancel is there.
  if (head.plan.access == Access::write) head.lane = Lane::change;
  begin_cancel(*youngest);
}

// (4). A sink makes way in a turn of its own. Of those that cannot, the one
// that began last goes when there are too many.
void HostPool::attend_slow_readers() {
  const Milliseconds now = loop_.now();
  const std::size_t most =
      config_.max_streaming != 0
          ? config_.max_streaming
          : std::max<std::size_t>(config_.pool_size / 4, 1);
  // A connection that is being made is for those who wait.
  const bool awaited = waiting() > 0 && connector_ == nullptr;
  std::size_t streaming = 0;
  Connection* last = nullptr;
  for (const auto& connection : connections_) {
    const Task* head = connection->head();
    if (!connection->paused() || head == nullptr || !head->alive()) continue;
    const Milliseconds due = connection->slow_since() + kMostSlowness;
    const bool wanted = awaited || streaming >= most || now >= due;
    if (wanted && head->sink->make_way()) continue;
    attend_by(now >= due ? now + kMostSlowness : due);
    streaming++;
    if (last == nullptr || connection->slow_since() > last->slow_since())
      last = connection.get();
  }
  if (awaited && streaming > most) last->head()->sink->give_up();
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
