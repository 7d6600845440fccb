#include "http/request_run.h"

#include "http/errors.h"
#include "http/request_view.h"

namespace trestle::http {

RequestRun::RequestRun(const RunPlace& place, Callback done)
    : place_(place),
      done_(done),
      turn_(place.runtime.loop().make_timer(
          callback<&RequestRun::on_turn>(this), pg::Loop::TimerKind::holding)),
      run_(place.runtime, place.database, static_cast<WorkRun::Owner&>(*this),
           callback<&RequestRun::finish>(this)) {
  place_.runtime.add(*this);
}

RequestRun::~RequestRun() {
  if (is_waiting()) place_.runtime.catalog(place_.database).forget(*this);
  if (linked_) place_.runtime.remove(*this);
}

void RequestRun::let_go() noexcept {
  linked_ = false;
  run_.let_go();
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
                             .log = &log_,
                             .live = live_});
  std::optional<Work> work = place_.frontend.begin(*exchange_);
  declined_ = mode_ == Mode::once ? live_->subscription
                                  : work && work->plan.access == Access::write;
  if (!work || declined_) return finish();
  if (work->plan.access == Access::read) {
    reads_ = work->plan.statements;
    settings_ = work->settings;
  }
  submit(std::move(*work));
}

// There is no request that nginx could ask a location for.
void RequestRun::submit(Work work) {
  const bool asks_location = !work.subrequest.empty();
  const pg::RunOptions options = run_options(work);
  run_.submit(std::move(work), catalog_, options);
  if (asks_location) run_.answer_location(NGX_HTTP_NOT_IMPLEMENTED, "");
}

// What is followed must show what the change feed has told of; else it is as
// with a request of its own.
pg::RunOptions RequestRun::run_options(const Work& work) const {
  if (mode_ == Mode::follow)
    return {.query_timeout = place_.query_timeout, .latest = true};
  const bool counts = place_.written != nullptr && run_.is_at_home(work);
  return {.query_timeout = place_.query_timeout,
          .after = counts ? *place_.written : 0,
          .wants_position = counts};
}

void RequestRun::finish() noexcept { turn_->start(0); }

// The run's last call has returned, or it is given up: it may go, and its
// continuation may run.
void RequestRun::on_turn() noexcept {
  if (run_.is_replanning()) return go_on_replanning();
  if (!run_.is_over()) return run_.resume();
  note_written();
  run_.end();
  if (std::optional<Work> next = run_.take_next())
    return submit(std::move(*next));
  done_();
}

void RequestRun::note_written() {
  if (place_.written != nullptr && run_.written())
    *place_.written = *run_.written();
}

void RequestRun::go_on_replanning() {
  if (run_.go_on() != Replan::Next::plan) return;
  static_cast<void>(answer_.restart());
  *live_ = begun_;
  plan(place_.runtime.catalog(place_.database).current());
}

}  // namespace trestle::http
