// One request that may be followed: it is run once, or, when it asks for that,
// run again whenever its answer may have changed (live_query.h).
#pragma once

#include <memory>

#include "http/live_query.h"
#include "http/request_run.h"

namespace trestle::http {

class LiveOperation final : private Follower {
 public:
  class Owner {
   public:
    // An answer behind which others may come.
    virtual void on_next(const AnswerBuffer& answer) = 0;
    // The last one. May destroy the operation.
    virtual void on_last(const AnswerBuffer& answer) = 0;

   protected:
    ~Owner() = default;
  };

  // `identity` is copied; `owner` outlives it.
  LiveOperation(Owner& owner, const RunPlace& place,
                std::unique_ptr<StoredRequest> request,
                const auth::Identity& identity, LiveState live = {})
      : owner_(owner),
        place_(place),
        request_(std::move(request)),
        identity_(identity),
        live_(std::move(live)) {}

  // Runs it once, and follows it if it asks for that.
  void start();
  // Follows it.
  void follow();

 private:
  void on_run_over() noexcept;
  void on_answer(const AnswerBuffer& answer, bool last) override;

  Owner& owner_;
  RunPlace place_;
  std::unique_ptr<StoredRequest> request_;  // until it is followed
  auth::Identity identity_;
  LiveState live_;
  std::unique_ptr<RequestRun> run_;
};

}  // namespace trestle::http
