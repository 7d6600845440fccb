#include "pg/task.h"

#include <utility>

#include "pg/host_pool.h"

namespace trestle::pg {

Task::~Task() {
  if (handle != nullptr) handle->detach(stats);
}

bool Task::begins_anew() const {
  constexpr std::string_view kCanceled = "57014";
  if (!alive() || delivered) return false;
  if (!error) return drops_answer();
  return (revoked || lane == Lane::change) && error->sqlstate == kCanceled;
}

void Task::rewind() {
  steps.clear();
  settings_shape.reset();
  position = 0;
  closes = 0;
  block = bound = columns_given = false;
  columns.reset();
  held = {};
  error.reset();
  stats.rows = 0;
  failed_on_server = left_transaction = plan_is_stale = revoked = false;
}

std::unique_ptr<Task> Task::split_off() {
  auto task = std::make_unique<Task>();
  // The steps that stay refer to the statements' text.
  task->plan = plan;
  for (Statement& statement : plan.statements) statement.params.clear();
  task->settings = std::move(settings);
  task->timeout = timeout;
  task->sink = std::exchange(sink, nullptr);
  task->handle = std::exchange(handle, nullptr);
  if (task->handle != nullptr) task->handle->task_ = task.get();
  task->after = after;
  task->latest = latest;
  task->urgent = urgent;
  task->moves = moves;
  task->host = host;
  task->lane = lane;
  task->cost_us = cost_us;
  task->arrived = arrived;
  task->sequence = sequence;
  task->queue_deadline = queue_deadline;
  task->submitted_us = submitted_us;
  task->attempts = attempts;
  return task;
}

RunHandle::~RunHandle() {
  if (task_ != nullptr) task_->host->abandon(*task_);
}

void RunHandle::resume() {
  if (task_ != nullptr) task_->host->resume(*task_);
}

const RunStats& RunHandle::stats() const {
  return task_ != nullptr ? task_->stats : stats_;
}

void RunHandle::detach(const RunStats& stats) {
  stats_ = stats;
  task_ = nullptr;
}

}  // namespace trestle::pg
