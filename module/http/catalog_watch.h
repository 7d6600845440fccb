// Looks whether schemas have changed without a NOTIFY: while requests come,
// every few seconds, by PostgreSQL's own counts of changes in its catalogs.
// What was decided to be clean may not be any more, and no error would tell.
// Where only tables and the like have changed, temporary ones may have come and
// gone: a second look tells.
#pragma once

#include <memory>

#include "base/callback.h"
#include "catalog/loader.h"
#include "pg/pool.h"
#include "sql/row_sink.h"

namespace trestle::http {

class CatalogWatch final : private RowSink {
 public:
  // Both outlive it. `on_change`: the catalog in use is not what there is.
  CatalogWatch(pg::Loop& loop, pg::Pool& pool, Callback on_change);

  // A catalog has been read.
  void note_loaded(const catalog::Changes& changes);
  // A request uses it.
  void note_use() {
    if (!timer_->running()) start();
  }
  void retire() { timer_->stop(); }

 private:
  void on_columns(std::size_t, std::span<const ResultColumn>) override {}
  bool on_row(std::size_t, std::span<const Cell> cells) override;
  void on_statement_done(std::size_t, std::uint64_t) override {}
  void on_done() override;
  // The next look may go better.
  void on_error(const RunError&) override { asking_ = closer_ = false; }

  void start();
  void on_timer() noexcept;
  void ask();

  pg::Loop& loop_;
  pg::Pool& pool_;
  Callback on_change_;
  SqlRef counts_;
  SqlRef fingerprint_;
  std::unique_ptr<pg::Timer> timer_;
  std::unique_ptr<pg::Run> run_;
  catalog::Changes known_;
  std::uint64_t others_ = 0;  // as counted last
  bool asking_ = false;
  bool closer_ = false;  // the second look
};

}  // namespace trestle::http
