// Makes PostgreSQL write out its log. The feed tells of what is flushed; reads
// that are rolled back may leave records behind (of pruned pages) that nobody
// flushes for a long time, and kSnapshotLsn stands behind them. So a position
// that is not passed in a moment is helped along by a transaction that changes
// nothing.
#pragma once

#include <memory>

#include "http/database.h"
#include "pg/loop.h"
#include "pg/pool.h"

namespace trestle::http {

class FeedNudge final : private RowSink {
 public:
  // Both outlive it.
  FeedNudge(pg::Loop& loop, const Database& database);

  // Soon, unless stop() comes before; once more while nothing stops it.
  void start();
  void stop();

 private:
  void on_columns(std::size_t, std::span<const ResultColumn>) override {}
  bool on_row(std::size_t, std::span<const Cell>) override { return true; }
  void on_statement_done(std::size_t, std::uint64_t) override {}
  void on_done() override;
  void on_error(const RunError& error) override;
  void on_timer() noexcept;
  void nudge();

  const Database& database_;
  std::unique_ptr<pg::Timer> timer_;
  std::unique_ptr<pg::Run> run_;
  bool running_ = false;
};

}  // namespace trestle::http
