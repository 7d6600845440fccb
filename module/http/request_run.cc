#include "http/request_run.h"

#include "http/errors.h"
#include "http/read_position.h"
#include "http/request_view.h"

namespace trestle::http {

RequestRun::RequestRun(const RunPlace& place, Callback done)
    : place_(place),
      done_(done),
      turn_(place.runtime.loop().make_timer(
          callback<&RequestRun::on_turn>(this), pg::Loop::TimerKind::holding)),
      replan_(place.runtime, place.database,
              callback<&RequestRun::finish>(this)) {
  place_.runtime.add(*this);
}

RequestRun::~RequestRun() {
  if (is_waiting()) place_.runtime.catalog(place_.database).forget(*this);
  run_.reset();
  if (linked_) place_.runtime.remove(*this);
}

void RequestRun::let_go() noexcept {
  linked_ = false;
  replan_.let_go();
  run_.reset();
}

void RequestRun::start(const StoredRequest& request,
                       const auth::Identity& identity, LiveState& live,
                       Mode mode) {
  request_ = &request;
  identity_ = &identity;
  live_ = &live;
  begun_ = live;
  mode_ = mode;
  view_ = request.view();
  CatalogRuntime& catalog = place_.runtime.catalog(place_.database);
  if (catalog.current() != nullptr || !place_.frontend.needs_catalog())
    return plan(catalog.wanted());
  catalog.wait(*this);
}

void RequestRun::on_catalog(const catalog::CatalogRef& catalog,
                            const RunError* error) {
  if (error == nullptr || catalog != nullptr) return plan(catalog);
  place_.frontend.refuse(view_, errors::no_catalog(), answer_);
  finish();
}

void RequestRun::plan(const catalog::CatalogRef& catalog) {
  catalog_ = catalog;
  exchange_.emplace(Exchange{.request = view_,
                             .identity = *identity_,
                             .facts = *request_,
                             .catalog = catalog,
                             .now = now_s(),
                             .response = answer_,
                             .log = this,
                             .live = live_});
  std::optional<Work> work = place_.frontend.begin(*exchange_);
  declined_ = mode_ == Mode::once ? live_->subscription
                                  : work && work->plan.access == Access::write;
  if (!work || declined_) {
    replan_.note_end(nullptr);
    return finish();
  }
  if (work->plan.access == Access::read) {
    reads_ = work->plan.statements;
    settings_ = work->settings;
  }
  submit(std::move(*work));
}

bool RequestRun::is_here(const Work& work) {
  return work.database.empty() && work.subrequest.empty();
}

void RequestRun::submit(Work work) {
  replan_.prepare(work.plan, catalog_);
  work_.emplace(std::move(work));
  writes_ = work_->plan.access == Access::write;
  if (!work_->subrequest.empty()) return refuse_subrequest();
  const Database& database =
      work_->database.empty()
          ? place_.database
          : *find_database(place_.runtime.conf().databases, work_->database);
  run_ = place_.runtime.pool(database).submit(
      std::move(work_->plan), std::move(work_->settings), *this, run_options());
}

// There is no request that nginx could ask a location for.
void RequestRun::refuse_subrequest() {
  const Cell cells[] = {"501", ""};
  static_cast<void>(work_->answer->on_row(0, cells));
  on_done();
}

// What is followed must show what the change feed has told of; else it is as
// with a request of its own.
pg::RunOptions RequestRun::run_options() const {
  if (mode_ == Mode::follow)
    return {.query_timeout = place_.query_timeout, .latest = true};
  const bool counts = place_.written != nullptr && is_here(*work_);
  return {.query_timeout = place_.query_timeout,
          .after = counts ? *place_.written : 0,
          .wants_position = counts};
}

void RequestRun::on_columns(std::size_t statement,
                            std::span<const ResultColumn> columns) {
  if (replan_.is_under_way()) return;
  work_->answer->on_columns(statement, columns);
}

// Memory takes all: the answer is never paused.
bool RequestRun::on_row(std::size_t statement, std::span<const Cell> cells) {
  if (replan_.is_under_way()) return true;
  static_cast<void>(work_->answer->on_row(statement, cells));
  return true;
}

void RequestRun::on_statement_done(std::size_t statement,
                                   std::uint64_t affected) {
  if (replan_.is_under_way()) return;
  work_->answer->on_statement_done(statement, affected);
}

void RequestRun::on_done() {
  if (replan_.is_under_way()) return;
  committed_ = true;
  replan_.note_end(nullptr);
  if (writes_ && place_.written != nullptr && is_here(*work_)) {
    const WalPosition position = run_->stats().position;
    *place_.written = position != 0 ? position : kNoStandby;
  }
  work_->answer->on_done();
  finish();
}

void RequestRun::on_error(const RunError& error) {
  if (replan_.is_under_way()) return;
  // It may have happened.
  const bool here = is_here(*work_);
  if (writes_ && place_.written != nullptr && here &&
      error.kind == RunError::Kind::lost)
    *place_.written = kNoStandby;
  if (!committed_ && here && replan_.takes(error, writes_)) return;
  replan_.note_end(&error);
  work_->answer->on_error(error);
  finish();
}

void RequestRun::error(std::string_view message) const {
  ngx_str_t text = borrow(message);
  ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0, "trestle: %V", &text);
}

void RequestRun::finish() noexcept { turn_->start(0); }

// The run's last call has returned, or it is given up: it may go, and its
// continuation may run.
void RequestRun::on_turn() noexcept {
  run_.reset();
  if (replan_.is_under_way()) return go_on_replanning();
  if (work_ && work_->continuation != nullptr) {
    std::optional<Work> next = work_->continuation->take_next();
    if (next) return submit(std::move(*next));
  }
  done_();
}

// What a write has answered may have been committed: it is not done over.
bool RequestRun::plan_again(Outdated what) {
  return !writes_ && !committed_ && is_here(*work_) && replan_.takes(what);
}

void RequestRun::go_on_replanning() {
  const Replan::Next next = replan_.go_on();
  if (next == Replan::Next::wait) return;
  if (next == Replan::Next::fail) return on_error(replan_.error());
  work_.reset();
  static_cast<void>(answer_.restart());
  *live_ = begun_;
  plan(place_.runtime.catalog(place_.database).current());
}

}  // namespace trestle::http
