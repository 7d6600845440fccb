// The part of HostPool that brings tasks from the queue to a connection.

#include <algorithm>
#include <new>
#include <utility>

#include "pg/host_pool.h"
#include "pg/run_error.h"

namespace trestle::pg {
namespace {

constexpr std::array<Lane, kLanes> kAllLanes = {Lane::shared, Lane::quick,
                                                Lane::slow};

// A statement is cheap when it takes a quarter of what others may be made to
// wait for it.
std::uint64_t cheap_us(const PoolConfig& config) {
  return std::max<std::uint64_t>(config.head_of_line, 1) * 1000 / 4;
}

}  // namespace

Lane HostPool::lane_of(const Task& task) const {
  std::uint64_t cost = 0;
  for (const Statement& statement : task.plan.statements) {
    if (task.urgent) break;  // known to be cheap
    const auto average = context_.costs.average_us(statement.sql->name);
    if (!average) return Lane::slow;
    cost += *average;
  }
  if (cost > cheap_us(config_)) return Lane::slow;
  const bool may_share =
      config_.pipeline > 1 && task.plan.access == Access::read &&
      task.plan.effects == Effects::clean && task.plan.statements.size() == 1 &&
      task.plan.isolation.empty() && task.timeout != 0 &&
      config_.scrub != PoolConfig::Scrub::always;
  return may_share ? Lane::shared : Lane::quick;
}

void HostPool::enqueue(TaskPtr task) {
  task->lane = lane_of(*task);
  TaskQueue& waiting_line = queue(task->lane);
  waiting_line.insert(std::move(task));
}

void HostPool::dispatch() {
  while (waiting() > 0) {
    refresh_slow_lane();
    std::array<Lane, kLanes> order = kAllLanes;
    std::sort(order.begin(), order.end(), [this](Lane a, Lane b) {
      const Task* first = queue(a).front();
      const Task* second = queue(b).front();
      if (first == nullptr || second == nullptr) return first != nullptr;
      return first->sequence < second->sequence;
    });
    if (!std::any_of(order.begin(), order.end(),
                     [this](Lane lane) { return place_head(lane); }))
      break;
  }
  if (waiting() > 0) ask_to_yield();
  connect_if_wanted();
  arm_queue_timer();
}

// A statement that was unknown when its task came may be known by now.
void HostPool::refresh_slow_lane() {
  while (Task* head = queue(Lane::slow).front()) {
    const Lane lane = lane_of(*head);
    if (lane == Lane::slow) return;
    enqueue(queue(Lane::slow).remove(*head));
  }
}

bool HostPool::place_head(Lane lane) {
  Task* head = queue(lane).front();
  if (head == nullptr) return false;
  Connection* connection = find_connection(lane);
  if (connection == nullptr) return false;
  const bool first = connection->in_flight() == 0;
  TaskPtr task = queue(lane).remove(*head);
  const Milliseconds timeout = task->timeout;
  try {
    connection->send(task);
  } catch (const std::bad_alloc&) {
    queue(lane).insert(std::move(task));
    if (first) on_idle(*connection);
    throw;
  }
  if (first)
    attend_by(loop_.now() + (timeout == 0 ? kPresence : timeout + kGuardDelay));
  else
    attend_by(connection->head_since() + config_.head_of_line);
  return true;
}

Connection* HostPool::find_connection(Lane lane) {
  Connection* best = nullptr;
  if (lane == Lane::shared) {
    for (const auto& connection : connections_)
      if (accepts_shared(*connection) &&
          (best == nullptr || connection->in_flight() > best->in_flight()))
        best = connection.get();
    if (best != nullptr) return best;
  }
  if (!lane_is_open(lane)) return nullptr;
  best = take_idle();
  if (best == nullptr) return nullptr;
  best->lane = lane;
  if (lane == Lane::slow) slow_busy_++;
  return best;
}

bool HostPool::accepts_shared(const Connection& connection) const {
  return connection.lane == Lane::shared && connection.in_flight() > 0 &&
         connection.in_flight() < config_.pipeline && !connection.paused() &&
         !connection.canceling() && !connection.doomed() &&
         &connection != yielding_ &&
         loop_.now() < connection.head_since() + config_.head_of_line;
}

Connection* HostPool::take_idle() {
  if (idle_.empty()) return nullptr;
  Connection* connection = idle_.back();
  idle_.pop_back();
  connection->set_idle(false);
  return connection;
}

// One connection stays for cheap work, if there is more than one.
bool HostPool::lane_is_open(Lane lane) const {
  return lane != Lane::slow || config_.pool_size <= 1 ||
         slow_busy_ < config_.pool_size - 1;
}

bool HostPool::somebody_can_run() const {
  for (const Lane lane : kAllLanes)
    if (queue(lane).front() != nullptr && lane_is_open(lane)) return true;
  return false;
}

// When all connections are shared and somebody waits who needs one alone, the
// one with the least to do takes nothing more until it is idle.
void HostPool::ask_to_yield() {
  if (yielding_ != nullptr || !idle_.empty() || total() < config_.pool_size)
    return;
  const bool wanted =
      queue(Lane::quick).front() != nullptr ||
      (queue(Lane::slow).front() != nullptr && lane_is_open(Lane::slow));
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
  const bool waited_for = idle_.empty() && somebody_can_run();
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
  Milliseconds first = 0;
  for (const TaskQueue& line : queues_) {
    const Task* head = line.front();
    if (head == nullptr || head->queue_deadline == 0) continue;
    if (first == 0 || head->queue_deadline < first)
      first = head->queue_deadline;
  }
  if (first == 0) return queue_timer_->stop();
  const Milliseconds now = loop_.now();
  if (!queue_timer_->running())
    queue_timer_->start(first > now ? first - now : 0);
}

void HostPool::on_queue_deadline() noexcept {
  guarded(&HostPool::expire_waiting);
}

void HostPool::expire_waiting() {
  TaskQueue late;
  for (TaskQueue& line : queues_)
    while (line.front() != nullptr && line.front()->queue_deadline != 0 &&
           line.front()->queue_deadline <= loop_.now())
      late.insert(line.remove(*line.front()));
  arm_queue_timer();
  fail_all(late, RunError::Kind::overload);
}

void HostPool::fail_waiting(RunError::Kind kind) {
  TaskQueue all;
  for (TaskQueue& line : queues_)
    while (line.front() != nullptr) all.insert(line.remove(*line.front()));
  demand_ = demand_ || all.size() > 0;
  queue_timer_->stop();
  fail_all(all, kind);
}

}  // namespace trestle::pg
