#include "pg/host_pool.h"

#include <algorithm>
#include <new>
#include <utility>

#include "pg/run_error.h"

namespace trestle::pg {
namespace {

template <class T>
void erase_value(std::vector<T*>& values, const T* value) {
  values.erase(std::remove(values.begin(), values.end(), value), values.end());
}

}  // namespace

HostPool::HostPool(PoolContext& context, const Conninfo& conninfo,
                   ConnectGate& gate, Neighbours& neighbours)
    : context_(context),
      config_(context.config),
      loop_(context.loop),
      conninfo_(conninfo),
      gate_(gate),
      neighbours_(neighbours),
      lines_(config_),
      backoff_(context.loop) {
  // No connection ends or comes to rest for want of memory.
  idle_.reserve(config_.pool_size);
  lost_.reserve(config_.pool_size);
  spent_.reserve(4);
  work_left_.reserve(4 * config_.pool_size);
  connections_.reserve(config_.pool_size);
  using Kind = Loop::TimerKind;
  post_timer_ =
      loop_.make_timer(callback<&HostPool::on_post>(this), Kind::holding);
  queue_timer_ = loop_.make_timer(callback<&HostPool::on_queue_deadline>(this),
                                  Kind::holding);
  attend_timer_ =
      loop_.make_timer(callback<&HostPool::on_attend>(this), Kind::holding);
  house_timer_ =
      loop_.make_timer(callback<&HostPool::on_housekeeping>(this), Kind::idle);
  retry_timer_ =
      loop_.make_timer(callback<&HostPool::on_retry>(this), Kind::idle);
}

// Tasks detach themselves from the runs that are still held; no sink is called.
HostPool::~HostPool() = default;

void HostPool::guarded(void (HostPool::*step)()) noexcept {
  try {
    (this->*step)();
  } catch (const std::bad_alloc&) {
    // Whatever was under way is found again by the timers.
    loop_.log(Loop::Level::error, "pool: out of memory");
    attend_timer_->start(100);
    attend_at_ = loop_.now() + 100;
  }
}

std::unique_ptr<Run> HostPool::submit(TaskPtr task) {
  task->lane = lane_of(*task);
  const Milliseconds now = loop_.now();
  const bool full = !has_room() || !lines_.has_room_for(*task, now);
  if (is_away() || (full && !task->urgent)) {
    if (lines_.shorten(*task, now)) post();
    demand_ = demand_ || is_away();
    context_.totals.refused++;
    task->sink->on_error(own_error(is_away() ? RunError::Kind::unavailable
                                             : RunError::Kind::overload));
    return nullptr;
  }
  auto handle = std::make_unique<RunHandle>(*task);
  task->host = this;
  task->submitted_us = loop_.now_us();
  lines_.add(std::move(task), now);
  dispatch();
  if (cheap_ones_wait() && slow_busy_ >= config_.pool_size)
    attend_by(loop_.now());
  return handle;
}

void HostPool::adopt(TaskPtr task) {
  task->host = this;
  task->lane = lane_of(*task);
  lines_.adopt(std::move(task));
  dispatch();
}

void HostPool::take_waiting(bool all, TaskQueue& taken) {
  lines_.take_bound(all, taken);
}

void HostPool::abandon(Task& task) {
  task.sink = nullptr;
  task.handle = nullptr;
  if (task.queue != nullptr) {
    task.queue->remove(task).reset();
    if (waiting() == 0) queue_timer_->stop();
    return lines_.note_change(loop_.now());
  }
  for (auto& connection : connections_)
    if (connection->head() == &task) {
      connection->resume(task);
      attend_by(connection->head_since() + kCancelDelay);
    }
}

void HostPool::resume(Task& task) {
  for (auto& connection : connections_) connection->resume(task);
}

void HostPool::retire() {
  retiring_ = true;
  house_timer_->stop();
  retry_timer_->stop();
  while (!idle_.empty()) close(*idle_.back());
  if (waiting() == 0) connector_.reset();
}

void HostPool::warm() {
  if (config_.min_idle > 0 || waiting() > 0) connect_if_wanted();
}

bool HostPool::is_away() const {
  return connections_.empty() && connector_ == nullptr &&
         backoff_.remaining() > 0;
}

bool HostPool::has_room() const {
  return !is_away() &&
         (config_.queue_size == 0 || waiting() < config_.queue_size);
}

unsigned HostPool::retry_after() const {
  const Milliseconds until_retry = backoff_.remaining();
  const Milliseconds wait =
      std::max({Milliseconds{1}, connections_.empty() ? until_retry : 0,
                lines_.wait(loop_.now())});
  return static_cast<unsigned>((wait + 999) / 1000);
}

PoolCounts HostPool::counts() const {
  PoolCounts counts;
  counts.idle = idle_.size();
  for (const auto& connection : connections_) {
    (connection->canceling() ? counts.canceling : counts.busy)++;
    counts.prepared += connection->prepared();
  }
  counts.busy -= counts.idle;
  counts.connecting = connector_ != nullptr ? 1 : 0;
  counts.closing = farewells_.size();
  counts.waiting = waiting();
  counts.away = is_away();
  return counts;
}

std::size_t HostPool::total() const {
  return connections_.size() + farewells_.size() +
         (connector_ != nullptr ? 1 : 0);
}

Milliseconds HostPool::jittered(Milliseconds time) const {
  if (time == 0) return 0;
  const Milliseconds tenth = std::max<Milliseconds>(time / 10, 1);
  return time - tenth + loop_.random() % (2 * tenth);
}

// --- connecting --------------------------------------------------------------

void HostPool::on_connected(ConnectionHandle handle) {
  spent_.push_back(std::move(connector_));
  post();
  backoff_.succeed();
  context_.totals.connects++;
  demand_ = false;
  auto connection = std::make_unique<Connection>(
      context_, static_cast<Connection::Owner&>(*this), std::move(handle));
  if (!connection->begin()) {
    return log_connect_error("no place for another socket");
  }
  if (config_.max_lifetime != 0)
    connection->retire_at = loop_.now() + jittered(config_.max_lifetime);
  connection->idle_limit = jittered(config_.idle_timeout);
  connections_.push_back(std::move(connection));
  on_report(*connections_.back());
  on_idle(*connections_.back());
  dispatch();
}

void HostPool::on_connect_failed(const std::string& reason, bool cheap) {
  spent_.push_back(std::move(connector_));
  post();
  backoff_.fail(cheap);
  context_.totals.connect_failures++;
  log_connect_error(reason);
  if (connections_.empty()) {
    neighbours_.on_down(*this);
    fail_waiting(RunError::Kind::unavailable);
  }
  if (!retiring_ || waiting() > 0) retry_timer_->start(backoff_.remaining());
}

void HostPool::on_retry() noexcept { guarded(&HostPool::connect_if_wanted); }

void HostPool::log_connect_error(std::string_view reason) {
  connect_log_.note_failure(loop_, config_.name, reason);
}

// --- what connections tell ---------------------------------------------------

void HostPool::on_work_left(Connection& connection) {
  if (connection.work_listed) return;
  connection.work_listed = true;
  work_left_.push_back(&connection);
  post();
}

void HostPool::post() {
  if (!post_timer_->running()) post_timer_->start(0);
}

void HostPool::on_post() noexcept { guarded(&HostPool::work_off); }

void HostPool::work_off() {
  lost_.clear();
  spent_.clear();
  farewells_.erase(
      std::remove_if(farewells_.begin(), farewells_.end(),
                     [](const auto& one) { return one->is_over(); }),
      farewells_.end());
  // A connection's work may list further ones.
  for (std::size_t i = 0; i < work_left_.size(); i++) {
    Connection* connection = work_left_[i];
    if (connection == nullptr) continue;
    connection->work_listed = false;
    work_left_[i] = nullptr;
    connection->work();
  }
  work_left_.clear();
  if (lines_.late().size() > 0) fail_late();
  if (waiting() > 0) dispatch();
  context_.lag.note_end(loop_);
}

void HostPool::on_ready_for_more(Connection& connection) {
  if (waiting() > 0) dispatch();
  if (connection.paused()) attend_slow_readers();
}

void HostPool::on_report(Connection& connection) {
  read_only_ = connection.read_only();
  neighbours_.on_report(*this, read_only_);
}

void HostPool::set_lane(Connection& connection, Lane lane) {
  if (connection.lane == Lane::slow) slow_busy_--;
  if (lane == Lane::slow) slow_busy_++;
  connection.lane = lane;
}

void HostPool::on_idle(Connection& connection) {
  set_lane(connection, Lane::quick);
  connection.expected_us = 0;
  if (yielding_ == &connection) yielding_ = nullptr;
  const bool worn_out =
      (connection.retire_at != 0 && loop_.now() >= connection.retire_at) ||
      (config_.max_result_bytes != 0 &&
       connection.largest_message() > config_.max_result_bytes) ||
      (retiring_ && waiting() == 0);
  if (worn_out) return close(connection);
  connection.idle_since = loop_.now();
  connection.set_idle(true);
  idle_.push_back(&connection);
  if (connection.needs_unlock())
    keep_house_by(loop_.now() + kUnlockDelay);
  else if (connection.idle_limit != 0)
    keep_house_by(loop_.now() + connection.idle_limit);
  rest_if_idle();
}

// A timer that clients wait for must not keep a process alive without clients.
void HostPool::rest_if_idle() {
  if (idle_.size() == connections_.size()) attend_timer_->stop();
}

void HostPool::on_answered(Connection& connection, TaskPtr task) {
  connection.expected_us -= std::min(connection.expected_us, task->cost_us);
  if (task->begins_anew()) {
    if (task->lane == Lane::change) note_slow(*task);
    task->proven_slow = true;
    task->rewind();
    return enqueue(std::move(task));
  }
  if (task->plan_is_stale && task->alive() && task->attempts == 0) {
    task->rewind();
    task->attempts++;
    task->plan.prepares_anew = true;
    return enqueue(std::move(task));
  }
  finish_elsewhere_or_here(std::move(task));
}

// Everything is put in order before the first sink is called. The list of those
// that fail needs no memory.
void HostPool::on_lost(Connection& connection) {
  TaskQueue failed;
  bool first = true;
  for (Connection::Unanswered left = connection.take_unanswered();
       left.task != nullptr; left = connection.take_unanswered()) {
    TaskPtr task = std::move(left.task);
    // What was never written has not run; what waited behind another group was
    // a clean read, which may run twice.
    const bool may_repeat =
        !left.written || (!first && task->lane == Lane::shared);
    first = false;
    if (!task->alive()) continue;
    if (may_repeat && task->attempts == 0 && !task->delivered) {
      task->rewind();
      task->attempts++;
      enqueue(std::move(task));
    } else {
      failed.insert(std::move(task));
    }
  }
  close(connection, connection.is_deaf ? kDeafFarewell : kFarewell);
  if (connections_.empty()) neighbours_.on_down(*this);
  // The connection lives until the next post, and its words with it.
  while (failed.front() != nullptr) {
    TaskPtr task = failed.remove(*failed.front());
    try {
      task->error = connection.last_words();
    } catch (const std::bad_alloc&) {
      task->error.reset();
    }
    if (!task->error) task->error = own_error(RunError::Kind::lost);
    finish_elsewhere_or_here(std::move(task));
  }
}

// --- ends --------------------------------------------------------------------

void HostPool::finish(TaskPtr task) {
  RowSink* sink = task->sink;
  if (task->handle != nullptr) task->handle->detach(task->stats);
  task->handle = nullptr;
  PoolTotals& totals = context_.totals;
  if (task->sent_us == 0 && task->error) totals.refused++;
  if (task->sent_us != 0) totals.runs++;
  if (task->sent_us != 0 && task->error) totals.failures++;
  if (sink == nullptr) return;
  try {
    if (task->timed_out && task->error)
      task->error = own_error(RunError::Kind::timeout);
    if (task->error)
      sink->on_error(*task->error);
    else
      sink->on_done();
  } catch (const std::bad_alloc&) {
    loop_.log(Loop::Level::error, "pool: out of memory in a sink");
  }
}

void HostPool::finish_elsewhere_or_here(TaskPtr task) {
  if (task->error && neighbours_.take_over(*this, task)) return;
  finish(std::move(task));
}

void HostPool::fail_all(TaskQueue& tasks, RunError::Kind kind) {
  while (tasks.front() != nullptr) {
    TaskPtr task = tasks.remove(*tasks.front());
    task->error = own_error(kind);
    finish_elsewhere_or_here(std::move(task));
  }
}

// Out of all lists, to be destroyed in the next post: it may be in the middle
// of its own work.
void HostPool::remove(Connection& connection) {
  erase_value(idle_, &connection);
  for (Connection*& listed : work_left_)
    if (listed == &connection) listed = nullptr;
  set_lane(connection, Lane::quick);
  if (yielding_ == &connection) yielding_ = nullptr;
  auto at =
      std::find_if(connections_.begin(), connections_.end(),
                   [&](const auto& one) { return one.get() == &connection; });
  if (at == connections_.end()) return;
  lost_.push_back(std::move(*at));
  connections_.erase(at);
  rest_if_idle();
  post();
}

void HostPool::close(Connection& connection, Milliseconds patience) {
  connection.mark_lost();
  remove(connection);
  ConnectionHandle handle = connection.release();
  if (retiring_ || PQsocket(handle.get()) < 0) return;
  try {
    farewells_.push_back(std::make_unique<Farewell>(
        loop_, std::move(handle), patience,
        callback<&HostPool::on_farewell_over>(this)));
  } catch (const std::bad_alloc&) {
    // It goes without a farewell.
  }
}

void HostPool::on_farewell_over() noexcept { post(); }

}  // namespace trestle::pg
