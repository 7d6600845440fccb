// The part of HostPool that brings tasks from the queue to a connection.

#include <algorithm>
#include <new>
#include <utility>

#include "pg/host_pool.h"
#include "pg/run_error.h"

namespace trestle::pg {

std::uint64_t cheap_us(const PoolConfig& config) {
  return std::max<std::uint64_t>(config.head_of_line, 1) * 1000 / 4;
}

Lane HostPool::lane_of(Task& task) const {
  task.cost_us = 0;
  bool known = true;
  for (const Statement& statement : task.plan.statements) {
    if (task.urgent) break;  // known to be cheap
    const auto average = context_.costs.average_us(statement.sql->name);
    known &= average.has_value();
    task.cost_us += average.value_or(0);
  }
  if (task.proven_slow || task.cost_us > cheap_us(config_)) return Lane::slow;
  if (!known) return Lane::trial;
  const Plan& plan = task.plan;
  const bool may_share = config_.pipeline > 1 && plan.statements.size() == 1 &&
                         plan.isolation.empty() && task.timeout != 0 &&
                         config_.scrub != PoolConfig::Scrub::always;
  if (!may_share) return Lane::quick;
  if (plan.access == Access::read)
    return plan.effects == Effects::clean ? Lane::shared : Lane::quick;
  const bool is_change = plan.effects != Effects::unknown && !plan.describes &&
                         plan.end == Plan::End::commit;
  return is_change && task.timeout > config_.head_of_line ? Lane::change
                                                          : Lane::quick;
}

void HostPool::enqueue(TaskPtr task) {
  task->lane = lane_of(*task);
  lines_.put_back(std::move(task));
}

void HostPool::dispatch() {
  set_late_aside();
  while (waiting() > 0) {
    refresh_slow_lanes();
    const std::array<Lane, kLanes> order = lines_.by_age();
    if (!std::any_of(order.begin(), order.end(),
                     [this](Lane lane) { return place_head(lane); }))
      break;
  }
  if (waiting() > 0) ask_to_yield();
  lines_.note_change(loop_.now());
  connect_if_wanted();
  if (waiting() > 0) attend_slow_readers();
  arm_queue_timer();
}

// What was unknown or slow when its task came may be cheap by now.
void HostPool::refresh_slow_lanes() {
  for (const Lane from : {Lane::trial, Lane::slow})
    while (Task* head = lines_.head(from)) {
      if (lane_of(*head) == from) break;
      enqueue(lines_.take(*head));
      lines_.note_departure(from, loop_.now());
    }
}

bool HostPool::place_head(Lane lane) {
  Task* head = lines_.head(lane);
  if (head == nullptr) return false;
  Connection* connection = find_connection(*head);
  if (connection == nullptr) return false;
  const bool first = connection->in_flight() == 0;
  TaskPtr task = lines_.take(*head);
  const std::uint64_t cost_us = task->cost_us;
  try {
    connection->send(task);
  } catch (const std::bad_alloc&) {
    lines_.put_back(std::move(task));
    if (first) on_idle(*connection);
    throw;
  }
  connection->expected_us += cost_us;
  lines_.note_departure(lane, loop_.now());
  attend_by(connection->head_since() + config_.head_of_line);
  return true;
}

Connection* HostPool::find_connection(Task& task) {
  if (task.lane == Lane::shared || task.lane == Lane::change)
    if (Connection* company = find_company(task)) return company;
  if (!may_have_idle(task)) return nullptr;
  Connection* idle = take_idle();
  if (idle == nullptr) return nullptr;
  // Alone, as long as there are more connections.
  if (task.lane == Lane::change && has_more_connections())
    task.lane = Lane::quick;
  set_lane(*idle, task.lane);
  return idle;
}

// Whose groups the task may go behind: the busiest for a read, the least busy
// for a change, and none before all connections are.
Connection* HostPool::find_company(const Task& task) const {
  const bool is_change = task.lane == Lane::change;
  if (is_change && (has_more_connections() || others_wait_longer(task)))
    return nullptr;
  Connection* best = nullptr;
  for (const auto& connection : connections_) {
    if (!accepts_company(*connection, task)) continue;
    const bool is_busier =
        best != nullptr && connection->in_flight() > best->in_flight();
    if (best == nullptr || is_busier != is_change) best = connection.get();
  }
  return best;
}

bool HostPool::has_more_connections() const {
  return !idle_.empty() || total() < config_.pool_size;
}

// Who would go on coming behind others while somebody waits for a connection
// alone would keep it from ever being idle.
bool HostPool::others_wait_longer(const Task& task) const {
  return lines_.any_head([&](const Task& head) {
    return head.lane != task.lane && head.sequence < task.sequence &&
           may_have_idle(head);
  });
}

// Everybody in front of it together must not hold it up for too long.
bool HostPool::accepts_company(const Connection& connection,
                               const Task& task) const {
  return connection.lane == task.lane && connection.in_flight() > 0 &&
         connection.in_flight() < config_.pipeline && !connection.paused() &&
         connection.cancel_since() == 0 && !connection.canceling() &&
         !connection.doomed() && &connection != yielding_ &&
         connection.expected_us + task.cost_us <= config_.head_of_line * 1000 &&
         loop_.now() < connection.head_since() + config_.head_of_line;
}

Connection* HostPool::take_idle() {
  if (idle_.empty()) return nullptr;
  Connection* connection = idle_.back();
  idle_.pop_back();
  connection->set_idle(false);
  return connection;
}

// (2), if there is more than one.
bool HostPool::may_have_idle(const Task& task) const {
  if (task.lane != Lane::trial && task.lane != Lane::slow) return true;
  if (config_.pool_size <= 1 || slow_on_the_way() < config_.pool_size - 1)
    return true;
  return task.lane == Lane::trial && task.may_run_twice() && !cheap_ones_wait();
}

std::size_t HostPool::slow_on_the_way() const {
  std::size_t tried = 0;
  for (const auto& connection : connections_)
    tried += connection->lane == Lane::trial ? 1 : 0;
  return slow_busy_ + tried;
}

bool HostPool::cheap_ones_wait() const {
  return lines_.head(Lane::shared) != nullptr ||
         lines_.head(Lane::change) != nullptr ||
         lines_.head(Lane::quick) != nullptr;
}

// When all connections are shared and somebody waits who needs one alone, the
// one with the least to do takes nothing more until it is idle.
void HostPool::ask_to_yield() {
  if (yielding_ != nullptr || !idle_.empty() || total() < config_.pool_size)
    return;
  bool wanted = false;
  for (const Lane lane : {Lane::change, Lane::quick, Lane::trial, Lane::slow}) {
    const Task* head = lines_.head(lane);
    wanted |= head != nullptr && may_have_idle(*head);
  }
  if (!wanted) return;
  for (const auto& connection : connections_)
    if (connection->lane == Lane::shared && connection->in_flight() > 0 &&
        (yielding_ == nullptr ||
         connection->in_flight() < yielding_->in_flight()))
      yielding_ = connection.get();
}

void HostPool::connect_if_wanted() {
  if (connector_ != nullptr || total() >= config_.pool_size ||
      backoff_.remaining() > 0)
    return;
  const bool waited_for =
      idle_.empty() &&
      lines_.any_head([this](const Task& head) { return may_have_idle(head); });
  const bool too_few = !retiring_ && idle_.size() < config_.min_idle;
  if (!waited_for && !too_few && !demand_) return;
  demand_ = false;
  connector_ = std::make_unique<Connector>(
      loop_, gate_, conninfo_,
      config_.transaction_pooler
          ? std::string()
          : startup_options(conninfo_, config_.query_timeout),
      config_.connect_timeout, static_cast<Connector::Owner&>(*this));
}

void HostPool::arm_queue_timer() {
  const Milliseconds first = lines_.first_deadline();
  if (first == 0) return queue_timer_->stop();
  const Milliseconds now = loop_.now();
  if (!queue_timer_->running())
    queue_timer_->start(first > now ? first - now : 0);
}

void HostPool::on_queue_deadline() noexcept { guarded(&HostPool::fail_late); }

// Before it is looked who can run.
void HostPool::set_late_aside() {
  if (lines_.set_late_aside(loop_.now())) post();
}

void HostPool::fail_late() {
  set_late_aside();
  lines_.note_change(loop_.now());
  arm_queue_timer();
  fail_all(lines_.late(), RunError::Kind::overload);
}

void HostPool::fail_waiting(RunError::Kind kind) {
  TaskQueue all;
  lines_.take_all(all);
  demand_ = demand_ || all.size() > 0;
  lines_.note_change(loop_.now());
  queue_timer_->stop();
  fail_all(all, kind);
}

}  // namespace trestle::pg
