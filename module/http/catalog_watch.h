// Looks whether functions, policies, views, triggers and the like have changed
// without a NOTIFY: while requests come, every few seconds, by PostgreSQL's own
// count of changes in their catalogs. What was decided to be clean may not be
// any more, and no error would tell.
#pragma once

#include <cstdint>
#include <memory>

#include "base/callback.h"
#include "pg/pool.h"
#include "sql/row_sink.h"

namespace trestle::http {

class CatalogWatch final : private RowSink {
 public:
  // Both outlive it. `on_change`: the count is not that of the catalog in use.
  CatalogWatch(pg::Loop& loop, pg::Pool& pool, Callback on_change);

  // A catalog has been read at that count.
  void note_loaded(std::uint64_t changes) { changes_ = changes; }
  // A request uses it.
  void note_use() {
    if (!timer_->running()) start();
  }
  void retire() { timer_->stop(); }

 private:
  void on_columns(std::size_t, std::span<const ResultColumn>) override {}
  bool on_row(std::size_t, std::span<const Cell> cells) override;
  void on_statement_done(std::size_t, std::uint64_t) override {}
  void on_done() override { asking_ = false; }
  // The next look may go better.
  void on_error(const RunError&) override { asking_ = false; }

  void start();
  void on_timer() noexcept;
  void ask();

  pg::Loop& loop_;
  pg::Pool& pool_;
  Callback on_change_;
  SqlRef sql_;
  std::unique_ptr<pg::Timer> timer_;
  std::unique_ptr<pg::Run> run_;
  std::uint64_t changes_ = 0;
  bool asking_ = false;
};

}  // namespace trestle::http
