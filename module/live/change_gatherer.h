// From the messages of a replication stream to records of the ring: a
// transaction's changes, in parts when they are many, and what it pushed to
// channels (trestle.push() in sql/trestle.sql: a logical message with the
// prefix "trestle:" and the topic).
//
// One per replication connection. Holds one part of one transaction at most.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "live/change_marks.h"
#include "live/change_record.h"
#include "live/pgoutput.h"

namespace trestle::live {

struct GatherLimits {
  // Bytes of one part, and of the largest row that is told whole.
  std::size_t part = 32 * 1024;
  std::size_t row = 64 * 1024;
  // Bytes of a transaction; of what is larger, only the relations are told.
  std::size_t transaction = 4 * 1024 * 1024;
};

class ChangeGatherer final : private FeedEvents {
 public:
  class Output {
   public:
    // False: the transaction is known already, nothing of it is wanted.
    [[nodiscard]] virtual bool wants(Lsn final_lsn) = 0;
    // The transaction has changed that relation. Told before its changes are
    // written, once at least.
    virtual void changed(Oid relation, const ToldCommit& by) = 0;
    // It has changed the schema, as sql/reload_on_ddl.sql says.
    virtual void schema_changed(const ToldCommit& by) = 0;
    // The body of a record of kind `changes`.
    virtual void write_changes(std::string_view body) = 0;
    // The data is JSON; empty: it was too large, or no JSON.
    virtual void write_push(std::string_view topic, std::string_view data) = 0;
    // All of the transaction has been written.
    virtual void committed(Lsn end_lsn) = 0;

   protected:
    ~Output() = default;
  };

  // `output` outlives it.
  ChangeGatherer(Output& output, const GatherLimits& limits)
      : output_(output), limits_(limits) {}

  // One message of pgoutput. Error: as PgoutputDecoder::decode().
  [[nodiscard]] Result<void> take(std::string_view message);

  // Between Begin and Commit.
  [[nodiscard]] bool in_transaction() const { return in_transaction_; }

 private:
  struct Push {
    std::string topic;
    std::string data;
  };

  void on_begin(Lsn final_lsn, std::uint32_t xid) override;
  void on_commit(Lsn commit_lsn, Lsn end_lsn) override;
  void on_relation(const FeedRelation& relation) override;
  void on_row(const RowChange& change) override;
  void on_truncate(const FeedRelation& relation) override;
  void on_message(bool transactional, Lsn lsn, std::string_view prefix,
                  std::string_view content) override;

  void add(Oid relation, std::string_view message);
  void write_part(bool last, Lsn lsn);

  Output& output_;
  GatherLimits limits_;
  PgoutputDecoder decoder_;
  std::string_view message_;  // the one being decoded
  // Relation messages as they came.
  std::unordered_map<Oid, std::string> shapes_;

  // Of the transaction under way.
  ChangeRecord part_;
  std::vector<Oid> relations_;  // of all its parts
  std::vector<Push> pushes_;
  std::size_t bytes_ = 0;
  ToldCommit commit_;
  bool in_transaction_ = false;
  bool wanted_ = false;
  bool left_out_ = false;
};

}  // namespace trestle::live
