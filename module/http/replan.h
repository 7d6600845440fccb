// Replan decides whether a run that the schema has moved under is planned and
// run once more, and waits for the catalog that it is planned by:
//
//   none -> due      a run has failed, or answers other columns
//        -> waiting  for the catalog of the schema as it is from now on
//        -> ready    it has come, or will not
//        -> done     planned and run anew; what happens now is the answer
//
// Each run but the first is planned by another catalog than the one before it;
// the second, where the error may pass by itself, also by the same one. A
// statement that is wrong in itself costs a look at the schema (schema_look.h),
// which tells that it has not moved. Who holds it knows what it has sent and
// committed, and asks only while nothing stands in the way of doing it over.
// Until a run has failed it costs nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/callback.h"
#include "base/http_message.h"
#include "http/catalog_runtime.h"
#include "http/runtime.h"
#include "sql/row_sink.h"
#include "sql/statement.h"

namespace trestle::http {

class Replan final : private CatalogWaiter {
 public:
  enum class Next {
    wait,  // `wake` comes again
    plan,  // by the current catalog, in place of all that was answered
    fail,  // error() is the answer: the schema has not moved, or nobody knows
  };

  // `wake`: go_on() has something to do, in a turn of its own. All outlive it.
  Replan(Runtime& runtime, const Database& database, Callback wake)
      : runtime_(runtime), database_(database), wake_(wake) {}
  ~Replan() override { let_go(); }

  // Before each plan of the request is submitted. `planned_by` may be null; it
  // is held until the next one, or the end.
  void prepare(Plan& plan, const catalog::CatalogRef& planned_by);

  // The run has failed, and its group was rolled back. True: it is done over.
  [[nodiscard]] bool takes(const RunError& error, bool writes);
  // The columns of a read are not those that were planned for, likewise.
  [[nodiscard]] bool takes(Outdated what);
  // What the run that is given up still tells is not listened to.
  [[nodiscard]] bool is_under_way() const {
    return state_ != State::none && state_ != State::done;
  }

  // While it is under way, and once the run is gone.
  [[nodiscard]] Next go_on();
  [[nodiscard]] const RunError& error() const { return failure_->error; }

  // Waits for nothing any more.
  void let_go() noexcept;

 private:
  enum class State { none, due, waiting, ready, done };

  struct Failure {
    RunError error;             // what is told if nothing comes of it
    bool needs_catalog = true;  // a newer one
    bool is_in_doubt = false;   // the schema could not be looked at
    std::unique_ptr<pg::Timer> timer;
  };

  void on_catalog(const catalog::CatalogRef& catalog,
                  const RunError* error) override;
  void on_timeout() noexcept;

  [[nodiscard]] CatalogRuntime& catalogs() const {
    return runtime_.catalog(database_);
  }
  [[nodiscard]] bool has_newer_catalog() const;
  [[nodiscard]] bool may_plan_again() const;
  [[nodiscard]] bool may_pass() const;
  void begin(State state, RunError error, bool needs_catalog);
  void be_ready(bool in_doubt);
  void wait_for_catalog();

  Runtime& runtime_;
  const Database& database_;
  Callback wake_;
  State state_ = State::none;
  int count_ = 0;
  const catalog::Catalog* planned_by_ = nullptr;
  std::unique_ptr<Failure> failure_;  // null: state none
};

}  // namespace trestle::http
