// How a consumer in a worker hears what transactions have changed in a
// database: the change feed (http/feed.h) writes commits into the ring, each
// worker reads the ring, and its ChangeRouter tells the sinks.
//
// One router per worker and database with a feed (LiveWorker::changes()). All
// calls are made in the worker's event loop.
//
//  (1) Transactions come whole and in the order of their commits: on_row() and
//      on_truncate() for what a sink has subscribed to, then one on_commit().
//      A transaction that touched nothing of it is not told.
//  (2) Changes tell that something has changed and where. They are no
//      permission to show it: a row is read again under the rights of whom it
//      is shown to, unless the relation has no row security and its columns
//      are all theirs to read.
//  (3) Whoever reads rows and then wants to hear of all later changes:
//      subscribes, reads, and asks in the same statement or behind it
//      kSnapshotLsn; every transaction that the rows contain stands before
//      that position. When wait_for() has told that the feed has passed it,
//      what was told in between may be contained in the rows already, and
//      everything that comes from then on is newer. Reading goes to the
//      primary (Access::write): a standby has no such position.
//  (4) on_resync() says that changes may have been missed, of all relations or
//      of those too large to be told: lapped ring, lost slot, a feed that began
//      anew. The consumer reads again what it shows, or tells its client.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/literal.h"
#include "live/pgoutput.h"
#include "live/record.h"

namespace trestle::live {

// An SQL expression of type pg_lsn for (3); parse_wal_position() reads it.
inline constexpr Literal kSnapshotLsn =
    "pg_catalog.pg_current_wal_insert_lsn()";

// The end of a transaction, or of a gap.
struct CommitPoint {
  Lsn lsn = 0;            // just behind the transaction; 0: unknown
  std::uint32_t xid = 0;  // of the transaction
  EventId id;             // as clients give it back
};

// A transaction is told as soon as it is in the log, which is a moment before
// others can see it. Whoever reads rows because of it asks in the statement
// before for kSnapshot, and once more when that snapshot does not see it.
inline constexpr Literal kSnapshot =
    "pg_catalog.pg_current_snapshot()::pg_catalog.text";
// Whether a snapshot, as "10:20:10,14,15", sees what `xid` has committed.
[[nodiscard]] bool snapshot_sees(std::string_view snapshot, std::uint32_t xid);

// Who listens. Everything that is passed is borrowed for the call. A sink may
// subscribe and unsubscribe (itself and others), and destroy sinks that it has
// unsubscribed, inside these calls.
class ChangeSink {
 public:
  // A row was inserted, updated or deleted. Cells of kind `unchanged` are not
  // known (a TOASTed value the update left alone, or a row too large to be
  // told whole: then all but the key). `before` identifies the old row by its
  // replica identity, see RowChange.
  virtual void on_row(const RowChange& change) = 0;
  virtual void on_truncate(const FeedRelation& relation) = 0;
  // What on_row() and on_truncate() have told since the last such call is
  // committed, and is all of it. Also after on_resync() for a transaction that
  // was too large.
  virtual void on_commit(const CommitPoint& commit) = 0;
  // (4). Rows that were told without a commit yet are void.
  virtual void on_resync(const CommitPoint& at) = 0;

 protected:
  ~ChangeSink() = default;
};

// Who waits for the feed to pass a position. Told once.
class FeedWaiter {
 public:
  virtual void on_feed_passed() = 0;

 protected:
  ~FeedWaiter() = default;
};

enum class FeedStatus {
  starting,  // never connected yet, or lost and connecting again
  running,
  polling,  // no changes, but on_resync() at intervals (feed poll=1s)
  failed,   // cannot work as configured: problem() says what to set
};

// What a router asks of the process that feeds it, through shared memory.
class FeedSource {
 public:
  virtual ~FeedSource() = default;
  [[nodiscard]] virtual FeedStatus status() const = 0;
  [[nodiscard]] virtual std::string problem() const = 0;
  // Asks that ChangeRouter::pass() be called when the feed is behind `lsn`:
  // in a later turn, at once if it is already.
  virtual void want(Lsn lsn) = 0;
};

class ChangeRouter {
 public:
  // `source` outlives it.
  explicit ChangeRouter(FeedSource& source) : source_(source) {}
  ChangeRouter(const ChangeRouter&) = delete;
  ChangeRouter& operator=(const ChangeRouter&) = delete;

  // From now on; of a transaction that is just being told, perhaps only its
  // rest. A second time changes nothing. The relation is a table (or partition
  // root, when the publication says so): views have no changes of their own.
  void subscribe(Oid relation, ChangeSink& sink);
  void unsubscribe(Oid relation, ChangeSink& sink);
  // From all relations. A sink must do so before it is destroyed.
  void unsubscribe(ChangeSink& sink);

  // Tells `waiter`, in a later turn, when every transaction that committed
  // before `lsn` has been told to the sinks. A waiter waits for one position
  // at a time; forget() before it is destroyed.
  void wait_for(Lsn lsn, FeedWaiter& waiter);
  void forget(FeedWaiter& waiter);
  // Everything before it has been told.
  [[nodiscard]] Lsn position() const { return position_; }

  // Whether changes can be expected. A consumer that cannot do without them
  // refuses its client when `failed`, with problem().
  [[nodiscard]] FeedStatus status() const { return source_.status(); }
  [[nodiscard]] std::string problem() const { return source_.problem(); }

  // --- for who reads the ring (LiveBus)
  // `body` of a record of kind `changes`. False: it cannot be read.
  [[nodiscard]] bool take(std::string_view body, const EventId& id);
  void resync(const EventId& id);
  void pass(Lsn position);

 private:
  class Dispatch;
  struct Waiting {
    Lsn lsn;
    FeedWaiter* waiter;
  };
  using Sinks = std::vector<ChangeSink*>;  // null: gone while being told

  void touch(ChangeSink& sink);
  void resync_relation(Oid relation, const CommitPoint& at);
  void commit(const CommitPoint& at);
  template <class Tell>
  void tell(Oid relation, Tell&& tell);
  void remove(Sinks& sinks, const ChangeSink& sink);
  void forget_sink(ChangeSink& sink);
  void tidy();

  FeedSource& source_;
  std::unordered_map<Oid, Sinks> sinks_;
  std::unordered_map<const ChangeSink*, std::size_t> subscriptions_;
  Sinks touched_;  // by the transaction being told
  std::vector<Waiting> waiting_;
  PgoutputDecoder decoder_;
  Lsn position_ = 0;
  bool telling_ = false;
};

}  // namespace trestle::live
