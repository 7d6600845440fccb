#include "http/replan.h"

#include <algorithm>
#include <array>
#include <utility>

#include "sql/sqlstate.h"

namespace trestle::http {

namespace {

// A client waits this long for a new catalog before it is told of the error.
constexpr pg::Milliseconds kMostWait = 2'000;
constexpr int kMost = 20;
constexpr std::string_view kOtherTypes = "the types of a result have changed";

bool looks_outdated(const RunError& error) {
  return error.kind == RunError::Kind::database &&
         may_be_outdated(error.sqlstate);
}

RunError other_types() {
  RunError error;
  error.sqlstate = "0A000";
  error.message = kOtherTypes;
  return error;
}

// Whether the statement is wrong, or was planned by a schema that is no more.
// The group was rolled back, so that nothing has run.
RunError doubt() {
  RunError error;
  error.kind = RunError::Kind::unavailable;
  error.message = "It could not be seen whether the schema has changed";
  return error;
}

}  // namespace

void Replan::prepare(Plan& plan, const catalog::CatalogRef& planned_by) {
  planned_by_ = planned_by.get();
  plan.prepares_anew = state_ == State::done && failure_->needs_catalog;
}

// --- whether -----------------------------------------------------------------

bool Replan::has_newer_catalog() const {
  const catalog::CatalogRef& current = catalogs().current();
  return current != nullptr && current.get() != planned_by_;
}

bool Replan::may_plan_again() const {
  return state_ == State::none || (state_ == State::done && count_ < kMost);
}

bool Replan::takes(const RunError& error, bool writes) {
  const bool is_write_in_read = error.sqlstate == "25006";
  if (!looks_outdated(error) || (is_write_in_read && writes) ||
      !may_plan_again())
    return false;
  begin(State::due, error, true);
  return true;
}

bool Replan::takes(Outdated what) {
  const bool needs_catalog = what == Outdated::catalog;
  if (!may_plan_again()) return false;
  begin(needs_catalog ? State::due : State::ready, other_types(),
        needs_catalog);
  return true;
}

void Replan::begin(State state, RunError error, bool needs_catalog) {
  if (failure_ == nullptr) failure_ = std::make_unique<Failure>();
  failure_->error = std::move(error);
  failure_->needs_catalog = needs_catalog;
  failure_->is_in_doubt = false;
  state_ = state;
  wake_();
}

// --- by which catalog --------------------------------------------------------

Replan::Next Replan::go_on() {
  if (state_ == State::due && !has_newer_catalog()) {
    wait_for_catalog();
    return Next::wait;
  }
  if (state_ == State::waiting) return Next::wait;
  failure_->timer.reset();
  state_ = State::done;
  count_++;
  if (!failure_->needs_catalog || has_newer_catalog() || may_pass())
    return Next::plan;
  if (failure_->is_in_doubt) failure_->error = doubt();
  return Next::fail;
}

// Behind a schema that has not moved, once: a standby had not replayed what the
// catalog tells, or the server was in the middle of taking it in.
bool Replan::may_pass() const {
  constexpr auto kPassing =
      std::to_array<std::string_view>({"0A000", "42804", "XX000"});
  return count_ == 1 &&
         (!database_.pool.replicas.empty() ||
          std::ranges::find(kPassing, failure_->error.sqlstate) !=
              kPassing.end());
}

void Replan::wait_for_catalog() {
  state_ = State::waiting;
  failure_->timer = runtime_.loop().make_timer(
      callback<&Replan::on_timeout>(this), pg::Loop::TimerKind::holding);
  failure_->timer->start(kMostWait);
  catalogs().wait_for_schema(*this);
}

void Replan::on_catalog(const catalog::CatalogRef& catalog,
                        const RunError* error) {
  static_cast<void>(catalog);
  be_ready(error != nullptr);
}

void Replan::on_timeout() noexcept {
  catalogs().forget(*this);
  be_ready(true);
}

void Replan::be_ready(bool in_doubt) {
  failure_->is_in_doubt = in_doubt;
  state_ = State::ready;
  wake_();
}

void Replan::let_go() noexcept {
  if (is_waiting()) catalogs().forget(*this);
  if (failure_ != nullptr) failure_->timer.reset();
}

}  // namespace trestle::http
