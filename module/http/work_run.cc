#include "http/work_run.h"

#include <string>
#include <utility>

#include "http/cache_visit.h"
#include "http/read_position.h"

namespace trestle::http {

WorkRun::WorkRun(Runtime& runtime, const Database& home, Owner& owner,
                 Callback wake)
    : runtime_(runtime),
      home_(home),
      owner_(owner),
      wake_(wake),
      replan_(runtime, home, wake) {}

const Database& WorkRun::database_of(const Work& work) const {
  return work.database.empty()
             ? home_
             : *find_database(runtime_.conf().databases, work.database);
}

bool WorkRun::is_at_home(const Work& work) const {
  return work.subrequest.empty() && &database_of(work) == &home_;
}

void WorkRun::submit(Work work, const catalog::CatalogRef& planned_by,
                     const pg::RunOptions& options, CacheVisit* probe) {
  probe_ = probe;
  replan_.prepare(work.plan, planned_by);
  work_.emplace(std::move(work));
  over_ = paused_ = false;
  writes_ = work_->plan.access == Access::write && is_at_home(*work_);
  if (!work_->subrequest.empty()) return;
  run_ = runtime_.pool(database_of(*work_))
             .submit(std::move(work_->plan), std::move(work_->settings), *this,
                     options);
}

void WorkRun::answer_location(unsigned status, std::string_view body) {
  const std::string number = std::to_string(status);
  const Cell cells[] = {number, body};
  static_cast<void>(work_->answer->on_row(0, cells));
  on_done();
}

void WorkRun::let_go() noexcept {
  replan_.let_go();
  run_.reset();
  work_.reset();
}

// --- rows --------------------------------------------------------------------

void WorkRun::on_columns(std::size_t statement,
                         std::span<const ResultColumn> columns) {
  if (is_replanning()) return;
  if (probe_ != nullptr && statement-- == 0) return;
  work_->answer->on_columns(statement, columns);
}

bool WorkRun::on_row(std::size_t statement, std::span<const Cell> cells) {
  if (is_replanning()) return true;
  if (probe_ != nullptr && statement-- == 0) {
    probe_->take_probe(cells);
    return true;
  }
  if (work_->answer->on_row(statement, cells)) return true;
  paused_ = true;
  wake_();
  return false;
}

void WorkRun::on_statement_done(std::size_t statement, std::uint64_t affected) {
  if (is_replanning()) return;
  if (probe_ != nullptr && statement-- == 0) return;
  work_->answer->on_statement_done(statement, affected);
}

void WorkRun::resume() {
  if (!paused_ || run_ == nullptr) return;
  paused_ = false;
  run_->resume();
}

// --- the end of a run --------------------------------------------------------

void WorkRun::on_done() {
  if (is_replanning()) return;
  committed_ = true;
  if (writes_) {
    const WalPosition position = run_->stats().position;
    written_ = position != 0 ? position : kNoStandby;
  }
  work_->answer->on_done();
  over_ = true;
  wake_();
}

void WorkRun::on_error(const RunError& error) {
  if (is_replanning()) return;
  // It may have happened.
  if (writes_ && error.kind == RunError::Kind::lost) written_ = kNoStandby;
  if (can_do_over() && replan_.takes(error, writes_)) return;
  owner_.on_failure(error);
  RunError told = error;
  if (probe_ != nullptr && told.statement > 0) told.statement--;
  work_->answer->on_error(told);
  over_ = true;
  wake_();
}

std::optional<Work> WorkRun::take_next() {
  if (!over_ || !work_ || work_->continuation == nullptr) return std::nullopt;
  std::optional<Work> next = work_->continuation->take_next();
  if (!next) work_->continuation = nullptr;
  return next;
}

// --- (2) ---------------------------------------------------------------------

// What a write has answered may have been committed: it is not done over.
bool WorkRun::plan_again(Outdated what) {
  return !writes_ && can_do_over() && replan_.takes(what);
}

// Behind a run that has committed, or in another database, nothing can be.
bool WorkRun::can_do_over() const {
  return !committed_ && work_ && work_->database.empty() &&
         work_->subrequest.empty() && owner_.can_restart();
}

Replan::Next WorkRun::go_on() {
  run_.reset();
  const Replan::Next next = replan_.go_on();
  if (next == Replan::Next::fail) on_error(replan_.error());
  if (next == Replan::Next::plan) {
    work_.reset();
    over_ = true;
  }
  return next;
}

}  // namespace trestle::http
