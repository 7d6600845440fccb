// A Task is one submitted plan on its way: it waits in a queue, travels over a
// connection as one group of messages, and ends with its sink's last call.
// Owned by the queue or the connection it is in; the Run that the submitter
// holds points to it and is pointed to.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pg/loop.h"
#include "pg/pool.h"
#include "pg/settings_row.h"
#include "pg/statement_cache.h"
#include "sql/row_sink.h"
#include "sql/statement.h"

namespace trestle::pg {

class HostPool;
class RunHandle;
class TaskQueue;

// How a task may be run, by what is known of its statements.
enum class Lane : std::uint8_t {
  shared,  // clean, cheap and read-only: beside others on one connection
  change,  // a clean, cheap change: behind others when no connection is idle
  quick,   // cheap: any connection, alone
  trial,   // not seen yet: as slow; on the last connection it may be taken back
  slow,    // slow: alone, and never on the last connection
};
constexpr std::size_t kLanes = 5;

// One part of a group that the server answers with a CommandComplete (a
// description with the columns alone).
struct Step {
  enum class Kind : std::uint8_t {
    begin,
    forget,  // what sequences have told
    settings,
    statement,
    description,  // of a statement that is not run
    check,
    end,
  };
  Kind kind = Kind::statement;
  bool named = false;
  bool parse = false;     // a Parse goes with it
  bool describe = false;  // a Describe goes with it
  std::size_t statement = 0;
  const Sql* sql = nullptr;  // the plan's, or one that the pool keeps
  // Of the answer, when no Describe tells them: those of the statement that had
  // the name when this was written, whatever becomes of the name meanwhile.
  ColumnsRef columns = {};
};

// What a task's only statement has answered, until its transaction has
// committed: a task that begins anew must not have answered anything.
struct HeldAnswer {
  ColumnsRef columns = {};
  std::string rows = {};  // each behind its length
  std::uint64_t affected = 0;
};

struct Task {
  Task() = default;
  ~Task();
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  // As submitted.
  Plan plan;
  Settings settings;
  Milliseconds timeout = 0;  // of each statement; 0: none
  RowSink* sink = nullptr;   // null: the client has left
  RunHandle* handle = nullptr;
  WalPosition after = 0;  // a standby must have replayed so far
  bool latest = false;    // the primary is asked while there is one
  bool urgent = false;    // of the pool itself: in front of the queue
  std::size_t moves = 0;  // hosts that it came from

  // In the queue.
  Lane lane = Lane::slow;
  std::uint64_t cost_us = 0;  // what its statements have cost lately
  bool proven_slow = false;   // it was taken back for being slow
  std::uint64_t sequence = 0;
  Milliseconds arrived = 0;         // 0: when it was submitted
  Milliseconds queue_deadline = 0;  // 0: none
  std::uint64_t submitted_us = 0;
  Task* previous = nullptr;
  Task* next = nullptr;
  TaskQueue* queue = nullptr;  // that it waits in
  int attempts = 0;            // runs that came to nothing before

  // On a connection.
  HostPool* host = nullptr;
  std::vector<Step> steps;
  SettingsShapeRef settings_shape;
  std::size_t position = 0;  // of the step that is answered next
  std::size_t closes = 0;    // CloseComplete messages in front of the steps
  bool block = false;        // runs inside an explicit transaction block
  bool bound = false;        // the current step has passed its Bind
  bool columns_given = false;
  bool delivered = false;  // the sink has received something
  bool timed_out = false;  // the guard has fired
  bool revoked = false;    // it is being taken back
  ColumnsRef columns;      // of the current step
  HeldAnswer held;         // in the change lane
  std::optional<RunError> error;
  bool failed_on_server = false;  // the server skips the rest of the group
  bool left_transaction = false;  // a statement has ended our transaction
  bool plan_is_stale = false;     // the error is cured by preparing anew
  std::uint64_t sent_us = 0;
  RunStats stats;

  [[nodiscard]] bool alive() const { return sink != nullptr; }
  // How long a statement may run. In the change lane others wait behind it;
  // what does not end in that time begins anew, alone.
  [[nodiscard]] Milliseconds limit(const PoolConfig& config) const {
    return lane == Lane::change ? std::min(timeout, config.head_of_line)
                                : timeout;
  }
  // Whether a cancel undoes all of it, so that it may begin anew.
  [[nodiscard]] bool may_run_twice() const {
    return plan.access == Access::read || plan.effects != Effects::unknown;
  }
  // The same while it runs: of a change, the answer can be held.
  [[nodiscard]] bool may_begin_anew() const {
    return may_run_twice() &&
           (plan.access == Access::read || plan.statements.size() == 1);
  }

  // Whether its rows are dropped, since it is to begin anew. A cancel may come
  // behind the first of them, or too late altogether.
  [[nodiscard]] bool drops_answer() const {
    return revoked && plan.access == Access::read;
  }
  // Whether what has ended so is run once more in place of being told.
  [[nodiscard]] bool begins_anew() const;

  // Back to how it was submitted, to be run once more.
  void rewind();
  // A task of its own, to be run elsewhere; what stays knows enough to have its
  // answers read, and nobody listens to them.
  [[nodiscard]] std::unique_ptr<Task> split_off();
};

using TaskPtr = std::unique_ptr<Task>;

// What the submitter holds.
class RunHandle final : public Run {
 public:
  explicit RunHandle(Task& task) : task_(&task) { task.handle = this; }
  ~RunHandle() override;

  void resume() override;
  [[nodiscard]] const RunStats& stats() const override;

  // The task has ended (or its pool has): its figures stay.
  void detach(const RunStats& stats);

 private:
  friend struct Task;  // split_off() re-points it
  Task* task_;
  RunStats stats_;
};

}  // namespace trestle::pg
