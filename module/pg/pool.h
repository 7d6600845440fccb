// The connections of one database in one worker: a FIFO queue in front of a
// bounded number of asynchronous connections. A request's statements travel as
// one pipelined group under one Sync, settings row in front; groups of cheap
// clean reads share a connection.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/wal_position.h"
#include "pg/connect_gate.h"
#include "pg/conninfo.h"
#include "pg/loop.h"
#include "sql/row_sink.h"
#include "sql/statement.h"

namespace trestle::pg {

// Numbers of one database block; times in milliseconds, 0 = no limit where that
// makes sense.
struct PoolConfig {
  std::string name = {};  // of the trestle_database block, for logs
  Conninfo primary = {};
  std::vector<Conninfo> replicas = {};  // reads may go there
  // A visitor sees what he has written, also where standbys answer reads.
  bool read_your_writes = false;
  std::size_t pool_size = 8;  // connections per worker, in every state
  std::size_t min_idle = 0;
  std::size_t pipeline = 16;  // shared groups in flight; 1: never share
  std::size_t queue_size = 10'000;
  Milliseconds queue_timeout = 5'000;
  // How long one may wait in a line that does not empty any more; 0: a
  // twentieth of queue_timeout.
  Milliseconds queue_standing = 0;
  Milliseconds connect_timeout = 5'000;
  Milliseconds query_timeout = 30'000;
  Milliseconds idle_timeout = 600'000;
  Milliseconds max_lifetime = 3'600'000;
  std::size_t statement_cache = 256;
  // Connections whose runs may be paused; 0: a quarter of them, at least one.
  std::size_t max_streaming = 0;
  // How long a shared group may wait behind the head of its connection.
  Milliseconds head_of_line = 20;
  // A connection that had to hold a row bigger than this is retired when idle.
  std::size_t max_result_bytes = 8 * 1024 * 1024;
  enum class Scrub { automatic, always, never } scrub = Scrub::automatic;
  // Where the primary's log stands at least behind the last write, for all
  // processes: moved on before a write is told to have been done. Null: nobody
  // wants to know.
  std::atomic<std::uint64_t>* written = nullptr;
  bool transaction_pooler = false;  // PgBouncer in front: nothing per session
};

// How one run went, for logs and variables.
struct RunStats {
  std::uint64_t queue_us = 0;     // from submit() to sent
  std::uint64_t database_us = 0;  // from sent to the last byte
  std::uint64_t rows = 0;
  int backend_pid = 0;
  // Where the primary's log stood behind a write; see RunOptions.
  WalPosition position = 0;
};

// The connections of a pool by what they do, and the requests in its queue.
struct PoolCounts {
  std::size_t idle = 0;
  std::size_t busy = 0;
  std::size_t connecting = 0;
  std::size_t canceling = 0;
  std::size_t closing = 0;
  std::size_t waiting = 0;
  std::size_t prepared = 0;  // statements, of all connections together
  bool away = false;         // nothing is connected, and nobody tries just now

  // Of two hosts of one pool.
  PoolCounts& operator+=(const PoolCounts& other);
};

// One of several servers, as it was seen last.
struct HostState {
  enum class Role : std::uint8_t {
    unknown,  // nobody has asked it yet
    primary,
    standby,
    outdated,  // takes writes, and is not the one they go to
    away,
  };
  Role role = Role::unknown;
  Milliseconds lag = 0;  // of a standby
};
[[nodiscard]] std::string_view text_of(HostState::Role role);

// What a pool has done since it was made.
struct PoolTotals {
  std::uint64_t runs = 0;      // plans that have ended, well or not
  std::uint64_t failures = 0;  // of them: with an error
  std::uint64_t refused = 0;   // full queue, queue deadline, database away
  std::uint64_t cancels = 0;
  std::uint64_t connects = 0;
  std::uint64_t connect_failures = 0;
  std::uint64_t prepares = 0;  // statements that a connection did not know yet
};

// One submitted plan. Destroying it before its sink's last call means that the
// client has left: a queued one is forgotten, a running one is cancelled or
// drained, and its sink is not called again.
class Run {
 public:
  virtual ~Run() = default;
  // The sink takes rows again after on_row() returned false.
  virtual void resume() = 0;
  [[nodiscard]] virtual const RunStats& stats() const = 0;
};

struct RunOptions {
  Milliseconds query_timeout = 0;  // 0: the pool's
  // When the request came, by the loop's clock: its time in the queue counts
  // from then. 0: now.
  Milliseconds arrived = 0;
  // A read that must see all that was committed up to there.
  WalPosition after = 0;
  // A read that must see all that was committed; while no primary is there, any
  // other host will do.
  bool latest = false;
  // A write's place in the log is to be told, in RunStats.
  bool wants_position = false;
  // It is being told: PositionedRun's own.
  bool is_positioned = false;
};

class Pool {
 public:
  // Connects to nothing yet; min_idle connections follow from the loop. `gate`:
  // of the process, shared by all its pools, so that they connect one at a
  // time; null: one of its own. Not to be destroyed from inside a callback of
  // its own; sinks of runs that are left are not called then.
  static std::unique_ptr<Pool> create(
      Loop& loop, PoolConfig config,
      std::shared_ptr<ConnectGate> gate = nullptr);
  virtual ~Pool() = default;

  // `sink` outlives the Run. Its calls come from the loop, never from inside
  // submit(), with one exception: when the plan is refused at once (full
  // queue, database known to be away) sink.on_error() is called before
  // submit() returns null.
  [[nodiscard]] virtual std::unique_ptr<Run> submit(
      Plan plan, Settings settings, RowSink& sink,
      const RunOptions& options = {}) = 0;

  // Closes what is idle, and the rest as it becomes idle: graceful shutdown.
  virtual void retire() = 0;

  // Where writes go now.
  [[nodiscard]] virtual const Conninfo& primary() const = 0;
  // The primary's, as it has told last: it grows with each promotion. 0: not
  // known, or there is one host only.
  [[nodiscard]] virtual std::uint64_t timeline() const = 0;

  // Seconds until it is worth asking again, for Retry-After. At least 1.
  [[nodiscard]] virtual unsigned retry_after() const = 0;

  // "pool: idle=2 busy=1 connecting=0 canceling=0 closing=0 waiting=0", and
  // " hosts=primary,standby+20ms" when there are several.
  [[nodiscard]] virtual std::string state() const = 0;
  [[nodiscard]] virtual PoolCounts counts() const = 0;
  // In the configuration's order; none when there is but one.
  [[nodiscard]] virtual std::vector<HostState> hosts() const = 0;
  [[nodiscard]] virtual const PoolTotals& totals() const = 0;
};

}  // namespace trestle::pg
