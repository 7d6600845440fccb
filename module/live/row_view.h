// The rows of one query that one class of subscribers sees: those with the same
// query, role and claims. Remembers their keys, gathers what changes, says what
// must be asked of the database, and makes events of the answers.
//
//  (1) What is sent of a row was read by SQL under the class's rights. Of the
//      log only keys are used, and whether the row is gone. But where there is
//      no row security, and the columns shown are the table's own, the log's
//      row says all: then it is enough that the class may still read the
//      table. The old row is shown there, too, as far as the log has it
//      (REPLICA IDENTITY FULL).
//  (2) A delete is told to those alone who have seen the row: its key is among
//      the remembered ones. Without row security the keys need not be secret,
//      so a table with too many rows to be remembered is followed without.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "encode/json_cell.h"
#include "frontend/row_query.h"
#include "live/changes.h"
#include "live/routes.h"
#include "live/row_event.h"
#include "sql/row_sink.h"

namespace trestle::live {

// Changed rows, each once, in the order of their last changes.
struct RowBatch {
  struct Item {
    RowKey key;
    RowChange::Kind kind = RowChange::Kind::update;  // of the last change
    std::size_t commit = 0;                          // of commits
    // The log has said what the row is now: `row` as JSON, or, empty, that it
    // is gone or matches no more.
    bool known = false;
    std::string row = {};
    std::string old = {};  // JSON of the whole row before, where it is known
  };
  std::vector<Item> items;
  bool truncated = false;  // before all of them
  std::vector<CommitPoint> commits;

  [[nodiscard]] bool empty() const { return items.empty() && !truncated; }
  // Nothing is to be read (1).
  [[nodiscard]] bool is_known() const;
  // What is to be read: rows that are not known to be gone.
  [[nodiscard]] std::vector<RowKey> keys_to_read() const;
  // Whether a snapshot sees all of its transactions.
  [[nodiscard]] bool seen_by(std::string_view snapshot) const;
};

// Rows as they were read, JSON by key.
class ReadRows {
 public:
  void add(const RowKey& key, std::string row);
  // Null: it was not there.
  [[nodiscard]] const std::string* find(const RowKey& key) const;
  [[nodiscard]] std::size_t size() const { return rows_.size(); }
  void clear() { rows_.clear(); }

 private:
  friend class RowView;
  std::unordered_map<std::string, std::string> rows_;
};

class RowView {
 public:
  // `max_keys`: how many rows are remembered. The query outlives it.
  RowView(const RowQuery& query, std::size_t max_keys);

  // How rows are written: that of what was read, whose columns are
  // RowQuery::shown(). Until then, nothing of the log is shown.
  void show_with(const encode::JsonRows& encoder) { encoder_ = encoder; }

  // Rows that the class cannot see are left out before they are read.
  void set_routes(Routes routes) { routes_ = std::move(routes); }
  [[nodiscard]] bool has_routes() const { return !routes_.empty(); }
  // Whether some were since the last call.
  [[nodiscard]] bool took_routes() { return std::exchange(routed_, false); }

  // --- from the feed, while batches are read as well
  void on_row(const RowChange& change);
  void on_truncate();
  // False: nothing of the transaction concerns this view.
  bool on_commit(const CommitPoint& commit);
  // What has gathered is void, and what is remembered: rows must be read anew.
  void forget();

  [[nodiscard]] bool has_batch() const { return !ready_.empty(); }
  [[nodiscard]] bool knows_batch() const { return ready_.is_known(); }
  // More has gathered than is worth remembering: forget() and read anew.
  [[nodiscard]] bool overflowed() const { return overflowed_; }

  // --- what was read
  // All rows of the query; what changed behind `id` comes later. False: they
  // are too many to be remembered, and with row security they must be (2).
  [[nodiscard]] bool take_all(const std::vector<RowKey>& keys,
                              const EventId& id);
  // The same for a view that goes on: some subscriber has read them.
  [[nodiscard]] bool take_more(const std::vector<RowKey>& keys);
  // Nothing is known of what its subscriber has seen.
  void remember_nothing() { remembers_ = false; }
  [[nodiscard]] RowBatch take_batch();
  // The events of a batch, in order. What is_known() needs no rows. False: as
  // in take_all().
  [[nodiscard]] bool take_read(const RowBatch& batch, const ReadRows& rows,
                               std::vector<RowEvent>& events);
  // The same for a subscriber who was away, and of whom it is not known what it
  // has seen. False: it cannot be told, it must read all rows again.
  [[nodiscard]] bool replay(const RowBatch& batch, const ReadRows& rows,
                            std::vector<RowEvent>& events) const;

  // The row's key as the log has it; empty: the change does not hold it.
  [[nodiscard]] RowKey key_of(const FeedRelation& relation,
                              std::span<const FeedCell> cells) const;
  [[nodiscard]] std::string key_json(const RowKey& key) const;
  // As the log has it, from what SQL's cast to text makes of it.
  [[nodiscard]] std::string normal(std::size_t column, Cell text) const;

 private:
  // Whether the values say that a row matches; nullopt: they do not say.
  [[nodiscard]] std::optional<bool> matches(
      const FeedRelation& relation, std::span<const FeedCell> cells) const;
  // The row as it is shown; empty: it cannot be told.
  [[nodiscard]] std::string shown(const FeedRelation& relation,
                                  std::span<const FeedCell> cells);
  void tell(const RowChange& change, RowKey key, RowChange::Kind kind);
  void add(RowBatch::Item told);
  [[nodiscard]] bool is_known(const std::string& name) const;
  void take_gone(const RowBatch::Item& item, const EventId& id,
                 std::vector<RowEvent>& events);
  void take_found(const RowBatch::Item& item, const std::string& row,
                  const EventId& id, std::vector<RowEvent>& events);
  [[nodiscard]] bool row_security() const;
  [[nodiscard]] bool within_limit();

  const RowQuery& query_;
  std::size_t max_keys_;
  // Whether all have been told of it: it may be in the rows of one alone.
  std::unordered_map<std::string, bool> seen_;
  bool remembers_ = true;  // (2)
  bool overflowed_ = false;

  // Of the transaction that is being told.
  std::vector<RowBatch::Item> told_;
  std::unordered_set<std::string> told_names_;
  bool told_truncate_ = false;
  bool told_unknown_ = false;  // a key that the change does not hold
  // Committed, and not taken yet.
  RowBatch ready_;
  std::size_t kept_bytes_ = 0;                           // of rows in it
  std::unordered_map<std::string, std::size_t> places_;  // among its items
  // Keys of the batch that was taken and has not been read yet.
  std::unordered_set<std::string> reading_;
  EventId last_id_;
  Routes routes_;
  bool routed_ = false;
  encode::JsonRows encoder_;
  std::vector<Cell> cells_;  // of the row being written
};

}  // namespace trestle::live
