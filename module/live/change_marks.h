// What the process that reads a change feed leaves in shared memory for those
// who keep what they have read of tables: for each table a mark that changes
// with the table. Tables share marks, so that a mark may change for another's
// sake; never the other way around.
//
//  (1) A transaction is told as soon as it is in the log, a moment before
//  others
//      can see it. So rows that were read behind the telling may still be the
//      old ones. Whoever has read rows therefore says which transactions his
//      snapshot has surely seen, all below `xmin`, and take() refuses when a
//      later one has been told.
//  (2) The writer notes the transaction first and then changes the mark; take()
//      reads them the other way around. A transaction that take() has not heard
//      of changes the mark behind it.
//  (3) Beside that a mark says how far a standby must have replayed the log to
//      show what was told: whoever asks one that is not so far reads in vain.
//
// Zero is its beginning. One writer at a time; any number of readers.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sql/statement.h"

namespace trestle::live {

// A transaction that was told, or one that comes behind all that were missed.
struct ToldCommit {
  std::uint32_t xid = 0;
  std::uint64_t position = 0;  // replayed so far, the log shows it
};

// Whether `xid` comes before `other`: transactions' numbers go round in a
// circle (PostgreSQL manual 25.1.5).
[[nodiscard]] inline bool precedes(std::uint32_t xid, std::uint32_t other) {
  return static_cast<std::int32_t>(xid - other) < 0;
}

// A mark as it was.
struct SeenMark {
  std::uint32_t index = 0;
  std::uint64_t value = 0;
};

class ChangeMarks {
 public:
  // --- the writer
  // The transaction has changed the table.
  void touch(Oid table, const ToldCommit& by);
  // It may have changed anything.
  void touch_all(const ToldCommit& by);
  // Nothing that was kept counts any more.
  void drop_all();
  // Anything may have changed by transactions before `last`, which stands for
  // all that were told or missed.
  void restart(const ToldCommit& last);

  // --- readers
  // The marks of the tables, for rows that were read by a snapshot that sees
  // all transactions below `xmin`. nullopt: it may not have seen what was told
  // (1).
  [[nodiscard]] std::optional<std::vector<SeenMark>> take(
      std::span<const Oid> tables, std::uint32_t xmin) const;
  // (3), for these tables.
  [[nodiscard]] std::uint64_t position(std::span<const Oid> tables) const;
  // Whether nothing has changed since.
  [[nodiscard]] bool same(std::span<const SeenMark> seen) const;

 private:
  static constexpr std::size_t kTables = 256;
  static constexpr std::size_t kAll = kTables;  // the mark of touch_all()

  struct Mark {
    std::atomic<std::uint64_t> value;
    std::atomic<std::uint64_t> position;  // (3)
    std::atomic<std::uint32_t> xid;       // the latest one; 0: none
  };

  static void touch(Mark& mark, const ToldCommit& by);

  std::array<Mark, kTables + 1> marks_;
};

}  // namespace trestle::live
