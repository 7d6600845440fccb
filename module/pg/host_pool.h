// The connections to one server, with the queue in front of them. Decides which
// task runs where:
//
//   shared lane  clean, cheap reads: up to `pipeline` of them on a connection,
//                packed tightly, because each busy backend more costs the
//                server context switches
//   change lane  clean, cheap changes: alone as long as there are connections;
//                then up to `pipeline` on each, spread over all of them,
//                because a commit may wait for a disk
//   quick lane   other cheap work: alone on a connection
//   trial lane   not known yet: as slow, but for the rule (2)
//   slow lane    slow: alone, and never on the last connection, so that a
//                handful of slow statements cannot stop the others
//
// Within a lane first come, first served; among lanes the older head goes first
// when it can. Who may wait, and how long, lines.h knows.
//
//  (1) What runs for longer than `head_of_line` is slow from then on, and so is
//      its statement: what waits behind it is taken back and run elsewhere.
//  (2) One connection stays for the cheap. When slow work has it all the same
//      and somebody cheap waits, a statement that may run twice is taken back
//      and begins anew in the slow lane. What a read answers until its cancel
//      arrives is dropped, a change's answer is held: it may have committed.
//      Only such a one gets the last connection on trial.
//  (3) A change that has been written cannot be taken back from behind another.
//      So those that others may come behind run with `head_of_line` as the
//      server's own time-out. Who meets it (a row that somebody has locked)
//      begins anew in the slow lane; its answer is held until it has committed.
//      A cancel would come too late at times, and hit the commit of another.
//  (4) A run whose reader is slow is paused, but not for longer than
//      kMostSlowness, not while somebody waits, and not on more than
//      `max_streaming` connections: its sink is asked to make way.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pg/backoff.h"
#include "pg/cancel.h"
#include "pg/connect_gate.h"
#include "pg/connect_log.h"
#include "pg/connection.h"
#include "pg/connector.h"
#include "pg/farewell.h"
#include "pg/lines.h"

namespace trestle::pg {

// A client that leaves may leave its statement this long to end by itself,
// before a cancel is worth its connection and its thread.
constexpr Milliseconds kCancelDelay = 20;
// The guard behind the server's own statement_timeout, and again behind its
// cancel.
constexpr Milliseconds kGuardDelay = 2'000;
// Keeps the timer running, and so the process, for a run without time-out.
constexpr Milliseconds kPresence = 60'000;
// For scrubs and the like.
constexpr Milliseconds kOwnQueryTimeout = 5'000;
// How long a backend may take to end behind its connection, and when it has not
// been heard of for long.
constexpr Milliseconds kFarewell = 2'000;
constexpr Milliseconds kDeafFarewell = 250;
// How long an idle connection may keep advisory locks of an earlier run.
constexpr Milliseconds kUnlockDelay = 100;
// How long a reader may slow down its run before the sink is to make way.
constexpr Milliseconds kMostSlowness = 1'000;

// A statement is cheap up to that: a quarter of what others may be made to wait
// for it.
[[nodiscard]] std::uint64_t cheap_us(const PoolConfig& config);

class HostPool final : private Connection::Owner, private Connector::Owner {
 public:
  // The other hosts of the same database.
  class Neighbours {
   public:
    virtual ~Neighbours() = default;
    // task->error says why it comes to nothing here. True: another host has
    // taken it, and `task` is empty.
    virtual bool take_over(HostPool& from, TaskPtr& task) = 0;
    // A connection has been told whether the host takes writes.
    virtual void on_report(HostPool& host, bool read_only) = 0;
    // The last connection is lost, or none can be made.
    virtual void on_down(HostPool& host) = 0;
  };

  // All outlive it.
  HostPool(PoolContext& context, const Conninfo& conninfo, ConnectGate& gate,
           Neighbours& neighbours);
  ~HostPool() override;

  // As Pool::submit().
  [[nodiscard]] std::unique_ptr<Run> submit(TaskPtr task);
  // A task that another host had.
  void adopt(TaskPtr task);
  // Gives up the writes that wait, and with `all` the reads that must see all
  // that was committed; with finish() they end here after all.
  void take_waiting(bool all, TaskQueue& taken);
  void finish(TaskPtr task);
  void abandon(Task& task);
  void resume(Task& task);
  void retire();
  // Connects min_idle connections.
  void warm();

  // Whether a task would be refused now: nothing is connected, and it is not
  // yet time to try again.
  [[nodiscard]] bool is_away() const;
  // Whether it would not be refused.
  [[nodiscard]] bool has_room() const;
  // As the server has reported last.
  [[nodiscard]] bool read_only() const { return read_only_; }
  [[nodiscard]] unsigned retry_after() const;

  [[nodiscard]] PoolCounts counts() const;

 private:
  // Connection::Owner
  void on_answered(Connection& connection, TaskPtr task) override;
  void on_idle(Connection& connection) override;
  void on_ready_for_more(Connection& connection) override;
  void on_work_left(Connection& connection) override;
  void on_lost(Connection& connection) override;
  void on_report(Connection& connection) override;
  // Connector::Owner
  void on_connected(ConnectionHandle handle) override;
  void on_connect_failed(const std::string& reason, bool cheap) override;

  void on_post() noexcept;
  void on_queue_deadline() noexcept;
  void on_attend() noexcept;
  void on_housekeeping() noexcept;
  void on_retry() noexcept;
  void on_farewell_over() noexcept;
  void guarded(void (HostPool::*step)()) noexcept;

  // host_dispatch.cc: from the queue to a connection
  // Also notes what it is known to cost.
  [[nodiscard]] Lane lane_of(Task& task) const;
  void enqueue(TaskPtr task);
  void dispatch();
  void refresh_slow_lanes();
  [[nodiscard]] bool place_head(Lane lane);
  [[nodiscard]] Connection* find_connection(Task& task);
  [[nodiscard]] Connection* find_company(const Task& task) const;
  [[nodiscard]] bool accepts_company(const Connection& connection,
                                     const Task& task) const;
  [[nodiscard]] bool has_more_connections() const;
  [[nodiscard]] bool others_wait_longer(const Task& task) const;
  [[nodiscard]] Connection* take_idle();
  [[nodiscard]] bool may_have_idle(const Task& task) const;
  [[nodiscard]] std::size_t slow_on_the_way() const;
  [[nodiscard]] bool cheap_ones_wait() const;
  void ask_to_yield();
  void connect_if_wanted();
  void arm_queue_timer();
  void set_late_aside();
  void fail_late();
  void fail_waiting(RunError::Kind kind);

  // host_attend.cc: what must not last too long
  void attend_all();
  void attend(Connection& connection);
  void attend_by(Milliseconds due);
  void begin_cancel(Connection& connection);
  void give_up_deaf(Connection& connection);
  void turn_slow(Connection& connection);
  void note_slow(const Task& task);
  void free_one_for_the_cheap();
  void attend_slow_readers();
  [[nodiscard]] std::size_t active_cancels();
  void keep_house();
  void keep_house_by(Milliseconds due);

  // host_pool.cc
  void post();
  void work_off();
  void rest_if_idle();
  void fail_all(TaskQueue& tasks, RunError::Kind kind);
  void finish_elsewhere_or_here(TaskPtr task);
  void remove(Connection& connection);
  void close(Connection& connection, Milliseconds patience = kFarewell);
  void log_connect_error(std::string_view reason);
  [[nodiscard]] std::size_t total() const;
  [[nodiscard]] std::size_t waiting() const { return lines_.size(); }
  [[nodiscard]] Milliseconds jittered(Milliseconds time) const;
  void set_lane(Connection& connection, Lane lane);

  PoolContext& context_;
  const PoolConfig& config_;
  Loop& loop_;
  const Conninfo& conninfo_;
  ConnectGate& gate_;
  Neighbours& neighbours_;

  Lines lines_;

  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<Connection*> idle_;                  // last one used last
  std::vector<Connection*> work_left_;             // for the end of this turn
  std::vector<std::unique_ptr<Connection>> lost_;  // freed in the next post
  std::vector<std::unique_ptr<Farewell>> farewells_;
  std::unique_ptr<Connector> connector_;
  std::vector<std::unique_ptr<Connector>> spent_;  // freed in the next post
  std::vector<CancelTicketRef> cancels_;
  Connection* yielding_ = nullptr;  // takes no more shared tasks
  std::size_t slow_busy_ = 0;       // connections with something slow

  Backoff backoff_;
  bool demand_ = false;  // somebody was refused since the last attempt
  bool retiring_ = false;
  bool read_only_ = false;
  ConnectLog connect_log_;

  Milliseconds attend_at_ = 0;
  Milliseconds keep_house_at_ = 0;
  std::unique_ptr<Timer> post_timer_;
  std::unique_ptr<Timer> queue_timer_;
  std::unique_ptr<Timer> attend_timer_;
  std::unique_ptr<Timer> house_timer_;
  std::unique_ptr<Timer> retry_timer_;
};

}  // namespace trestle::pg
