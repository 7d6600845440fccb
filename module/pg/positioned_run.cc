#include "pg/positioned_run.h"

#include <utility>

namespace trestle::pg {
namespace {

Plan question() {
  static const SqlRef sql = make_sql("select pg_current_wal_insert_lsn()");
  Plan plan;
  plan.statements.push_back({.sql = sql, .params = {}});
  plan.access = Access::read;
  plan.effects = Effects::clean;
  return plan;
}

}  // namespace

std::unique_ptr<Run> PositionedRun::submit(Pool& pool, Plan plan,
                                           Settings settings, RowSink& sink,
                                           RunOptions options,
                                           Written* written) {
  options.is_positioned = true;
  auto run = std::make_unique<PositionedRun>(pool, sink, written);
  run->write_ =
      pool.submit(std::move(plan), std::move(settings), *run, options);
  return run->write_ == nullptr ? nullptr : std::move(run);
}

void PositionedRun::resume() { write_->resume(); }

void PositionedRun::on_columns(std::size_t statement,
                               std::span<const ResultColumn> columns) {
  sink_.on_columns(statement, columns);
}

bool PositionedRun::on_row(std::size_t statement, std::span<const Cell> cells) {
  return sink_.on_row(statement, cells);
}

void PositionedRun::on_statement_done(std::size_t statement,
                                      std::uint64_t affected) {
  sink_.on_statement_done(statement, affected);
}

void PositionedRun::on_done() {
  stats_ = write_->stats();
  written_ = true;
  question_ = pool_.submit(question(), {}, answer_, {.latest = true});
}

void PositionedRun::on_error(const RunError& error) { sink_.on_error(error); }

bool PositionedRun::Answer::on_row(std::size_t, std::span<const Cell> cells) {
  const WalPosition position = parse_wal_position(cells[0]).value_or(0);
  run_.stats_.position = position;
  if (run_.shared_ == nullptr) return true;
  WalPosition before = run_.shared_->load();
  while (before < position &&
         !run_.shared_->compare_exchange_weak(before, position)) {
  }
  return true;
}

}  // namespace trestle::pg
