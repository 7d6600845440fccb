// One established connection: groups of messages out, answers in. libpq has
// connected and authenticated it; from there on it speaks the protocol itself,
// because libpq 15 writes at every Sync, copies each row twice and cannot be
// asked to stop reading (docs/decisions/010-wire-protocol.md).
//
// Answers come in the order of the groups, each ended by a ReadyForQuery. An
// error skips the rest of its own group and no other. The connection decides
// nothing about who runs where: that is its owner's, the host pool.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/literal.h"
#include "pg/cancel.h"
#include "pg/loop.h"
#include "pg/pgconn.h"
#include "pg/run_error.h"
#include "pg/settings_row.h"
#include "pg/statement_cache.h"
#include "pg/statement_costs.h"
#include "pg/task.h"
#include "pg/transport.h"
#include "pg/turn_lag.h"
#include "pg/wire_reader.h"

namespace trestle::pg {

// What all connections of one pool share; it outlives them.
struct PoolContext {
  Loop& loop;
  const PoolConfig& config;
  SettingsRows rows = {};
  StatementCosts costs = {};
  PoolTotals totals = {};
  TurnLag lag = {};
};

class Connection {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    // A group has been answered: task.error says whether it failed. The
    // connection is fit for further groups, idle if this was the last one.
    virtual void on_answered(Connection& connection, TaskPtr task) = 0;
    // The last group has been answered and nothing holds the connection back.
    virtual void on_idle(Connection& connection) = 0;
    // All that has happened has been told: time to look for the next task.
    virtual void on_ready_for_more(Connection& connection) = 0;
    // There is something to write, or to read on, at the end of this turn.
    virtual void on_work_left(Connection& connection) = 0;
    // It is of no more use. take_tasks() has what it leaves undone; the owner
    // destroys it, but not from inside this call.
    virtual void on_lost(Connection& connection) = 0;
    // read_only() is another one.
    virtual void on_report(Connection& connection) = 0;
  };

  // A part of what is in flight: a task's group, or a query of our own.
  struct Flight {
    TaskPtr task;             // null: of our own
    std::uint64_t begin = 0;  // position of its first byte in all the output
    bool unlocks = false;     // gives up advisory locks
  };

  Connection(PoolContext& context, Owner& owner, ConnectionHandle handle);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // False: the loop has no place for its socket.
  [[nodiscard]] bool begin();

  // --- sending
  // Takes the task; after an exception it is still the caller's, and nothing
  // has been sent.
  void send(TaskPtr& task);
  // A simple query of ours: scrub, rollback, unlock. `unlocks`: it gives up
  // advisory locks.
  void send_own(Literal sql, bool unlocks);
  // Writes what has gathered, reads on if that was put off.
  void work();

  // --- what is in flight
  [[nodiscard]] std::size_t in_flight() const { return flights_.size(); }
  [[nodiscard]] Task* head() const {
    return flights_.empty() ? nullptr : flights_.front().task.get();
  }
  // Since when the first group has been the first one.
  [[nodiscard]] Milliseconds head_since() const { return head_since_; }
  // Since when the first group's current statement runs.
  [[nodiscard]] Milliseconds step_since() const { return step_since_; }
  // Whether anybody waits for a group behind the first one.
  [[nodiscard]] bool has_live_followers() const;
  // The tasks behind the first one leave, to run elsewhere; what the server
  // answers to them here will be read and dropped.
  [[nodiscard]] std::vector<TaskPtr> rescue_followers();
  // The sink takes rows again, or nobody wants them any more.
  void resume(const Task& task);
  [[nodiscard]] bool paused() const { return paused_; }
  // Since when the first group has been paused now and then; 0: never.
  [[nodiscard]] Milliseconds slow_since() const { return slow_since_; }

  // --- canceling: the first group, whose connection is then held back until
  // the request has returned. Null: no thread could take it.
  [[nodiscard]] CancelTicketRef cancel();
  [[nodiscard]] bool canceling() const { return cancel_ != nullptr; }
  // Statements that the server keeps for it.
  [[nodiscard]] std::size_t prepared() const { return cache_.size(); }
  // Since when the first group is being canceled, or its request is under way;
  // 0: not.
  [[nodiscard]] Milliseconds cancel_since() const { return cancel_since_; }

  // --- the end
  // Not to be used for anything new; closed when drained.
  [[nodiscard]] bool doomed() const { return doomed_; }
  [[nodiscard]] bool is_lost() const { return lost_; }
  // Takes the first task out that was not answered, if there is one, and tells
  // whether the first byte of it was ever written. Does not allocate.
  struct Unanswered {
    TaskPtr task;
    bool written = false;
  };
  [[nodiscard]] Unanswered take_unanswered();
  // What the server said when it ended the session, if anything.
  [[nodiscard]] const std::optional<RunError>& last_words() const {
    return last_words_;
  }
  // Gives the libpq connection away, to be closed.
  [[nodiscard]] ConnectionHandle release();
  void lose(std::string_view reason);
  void mark_lost() { lost_ = true; }

  // --- facts for the pool
  void set_idle(bool idle);
  [[nodiscard]] bool needs_unlock() const { return needs_unlock_; }
  [[nodiscard]] std::size_t largest_message() const { return input_.largest(); }
  [[nodiscard]] int backend_pid() const { return backend_pid_; }
  // As the server reports it: a standby, or a primary that refuses writes.
  [[nodiscard]] bool read_only() const { return standby_ || read_only_; }

  // The owner's notes.
  Lane lane = Lane::quick;
  Milliseconds idle_since = 0;
  Milliseconds idle_limit = 0;  // 0: none
  Milliseconds retire_at = 0;   // 0: never
  bool work_listed = false;
  bool is_deaf = false;           // given up for its silence
  std::uint64_t expected_us = 0;  // what is in flight is known to cost

 private:
  void on_readable() noexcept;
  void on_writable() noexcept;
  void on_quit() noexcept;
  void on_cancel_returned() noexcept;
  void guarded(void (Connection::*step)()) noexcept;

  // connection.cc
  void work_now();
  [[nodiscard]] bool flush();  // false: broken
  void update_interest();
  void settle();
  void settle_after_cancel();
  void start_clock();
  void begin_head();

  // connection_input.cc
  void read_input();
  [[nodiscard]] bool handle_buffered();
  void handle(const Message& message);
  void on_close_complete();
  void on_parse_complete();
  void on_bind_complete();
  void on_row_description(std::string_view body);
  void on_no_data();
  void end_description();
  void next_step(Task& task);
  [[nodiscard]] std::uint64_t step_us(std::uint64_t now_us) const;
  void set_columns(const Step& step, ColumnsRef columns);
  void on_command_complete(std::string_view tag);
  void on_report(std::string_view body);
  void on_notice(std::string_view body);
  void on_parameter(std::string_view body);
  void on_copy();
  void on_ready(std::string_view body);
  void end_own_flight(const Flight& flight, char status);
  void end_task(Flight flight, char status);
  void clean_up_behind(Task& task, bool unlocks, char status);
  [[nodiscard]] Step* current_step();
  void protocol_error();

  // connection_rows.cc
  void on_data_row(std::string_view body);
  void give_columns(Task& task);
  [[nodiscard]] bool give_row(Task& task, std::size_t statement);
  void give_held(Task& task);
  void give_done(Task& task, std::size_t statement, std::uint64_t affected);

  PoolContext& context_;
  Owner& owner_;
  ConnectionHandle handle_;
  Transport transport_;
  std::unique_ptr<Watch> watch_;
  StatementCache cache_;
  int backend_pid_;

  std::string output_;
  std::size_t output_written_ = 0;   // of output_
  std::uint64_t output_before_ = 0;  // bytes that were in output_ once
  InputBuffer input_;
  std::vector<Cell> cells_;

  std::deque<Flight> flights_;
  Milliseconds head_since_ = 0;
  Milliseconds step_since_ = 0;
  std::uint64_t step_since_us_ = 0;
  Milliseconds slow_since_ = 0;

  CancelTicketRef cancel_;
  Milliseconds cancel_since_ = 0;
  bool cancels_head_ = false;
  std::optional<RunError> last_words_;

  bool unwritten_head_ = false;  // its clock begins when it is written
  bool reading_ = false;         // what the watch was told
  bool writing_ = false;
  bool paused_ = false;
  bool read_on_ = false;  // input was left for the next turn
  bool doomed_ = false;
  bool lost_ = false;
  bool needs_unlock_ = false;
  bool needs_forget_ = false;  // a run has moved sequences
  bool standby_ = false;
  bool read_only_ = false;
};

}  // namespace trestle::pg
