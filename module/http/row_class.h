// One class of followers of rows: reads what changes once for all of them,
// under their role and claims.
//
//  (1) One statement at a time: all rows (when somebody has come who needs
//      them, or when changes were missed), changed rows, or what somebody
//      missed who was away. So whoever came before a read gets everything that
//      it does not contain.
//  (2) The subscription is ready when the feed has passed what the read of all
//      rows has seen and all that had gathered until then was read.
//  (3) A transaction is read again until a snapshot sees it (live/changes.h).
//  (4) Changes go at once when nothing is waiting; when they come faster than
//      they can be read they gather for kGather.
//  (5) Rows of the log are handed on as they are where the view can show them
//      (live/row_view.h). That the class may still read the table, and that row
//      security has not been turned on, is asked again once kTrusted is over.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "encode/json_cell.h"
#include "http/route_watch.h"
#include "http/row_feeds.h"
#include "http/runtime.h"
#include "live/changes.h"
#include "live/row_view.h"
#include "pg/pool.h"

namespace trestle::http {

class RowClass final : private live::ChangeSink,
                       private live::FeedWaiter,
                       private RowSink {
 public:
  RowClass(RowFeeds& feeds, const Database& database,
           live::ChangeRouter& changes, std::shared_ptr<const RowQuery> query,
           Settings settings, std::string table, std::size_t max_rows);
  ~RowClass() override;
  RowClass(const RowClass&) = delete;
  RowClass& operator=(const RowClass&) = delete;

  void add(RowSubscription& subscription);
  void remove(RowSubscription& subscription);
  [[nodiscard]] bool empty() const {
    return std::ranges::all_of(members_, [](const RowSubscription* member) {
      return member == nullptr;
    });
  }

  // It is this class's turn to run a statement. False: there is nothing to run.
  [[nodiscard]] bool start();

 private:
  enum class Step : std::uint8_t { none, all, changed, rights, missed };

  // The feed.
  void on_row(const live::RowChange& change) override { view_.on_row(change); }
  void on_truncate(const live::FeedRelation&) override { view_.on_truncate(); }
  void on_commit(const live::CommitPoint& commit) override;
  void on_resync(const live::CommitPoint& at) override;
  void on_feed_passed() override;

  // The database.
  void on_columns(std::size_t statement,
                  std::span<const ResultColumn> columns) override;
  bool on_row(std::size_t statement, std::span<const Cell> cells) override;
  void on_statement_done(std::size_t, std::uint64_t) override {}
  void on_done() override;
  void on_error(const RunError& error) override;

  void plan_next();
  [[nodiscard]] bool wants_all() const;
  [[nodiscard]] bool wants_missed() const;
  void begin_all();
  void begin_changed();
  void begin_rights();
  void begin_missed();
  [[nodiscard]] bool hand_on();
  [[nodiscard]] bool gather_missed(const RowSubscription& member);
  void read_batch(Step step);
  void read(Step step, std::vector<Statement> statements);
  void take_row(std::span<const Cell> cells);
  void on_turn() noexcept;
  void on_gathered() noexcept;
  void on_late() noexcept;
  void on_routes() noexcept;
  void take_all();
  void take_changed();
  void take_rights();
  void tell_batch();
  void take_missed();
  void forget_seen();
  void fail(Step step, const RunError& error);
  void try_again(pg::Milliseconds delay);
  template <class Tell>
  void for_members(Tell&& tell);
  void tell(const live::RowEvent& event);
  void lose_all();
  void leave(RowSubscription& member, const Error& error);
  void refuse_all(const Error& error);

  RowFeeds& feeds_;
  const Database& database_;
  live::ChangeRouter& changes_;
  std::shared_ptr<const RowQuery> query_;
  Settings settings_;
  std::string table_;
  std::size_t max_rows_;
  live::RowView view_;
  std::vector<RowSubscription*> members_;  // null: gone while they are told
  // Transactions that no snapshot of ours has seen yet (3).
  std::vector<live::CommitPoint> told_;
  std::vector<live::CommitPoint> told_before_;  // the read of all rows began
  live::EventId read_at_;                       // where the feed stood then

  bool valid_ = false;   // the view knows its rows
  bool passed_ = false;  // (2)
  bool telling_ = false;
  bool in_line_ = false;

  // Of the statement under way.
  Step step_ = Step::none;
  bool over_ = false;
  bool lost_ = false;  // what it reads is void
  std::optional<RunError> error_;
  std::unique_ptr<pg::Run> run_;
  encode::JsonRows encoder_;
  std::string snapshot_;
  WalPosition position_ = 0;
  bool published_ = false;
  bool secured_ = false;          // row security has been turned on
  ngx_msec_t trusted_until_ = 0;  // (5)
  std::string rows_;              // JSON, without brackets
  std::vector<RowKey> keys_;
  live::ReadRows read_;
  live::RowBatch batch_;
  bool batch_kept_ = false;  // to be read again
  unsigned tries_ = 0;
  RowSubscription* away_ = nullptr;  // who missed something

  std::unique_ptr<RouteWatch> routes_;  // null: there is no row security
  std::unique_ptr<pg::Timer> turn_;
  std::unique_ptr<pg::Timer> gather_;
  std::unique_ptr<pg::Timer> retry_;
  std::unique_ptr<pg::Timer> late_;
};

// Members may leave while they are told.
template <class Tell>
void RowClass::for_members(Tell&& tell) {
  telling_ = true;
  for (std::size_t i = 0; i < members_.size(); i++)
    if (members_[i] != nullptr) tell(*members_[i]);
  telling_ = false;
  std::erase(members_, nullptr);
}

}  // namespace trestle::http
