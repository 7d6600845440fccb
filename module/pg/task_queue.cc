#include "pg/task_queue.h"

namespace trestle::pg {

TaskQueue::~TaskQueue() {
  while (first_ != nullptr) remove(*first_).reset();
}

void TaskQueue::insert(TaskPtr owned) {
  Task* task = owned.release();
  Task* before = last_;
  while (before != nullptr && before->sequence > task->sequence)
    before = before->previous;
  task->previous = before;
  task->next = before == nullptr ? first_ : before->next;
  (task->previous == nullptr ? first_ : task->previous->next) = task;
  (task->next == nullptr ? last_ : task->next->previous) = task;
  task->queue = this;
  size_++;
}

TaskPtr TaskQueue::remove(Task& task) {
  (task.previous == nullptr ? first_ : task.previous->next) = task.next;
  (task.next == nullptr ? last_ : task.next->previous) = task.previous;
  task.previous = task.next = nullptr;
  task.queue = nullptr;
  size_--;
  return TaskPtr(&task);
}

}  // namespace trestle::pg
