// Lines is the queue in front of a host's connections: a line for each lane,
// first come, first served within it. Knows who waits, until when, and how long
// a line may be; who runs where is HostPool's affair. Pure: the time is the
// caller's.
//
//  (1) A request's time counts from its arrival: a late one is sent away before
//      it costs anything, and one that can be seen to come too late, from how
//      quickly its line moves (pace.h), is not taken in.
//  (2) A line that does not empty any more is no burst. It is kept so short
//      that who is served at all is served soon: who comes then is refused, and
//      with each of them a few go from its end.
//  (3) Who is sent away is kept aside, in late(): a submit() may be under way
//      when it is found, and its sink hears of it in a turn of its own.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "pg/pace.h"
#include "pg/pool.h"
#include "pg/task_queue.h"

namespace trestle::pg {

class Lines {
 public:
  // `config` outlives it.
  explicit Lines(const PoolConfig& config);

  // All take the lane that the task says.
  // One that has just been submitted: gets its place and its deadline.
  void add(TaskPtr task, Milliseconds now);
  // One that another host had: at the end, with the deadline that it has.
  void adopt(TaskPtr task);
  // One that was here before has its old place.
  void put_back(TaskPtr task);

  [[nodiscard]] TaskPtr take(Task& task) { return task.queue->remove(task); }
  // One that was taken has left the line to be served.
  void note_departure(Lane lane, Milliseconds now) {
    pace(lane).note_departure(now);
  }
  // Behind each change of who waits.
  void note_change(Milliseconds now);

  // Null: nobody waits there.
  [[nodiscard]] Task* head(Lane lane) const { return line(lane).front(); }
  template <class Predicate>
  [[nodiscard]] bool any_head(Predicate&& predicate) const {
    return std::any_of(lines_.begin(), lines_.end(), [&](const auto& line) {
      return line.front() != nullptr && predicate(*line.front());
    });
  }
  // The oldest head's first, those without any last.
  [[nodiscard]] std::array<Lane, kLanes> by_age() const;
  [[nodiscard]] std::size_t size() const;
  // What Retry-After says of those who wait. 0: it cannot be told.
  [[nodiscard]] Milliseconds wait(Milliseconds now) const;

  // Whether the task may wait in its line (1) (2).
  [[nodiscard]] bool has_room_for(const Task& task, Milliseconds now) const;
  // (2), when it may not. True: somebody is late.
  bool shorten(const Task& refused, Milliseconds now);

  // Of all that wait. 0: none.
  [[nodiscard]] Milliseconds first_deadline() const;
  // (3). True: somebody is late.
  bool set_late_aside(Milliseconds now);
  [[nodiscard]] TaskQueue& late() { return late_; }

  // Gives up the writes, and with `all` the reads that must see all that was
  // committed.
  void take_bound(bool all, TaskQueue& taken);
  void take_all(TaskQueue& taken);

 private:
  [[nodiscard]] TaskQueue& line(Lane lane) {
    return lines_[static_cast<std::size_t>(lane)];
  }
  [[nodiscard]] const TaskQueue& line(Lane lane) const {
    return lines_[static_cast<std::size_t>(lane)];
  }
  [[nodiscard]] Pace& pace(Lane lane) {
    return paces_[static_cast<std::size_t>(lane)];
  }
  [[nodiscard]] std::size_t room_for(const Task& task, Milliseconds now) const;

  const PoolConfig& config_;
  std::array<TaskQueue, kLanes> lines_;
  std::array<Pace, kLanes> paces_;
  TaskQueue late_;
  // Urgent tasks count from 0, so that they come before all others.
  std::uint64_t next_sequence_ = std::uint64_t{1} << 32;
  std::uint64_t next_urgent_sequence_ = 0;
};

}  // namespace trestle::pg
