// A FIFO of waiting tasks, from which any one can leave in constant time.
#pragma once

#include <cstddef>

#include "pg/task.h"

namespace trestle::pg {

class TaskQueue {
 public:
  TaskQueue() = default;
  ~TaskQueue();
  TaskQueue(const TaskQueue&) = delete;
  TaskQueue& operator=(const TaskQueue&) = delete;

  // Takes its place by sequence number: at the end, but for those that come
  // back from a connection.
  void insert(TaskPtr task);
  [[nodiscard]] TaskPtr remove(Task& task);

  // Null when empty.
  [[nodiscard]] Task* front() const { return first_; }
  [[nodiscard]] Task* back() const { return last_; }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  Task* first_ = nullptr;
  Task* last_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace trestle::pg
