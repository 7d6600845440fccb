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

// A mark as it was.
struct SeenMark {
  std::uint32_t index = 0;
  std::uint64_t value = 0;
};

class ChangeMarks {
 public:
  // --- the writer
  // `xid` has changed the table.
  void touch(Oid table, std::uint32_t xid);
  // Anything may have changed.
  void touch_all();

  // --- readers
  // The marks of the tables, for rows that were read by a snapshot that sees
  // all transactions below `xmin`. nullopt: it may not have seen what was told
  // (1).
  [[nodiscard]] std::optional<std::vector<SeenMark>> take(
      std::span<const Oid> tables, std::uint32_t xmin) const;
  // Whether nothing has changed since.
  [[nodiscard]] bool same(std::span<const SeenMark> seen) const;

 private:
  static constexpr std::size_t kTables = 256;
  static constexpr std::size_t kAll = kTables;  // the mark of touch_all()

  struct Mark {
    std::atomic<std::uint64_t> value;
    std::atomic<std::uint32_t> xid;  // the latest one; 0: none
  };

  std::array<Mark, kTables + 1> marks_;
};

}  // namespace trestle::live
