// WorkRun takes to the database what a front-end has planned for one request:
// runs it, hands its rows to the work's answer, and does it over when the
// schema has moved under it. HttpExchange has one for a client's own request,
// RequestRun for a request that a live client has made or follows.
//
//  (1) Whoever owns it is woken when there is something to do, in a turn of its
//      own: what the answer or the pool calls may not destroy any of this.
//  (2) A run that failed because the schema has moved under its plan, or a read
//      whose columns are not those that were planned for, is planned and run
//      once more (replan.h), when its answer can be taken back and nothing of
//      the request has been committed.
//  (3) A run that is let go of before it is over is cancelled by the pool.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "base/callback.h"
#include "base/wal_position.h"
#include "frontend/frontend.h"
#include "http/catalog_runtime.h"
#include "http/replan.h"
#include "http/runtime.h"
#include "pg/pool.h"

namespace trestle::http {

class CacheVisit;

class WorkRun final : private RowSink {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    // Whether all that was answered so far can be taken back.
    [[nodiscard]] virtual bool can_restart() const { return true; }
    // The run has failed, and nothing comes of doing it over. Called before the
    // answer is.
    virtual void on_failure(const RunError& error) { static_cast<void>(error); }
    // As RowSink's.
    [[nodiscard]] virtual bool make_way() { return false; }
    virtual void give_up() {}
  };

  // `home`: the database that the request belongs to. `wake`: see (1). All
  // outlive it.
  WorkRun(Runtime& runtime, const Database& home, Owner& owner, Callback wake);
  ~WorkRun() override { let_go(); }
  WorkRun(const WorkRun&) = delete;
  WorkRun& operator=(const WorkRun&) = delete;

  // Whether the work is for the request's own database.
  [[nodiscard]] bool is_at_home(const Work& work) const;

  // Runs it; a work for a location (Work::subrequest) is kept for
  // answer_location(). Nothing else is under way. `planned_by` may be null.
  // `probe`: takes the row of the first statement, which is not the work's own;
  // null: all are. It outlives the run.
  void submit(Work work, const catalog::CatalogRef& planned_by,
              const pg::RunOptions& options, CacheVisit* probe = nullptr);
  void answer_location(unsigned status, std::string_view body);

  // --- in a turn of the owner's

  // Nothing of it calls the answer any more.
  [[nodiscard]] bool is_over() const { return over_; }
  // The answer has asked for a pause: resume() when it has room.
  void resume();
  // What comes behind a run that is over. nullopt: nothing.
  [[nodiscard]] std::optional<Work> take_next();
  // (2) go_on() is to be called, in place of all else.
  [[nodiscard]] bool is_replanning() const { return replan_.is_under_way(); }
  // plan: the work is gone; the owner takes its answer back and plans by the
  // current catalog. fail: the answer has been told.
  [[nodiscard]] Replan::Next go_on();

  // --- how it goes

  // Null while nothing is run, and when that is refused.
  [[nodiscard]] const pg::RunStats* stats() const {
    return run_ != nullptr ? &run_->stats() : nullptr;
  }
  // What has been submitted last, without its plan and settings.
  [[nodiscard]] const Work* work() const { return work_ ? &*work_ : nullptr; }
  // Where the log stood behind what the request has written at home, for
  // read_your_writes. nullopt: it has written nothing.
  [[nodiscard]] std::optional<WalPosition> written() const { return written_; }
  [[nodiscard]] bool may_have_written() const {
    return written_ || (writes_ && !over_);
  }

  // As ResponseSink::plan_again().
  [[nodiscard]] bool plan_again(Outdated what);

  // (3)
  void end() { run_.reset(); }
  // The same, and all that it holds is gone.
  void let_go() noexcept;

 private:
  void on_columns(std::size_t statement,
                  std::span<const ResultColumn> columns) override;
  bool on_row(std::size_t statement, std::span<const Cell> cells) override;
  void on_statement_done(std::size_t statement,
                         std::uint64_t affected) override;
  void on_done() override;
  void on_error(const RunError& error) override;
  bool make_way() override { return owner_.make_way(); }
  void give_up() override { owner_.give_up(); }

  [[nodiscard]] const Database& database_of(const Work& work) const;
  [[nodiscard]] bool can_do_over() const;

  Runtime& runtime_;
  const Database& home_;
  Owner& owner_;
  Callback wake_;
  CacheVisit* probe_ = nullptr;
  std::optional<Work> work_;
  std::unique_ptr<pg::Run> run_;  // after work_: it calls into its sink
  Replan replan_;
  std::optional<WalPosition> written_;
  bool over_ = true;
  bool paused_ = false;
  bool writes_ = false;     // the run under way, at home
  bool committed_ = false;  // a run of this request has ended well
};

}  // namespace trestle::http
