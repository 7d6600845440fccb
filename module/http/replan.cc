#include "http/replan.h"

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

// The same for the same statements.
std::uint64_t key_of(const Plan& plan) {
  constexpr std::uint64_t kPrime = 0x100000001b3;
  std::uint64_t key = 0;
  for (const Statement& each : plan.statements)
    key = key * kPrime + each.sql->key;
  return key;
}

}  // namespace

void Replan::prepare(Plan& plan, const catalog::CatalogRef& planned_by) {
  plan_key_ = key_of(plan);
  planned_by_ = planned_by.get();
  plan.prepares_anew = state_ == State::done && failure_->needs_catalog;
}

// --- whether -----------------------------------------------------------------

// Whether the catalog that was read for a failure tells of another schema than
// the plan that had failed.
bool Replan::has_schema_moved() const {
  return catalogs().schema_version() != failure_->schema_version;
}

bool Replan::has_newer_catalog() const {
  const catalog::CatalogRef& current = catalogs().current();
  return current != nullptr && current.get() != planned_by_;
}

// What a second plan does not cure is wrong in itself, unless that plan was
// made by a catalog older than the failure, or the problem is another one, or
// the schema is: it may have moved again behind its back.
bool Replan::may_plan_again(std::string_view problem) const {
  if (state_ == State::none) return true;
  return state_ == State::done && count_ < kMost &&
         (!failure_->has_reloaded || problem != failure_->error.message ||
          has_schema_moved());
}

bool Replan::may_reload() const {
  return has_newer_catalog() ||
         catalogs().limit().allows(plan_key_, runtime_.loop().now());
}

bool Replan::takes(const RunError& error, bool writes) {
  const bool is_write_in_read = error.sqlstate == "25006";
  if (!looks_outdated(error) || (is_write_in_read && writes) ||
      !may_plan_again(error.message) || !may_reload())
    return false;
  begin(State::due, error, true);
  return true;
}

bool Replan::takes(Outdated what) {
  const bool needs_catalog = what == Outdated::catalog;
  if (!may_plan_again(kOtherTypes) || (needs_catalog && !may_reload()))
    return false;
  begin(needs_catalog ? State::due : State::ready, other_types(),
        needs_catalog);
  return true;
}

void Replan::begin(State state, RunError error, bool needs_catalog) {
  if (failure_ == nullptr) failure_ = std::make_unique<Failure>();
  failure_->error = std::move(error);
  failure_->plan = plan_key_;
  failure_->needs_catalog = needs_catalog;
  failure_->has_reloaded = false;
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
  return failure_->needs_catalog && !has_newer_catalog() ? Next::fail
                                                         : Next::plan;
}

void Replan::wait_for_catalog() {
  state_ = State::waiting;
  failure_->has_reloaded = true;
  failure_->schema_version = catalogs().schema_version();
  failure_->timer = runtime_.loop().make_timer(
      callback<&Replan::on_timeout>(this), pg::Loop::TimerKind::holding);
  failure_->timer->start(kMostWait);
  catalogs().wait_for_next(*this);
}

void Replan::on_catalog(const catalog::CatalogRef& catalog,
                        const RunError* error) {
  static_cast<void>(catalog);
  static_cast<void>(error);
  state_ = State::ready;
  wake_();
}

void Replan::on_timeout() noexcept {
  catalogs().forget(*this);
  state_ = State::ready;
  wake_();
}

void Replan::let_go() noexcept {
  if (is_waiting()) catalogs().forget(*this);
  if (failure_ != nullptr) failure_->timer.reset();
}

// For those who come after. The statements may have other names by the new
// plan.
void Replan::note_end(const RunError* error) {
  if (error == nullptr && planned_by_ != nullptr)
    catalogs().limit().went_well(plan_key_);
  if (state_ != State::done || !failure_->has_reloaded) return;
  failure_->has_reloaded = false;
  catalog::ReloadLimit& limit = catalogs().limit();
  if (error == nullptr) return limit.helped();
  if (!looks_outdated(*error) || has_schema_moved()) return;
  limit.in_vain(failure_->plan, runtime_.loop().now());
  limit.in_vain(plan_key_, runtime_.loop().now());
}

}  // namespace trestle::http
