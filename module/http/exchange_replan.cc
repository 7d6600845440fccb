// Once more, when the schema has moved under a request's plan:
//
//   none -> due      a run has failed, or answers types that nobody planned for
//        -> waiting  for a catalog that is read from now on
//        -> ready    it has come, or will not
//        -> done     planned and run anew; what happens now is the answer
#include "http/exchange.h"
#include "sql/sqlstate.h"

namespace trestle::http {

namespace {

// A client waits this long for a new catalog before it is told of the error.
constexpr pg::Milliseconds kMostWait = 2'000;

RunError types_changed(const SqlRef& sql) {
  RunError error;
  error.kind = RunError::Kind::unavailable;
  error.message = "The types of a result have changed";
  if (sql != nullptr) error.sql = sql->name;
  return error;
}

bool looks_outdated(const RunError& error) {
  return error.kind == RunError::Kind::database &&
         may_be_outdated(error.sqlstate);
}

}  // namespace

// Behind a run that has committed, or in another database, nothing can be done
// over.
bool HttpExchange::can_plan_again() const {
  return replan_ == Replan::none && !committed_ && work_ &&
         work_->database.empty() && work_->subrequest.empty() &&
         response_.can_restart();
}

bool HttpExchange::has_newer_catalog() const {
  const catalog::CatalogRef& current =
      runtime_.catalog(*conf_.database).current();
  return current != nullptr && current != exchange_->catalog;
}

bool HttpExchange::may_reload(const std::string& statement) {
  return has_newer_catalog() || runtime_.catalog(*conf_.database)
                                    .limit()
                                    .allows(statement, runtime_.loop().now());
}

// Whether a run that has failed is planned anew. Its group was rolled back.
bool HttpExchange::is_outdated(const RunError& error) {
  const bool is_write_in_read = error.sqlstate == "25006";
  if (!looks_outdated(error) || (is_write_in_read && writes_) ||
      !can_plan_again() || !may_reload(error.sql))
    return false;
  replan_ = Replan::due;
  outdated_ = error;
  schedule();
  return true;
}

// The rows that come are not those that were planned for. A write that answers
// them cannot be kept from committing any more.
bool HttpExchange::plan_again() {
  if (replan_ == Replan::done) note_in_vain(first_sql_->name);
  if (writes_ || !can_plan_again()) return false;
  outdated_ = types_changed(first_sql_);
  needs_newer_catalog_ = conf_.frontend->needs_catalog();
  if (needs_newer_catalog_ && !may_reload(outdated_.sql)) return false;
  replan_ = Replan::due;
  schedule();
  return true;
}

// In a turn of its own: the run's last call has returned, or will not come.
void HttpExchange::go_on_replanning() {
  if (replan_ == Replan::waiting) return;
  end_run();
  if (replan_ == Replan::ready || !needs_newer_catalog_ || has_newer_catalog())
    return plan_anew();
  replan_ = Replan::waiting;
  has_reloaded_ = true;
  replan_timer_ = runtime_.loop().make_timer(
      callback<&HttpExchange::on_replan_timeout>(this),
      pg::Loop::TimerKind::holding);
  replan_timer_->start(kMostWait);
  runtime_.catalog(*conf_.database).wait_for_next(*this);
}

void HttpExchange::on_replan_timeout() noexcept {
  runtime_.catalog(*conf_.database).forget(*this);
  replan_ = Replan::ready;
  schedule();
}

void HttpExchange::plan_anew() {
  replan_timer_.reset();
  replan_ = Replan::done;
  if (needs_newer_catalog_ && !has_newer_catalog()) {
    note_in_vain(outdated_.sql);
    on_error(outdated_);
    return drive();
  }
  static_cast<void>(response_.restart());
  context_.sqlstate.clear();
  work_.reset();
  run_over_ = true;
  plan_and_submit(runtime_.catalog(*conf_.database).current());
  if (run_over_) note_replanned(nullptr);  // answered by the plan itself
  drive();
}

// How the second run went, for those who come after.
void HttpExchange::note_replanned(const RunError* error) {
  if (!has_reloaded_ || replan_ != Replan::done) return;
  if (error != nullptr && looks_outdated(*error))
    return note_in_vain(error->sql);
  has_reloaded_ = false;
  if (error == nullptr) runtime_.catalog(*conf_.database).limit().helped();
}

// `statement`: its name by the new plan.
void HttpExchange::note_in_vain(const std::string& statement) {
  if (!has_reloaded_) return;
  has_reloaded_ = false;
  catalog::ReloadLimit& limit = runtime_.catalog(*conf_.database).limit();
  limit.in_vain(outdated_.sql, runtime_.loop().now());
  limit.in_vain(statement, runtime_.loop().now());
}

}  // namespace trestle::http
