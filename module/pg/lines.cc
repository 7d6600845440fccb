#include "pg/lines.h"

#include <limits>
#include <utility>

namespace trestle::pg {
namespace {

constexpr std::array<Lane, kLanes> kAllLanes = {
    Lane::shared, Lane::change, Lane::quick, Lane::trial, Lane::slow};
// Ten times what a refusal costs the worker. Where a line moves more quickly
// than that, refusals would take the time that the answers need.
constexpr std::uint64_t kRefusalPays_us = 200;
// So many leave the end of a line that is too long with each that is refused.
constexpr int kShedAtOnce = 10;
constexpr std::size_t kAnyNumber = std::numeric_limits<std::size_t>::max();

}  // namespace

Lines::Lines(const PoolConfig& config)
    : config_(config),
      paces_{Pace(config.queue_timeout), Pace(config.queue_timeout),
             Pace(config.queue_timeout), Pace(config.queue_timeout),
             Pace(config.queue_timeout)} {}

void Lines::add(TaskPtr task, Milliseconds now) {
  task->sequence = task->urgent ? next_urgent_sequence_++ : next_sequence_++;
  if (config_.queue_timeout != 0)
    task->queue_deadline =
        (task->arrived != 0 ? task->arrived : now) + config_.queue_timeout;
  put_back(std::move(task));
}

void Lines::adopt(TaskPtr task) {
  task->sequence = next_sequence_++;
  put_back(std::move(task));
}

void Lines::put_back(TaskPtr task) {
  TaskQueue& into = line(task->lane);
  into.insert(std::move(task));
}

void Lines::note_change(Milliseconds now) {
  for (std::size_t i = 0; i < kLanes; i++)
    paces_[i].note_waiting(lines_[i].size(), now);
}

std::array<Lane, kLanes> Lines::by_age() const {
  std::array<Lane, kLanes> order = kAllLanes;
  std::sort(order.begin(), order.end(), [this](Lane a, Lane b) {
    const Task* first = head(a);
    const Task* second = head(b);
    if (first == nullptr || second == nullptr) return first != nullptr;
    return first->sequence < second->sequence;
  });
  return order;
}

std::size_t Lines::size() const {
  std::size_t tasks = 0;
  for (const TaskQueue& line : lines_) tasks += line.size();
  return tasks;
}

Milliseconds Lines::wait(Milliseconds now) const {
  Milliseconds longest = 0;
  for (std::size_t i = 0; i < kLanes; i++)
    longest = std::max(longest,
                       paces_[i].time_for(lines_[i].size(), now).value_or(0));
  return longest;
}

// --- how long a line may be --------------------------------------------------

bool Lines::has_room_for(const Task& task, Milliseconds now) const {
  return line(task.lane).size() < room_for(task, now);
}

// A short line is always right: one long statement makes it look slow.
std::size_t Lines::room_for(const Task& task, Milliseconds now) const {
  const std::size_t ahead = line(task.lane).size();
  if (config_.queue_timeout == 0 || ahead < config_.pool_size)
    return kAnyNumber;
  const Pace& pace = paces_[static_cast<std::size_t>(task.lane)];
  const auto wait = pace.time_for(ahead + 1, now);
  if (!wait) return kAnyNumber;
  const Milliseconds standing = config_.queue_standing != 0
                                    ? config_.queue_standing
                                    : config_.queue_timeout / 20;
  const bool stands =  // (2)
      *wait > standing && pace.standing_for(now) > standing &&
      *wait * 1000 / (ahead + 1) >= kRefusalPays_us;
  if (stands)
    return std::max<std::size_t>(standing * ahead / *wait,
                                 config_.pool_size * config_.pipeline);
  return *wait > config_.queue_timeout ? ahead : kAnyNumber;
}

bool Lines::shorten(const Task& refused, Milliseconds now) {
  TaskQueue& too_long = line(refused.lane);
  const std::size_t room = room_for(refused, now);
  for (int i = 0; i < kShedAtOnce && too_long.size() > room; i++) {
    if (too_long.back()->urgent) break;
    late_.insert(too_long.remove(*too_long.back()));
  }
  return late_.size() > 0;
}

// --- who is late -------------------------------------------------------------

Milliseconds Lines::first_deadline() const {
  Milliseconds first = 0;
  for (const TaskQueue& line : lines_) {
    const Task* head = line.front();
    if (head == nullptr || head->queue_deadline == 0) continue;
    if (first == 0 || head->queue_deadline < first)
      first = head->queue_deadline;
  }
  return first;
}

bool Lines::set_late_aside(Milliseconds now) {
  for (TaskQueue& line : lines_)
    while (line.front() != nullptr && line.front()->queue_deadline != 0 &&
           line.front()->queue_deadline <= now)
      late_.insert(line.remove(*line.front()));
  return late_.size() > 0;
}

// --- who leaves for another host ---------------------------------------------

void Lines::take_bound(bool all, TaskQueue& taken) {
  for (TaskQueue& line : lines_)
    for (Task* task = line.front(); task != nullptr;) {
      Task* next = task->next;
      if (task->plan.access == Access::write ||
          (all && (task->latest || task->after != 0)))
        taken.insert(line.remove(*task));
      task = next;
    }
}

void Lines::take_all(TaskQueue& taken) {
  for (TaskQueue& line : lines_)
    while (line.front() != nullptr) taken.insert(line.remove(*line.front()));
}

}  // namespace trestle::pg
