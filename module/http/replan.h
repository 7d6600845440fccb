// Replan decides whether a run that the schema has moved under is planned and
// run once more, and waits for the catalog that it is planned by:
//
//   none -> due      a run has failed, or answers other columns
//        -> waiting  for a catalog that is read from now on
//        -> ready    it has come, or will not
//        -> done     planned and run anew; what happens now is the answer
//
// Each run but the first has found another schema than the one before it. Who
// holds it knows what it has sent and committed, and asks only while nothing
// stands in the way of doing it over. Until a run has failed it costs nothing.
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
    fail,  // no new catalog can be had: error() is the answer
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

  // How what was planned last has gone: null is well.
  void note_end(const RunError* error);

  // Waits for nothing any more.
  void let_go() noexcept;

 private:
  enum class State { none, due, waiting, ready, done };

  struct Failure {
    RunError error;                    // what is told if nothing comes of it
    std::uint64_t plan = 0;            // its key
    bool needs_catalog = true;         // a newer one
    bool has_reloaded = false;         // for the last one
    std::uint64_t schema_version = 0;  // that has failed
    std::unique_ptr<pg::Timer> timer;
  };

  void on_catalog(const catalog::CatalogRef& catalog,
                  const RunError* error) override;
  void on_timeout() noexcept;

  [[nodiscard]] CatalogRuntime& catalogs() const {
    return runtime_.catalog(database_);
  }
  [[nodiscard]] bool has_schema_moved() const;
  [[nodiscard]] bool has_newer_catalog() const;
  [[nodiscard]] bool may_plan_again(std::string_view problem) const;
  [[nodiscard]] bool may_reload() const;
  void begin(State state, RunError error, bool needs_catalog);
  void wait_for_catalog();

  Runtime& runtime_;
  const Database& database_;
  Callback wake_;
  State state_ = State::none;
  int count_ = 0;
  std::uint64_t plan_key_ = 0;  // of its statements
  const catalog::Catalog* planned_by_ = nullptr;
  std::unique_ptr<Failure> failure_;  // null: state none
};

}  // namespace trestle::http
