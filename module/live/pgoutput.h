// Decodes what PostgreSQL's output plugin pgoutput sends over a replication
// connection (manual, "Logical Replication Message Formats", protocol versions
// 1 and 2 without streaming): one message in, one event out. The only state is
// what each relation's last Relation message said of its columns.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "sql/statement.h"

namespace trestle::live {

// A position in the write-ahead log.
using Lsn = std::uint64_t;

struct FeedColumn {
  std::string name;
  Oid type = 0;
  bool key = false;  // part of the replica identity
};

struct FeedRelation {
  Oid oid = 0;
  std::string schema;  // empty in the feed for pg_catalog, filled in here
  std::string name;
  std::vector<FeedColumn> columns;
};

struct FeedCell {
  enum class Kind {
    null,
    unchanged,  // a TOASTed value that the update left alone: not sent
    value,
  };
  Kind kind = Kind::null;
  std::string_view text;
};

// One changed row. Everything is borrowed for the call.
struct RowChange {
  enum class Kind { insert, update, erase };
  Kind kind;
  const FeedRelation& relation;
  // What identified the row before: by column, with nulls where only the key
  // was sent. Empty for an insert, and for an update that left the key alone.
  std::span<const FeedCell> before;
  bool before_is_whole_row = false;  // REPLICA IDENTITY FULL
  std::span<const FeedCell> after;   // empty for a delete
};

class FeedEvents {
 public:
  virtual ~FeedEvents() = default;

  // `final_lsn`: where the transaction's commit record stands.
  virtual void on_begin(Lsn final_lsn, std::uint32_t xid) = 0;
  // `end_lsn`: just behind the transaction.
  virtual void on_commit(Lsn commit_lsn, Lsn end_lsn) = 0;
  // The relation's shape is new or has changed (DDL).
  virtual void on_relation(const FeedRelation& relation) = 0;
  virtual void on_row(const RowChange& change) = 0;
  virtual void on_truncate(const FeedRelation& relation) = 0;
  // pg_logical_emit_message().
  virtual void on_message(bool transactional, Lsn lsn, std::string_view prefix,
                          std::string_view content) = 0;
};

class PgoutputDecoder {
 public:
  // Error TRS650: the message is not what the manual says; the feed must start
  // anew. No event is given for a message that is refused.
  [[nodiscard]] Result<void> decode(std::string_view message,
                                    FeedEvents& events);

  // Forgets all relations: a new replication connection describes them again.
  void reset() { relations_.clear(); }

 private:
  class Reader;

  [[nodiscard]] bool read_relation(Reader& in, FeedEvents& events);
  [[nodiscard]] bool read_insert(Reader& in, FeedEvents& events);
  [[nodiscard]] bool read_update(Reader& in, FeedEvents& events);
  [[nodiscard]] bool read_delete(Reader& in, FeedEvents& events);
  [[nodiscard]] bool read_truncate(Reader& in, FeedEvents& events);
  [[nodiscard]] bool read_message(Reader& in, FeedEvents& events);
  [[nodiscard]] bool read_other(char type, Reader& in, FeedEvents& events);
  [[nodiscard]] const FeedRelation* find(Oid oid) const;

  std::unordered_map<Oid, FeedRelation> relations_;
  // Reused from row to row.
  std::vector<FeedCell> before_;
  std::vector<FeedCell> after_;
};

}  // namespace trestle::live
