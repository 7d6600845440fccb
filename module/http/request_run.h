// Runs one stored request once, for live answers: plan, run, answer into
// memory. What HttpExchange is to a client's own request.
#pragma once

#include <memory>
#include <optional>

#include "auth/identity.h"
#include "base/callback.h"
#include "frontend/answer_buffer.h"
#include "frontend/frontend.h"
#include "frontend/stored_request.h"
#include "http/catalog_runtime.h"
#include "http/observe.h"
#include "http/runtime.h"
#include "http/work_run.h"

namespace trestle::http {

// Where a request is run. All of it lives as long as the worker.
struct RunPlace {
  Runtime& runtime;
  const Database& database;
  const Frontend& frontend;
  ngx_msec_t query_timeout = 0;
  // Where the log stood behind the visitor's last write, for read_your_writes:
  // read and written by runs that are not followed. Null: not kept.
  WalPosition* written = nullptr;
};

class RequestRun final : private WorkRun::Owner,
                         private RunHolder,
                         private CatalogWaiter {
 public:
  enum class Mode {
    once,    // what asks to be followed is declined
    follow,  // what may write is declined
  };

  // Call start() once. `done` comes in a turn of its own and may destroy this.
  RequestRun(const RunPlace& place, Callback done);
  ~RequestRun() override;

  // All outlive the run.
  void start(const StoredRequest& request, const auth::Identity& identity,
             LiveState& live, Mode mode);

  // --- when it is done

  [[nodiscard]] const AnswerBuffer& answer() const { return answer_; }
  // It was planned and not run, see Mode.
  [[nodiscard]] bool declined() const { return declined_; }

  // What was run, and with which settings; empty: the answer needed no
  // database, or could write.
  [[nodiscard]] std::vector<Statement>& reads() { return reads_; }
  [[nodiscard]] Settings& settings() { return settings_; }
  [[nodiscard]] const catalog::CatalogRef& catalog() const { return catalog_; }

 private:
  class Answer final : public AnswerBuffer {
   public:
    explicit Answer(RequestRun& run) : run_(run) {}
    bool plan_again(Outdated what) override {
      return run_.run_.plan_again(what);
    }

   private:
    RequestRun& run_;
  };

  void on_catalog(const catalog::CatalogRef& catalog,
                  const RunError* error) override;
  void let_go() noexcept override;

  void plan(const catalog::CatalogRef& catalog);
  void submit(Work work);
  [[nodiscard]] pg::RunOptions run_options(const Work& work) const;
  void on_turn() noexcept;
  void note_written();
  void go_on_replanning();
  void finish() noexcept;

  RunPlace place_;
  Callback done_;
  std::unique_ptr<pg::Timer> turn_;
  const StoredRequest* request_ = nullptr;
  const auth::Identity* identity_ = nullptr;
  LiveState* live_ = nullptr;
  LiveState begun_;  // what it was at first
  Mode mode_ = Mode::once;

  Request view_;
  Answer answer_{*this};
  std::optional<Exchange> exchange_;
  std::vector<Statement> reads_;
  Settings settings_;
  catalog::CatalogRef catalog_;
  NginxLog log_{ngx_cycle->log};
  WorkRun run_;  // after exchange_, which its work answers
  bool declined_ = false;
  bool linked_ = true;  // in the runtime's list
};

}  // namespace trestle::http
