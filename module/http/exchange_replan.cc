// Once more, when the schema has moved under a request's plan:
//
//   none -> due      a run has failed, or answers other columns
//        -> waiting  for a catalog that is read from now on
//        -> ready    it has come, or will not
//        -> done     planned and run anew; what happens now is the answer
#include "http/exchange.h"
#include "sql/sqlstate.h"

namespace trestle::http {

namespace {

// A client waits this long for a new catalog before it is told of the error.
constexpr pg::Milliseconds kMostWait = 2'000;
// Each but the first has found another schema than the one before it.
constexpr int kMostReplans = 20;
constexpr std::string_view kOtherTypes = "the types of a result have changed";

bool looks_outdated(const RunError& error) {
  return error.kind == RunError::Kind::database &&
         may_be_outdated(error.sqlstate);
}

}  // namespace

// Whether the catalog that was read for a failure tells of another schema than
// the plan that had failed.
bool HttpExchange::has_schema_moved() const {
  return runtime_.catalog(*conf_.database).schema_version() !=
         outdated_version_;
}

// Behind a run that has committed, or in another database, nothing can be done
// over. What a second plan does not cure is wrong in itself, unless that plan
// was made by a catalog older than the failure, or the problem is another one,
// or the schema is: it may have moved again behind its back.
bool HttpExchange::can_plan_again(std::string_view problem) const {
  const bool is_first = replan_ == Replan::none;
  const bool has_moved =
      replan_ == Replan::done && replans_ < kMostReplans &&
      (!has_reloaded_ || problem != outdated_.message || has_schema_moved());
  return (is_first || has_moved) && !committed_ && work_ &&
         work_->database.empty() && work_->subrequest.empty() &&
         response_.can_restart();
}

bool HttpExchange::has_newer_catalog() const {
  const catalog::CatalogRef& current =
      runtime_.catalog(*conf_.database).current();
  return current != nullptr && current != exchange_->catalog;
}

bool HttpExchange::may_reload() {
  return has_newer_catalog() ||
         runtime_.catalog(*conf_.database)
             .limit()
             .allows(outdated_plan_, runtime_.loop().now());
}

// Whether a run that has failed is planned anew. Its group was rolled back.
bool HttpExchange::is_outdated(const RunError& error) {
  const bool is_write_in_read = error.sqlstate == "25006";
  if (!looks_outdated(error) || (is_write_in_read && writes_) ||
      !can_plan_again(error.message))
    return false;
  outdated_plan_ = std::to_string(plan_key_);
  if (!may_reload()) return false;
  replan_ = Replan::due;
  needs_catalog_ = true;
  has_reloaded_ = false;
  outdated_ = error;
  schedule();
  return true;
}

// What a write has answered may have been committed: it is not done over.
bool HttpExchange::plan_again(Outdated what) {
  if (writes_ || !can_plan_again(kOtherTypes)) return false;
  needs_catalog_ = what == Outdated::catalog;
  outdated_plan_ = std::to_string(plan_key_);
  if (needs_catalog_ && !may_reload()) return false;
  has_reloaded_ = false;
  replan_ = needs_catalog_ ? Replan::due : Replan::ready;
  outdated_ = {.sqlstate = "0A000",
               .message = std::string(kOtherTypes),
               .detail = std::nullopt,
               .hint = std::nullopt,
               .constraint = {},
               .table = {},
               .column = {}};
  schedule();
  return true;
}

// In a turn of its own: the run's last call has returned.
void HttpExchange::go_on_replanning() {
  if (replan_ == Replan::waiting) return;
  end_run();
  if (replan_ == Replan::ready || has_newer_catalog()) return plan_anew();
  replan_ = Replan::waiting;
  has_reloaded_ = true;
  outdated_version_ = runtime_.catalog(*conf_.database).schema_version();
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
  replans_++;
  if (needs_catalog_ && !has_newer_catalog()) {
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

// How the second run went, for those who come after. The statements may have
// other names by the new plan.
void HttpExchange::note_replanned(const RunError* error) {
  if (!has_reloaded_ || replan_ != Replan::done) return;
  has_reloaded_ = false;
  catalog::ReloadLimit& limit = runtime_.catalog(*conf_.database).limit();
  if (error == nullptr) return limit.helped();
  if (!looks_outdated(*error) || has_schema_moved()) return;
  limit.in_vain(outdated_plan_, runtime_.loop().now());
  limit.in_vain(std::to_string(plan_key_), runtime_.loop().now());
}

}  // namespace trestle::http
