// One request's way past the cache of answers (answer_cache.h): looks whether
// its answer is there; else, when its statements read nothing but tables that
// the feed tells of, has the answer kept.
//
//   bypass   the cache counts for nothing: the feed is not healthy, this is no
//            read, or its answer cannot be kept
//   hit      the answer came from the cache
//   miss     it did not, and is kept if nothing speaks against it
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/frontend.h"
#include "http/answer_cache.h"
#include "http/answer_copy.h"
#include "http/config.h"
#include "http/context.h"
#include "http/feed_state.h"

namespace trestle::http {

class Runtime;

class CacheVisit {
 public:
  // All outlive it. `conf` has a front-end.
  CacheVisit(RequestContext& context, const LocationConf& conf,
             Runtime& runtime);
  // Counts how it went.
  ~CacheVisit();
  CacheVisit(const CacheVisit&) = delete;
  CacheVisit& operator=(const CacheVisit&) = delete;

  // True: `response` has been given the answer. Else the request may have lost
  // its validator, which is compared to the answer's own.
  [[nodiscard]] bool answer(const RequestFacts& facts, ResponseSink& response);

  // Before the work is run: puts a statement in front of its own when the
  // answer may be kept, see has_probe().
  void prepare(Work& work, const Exchange& exchange);
  // Something else has become of the request: its answer is not kept.
  void give_up();

  // The run's first statement is ours; its one row goes to take_probe().
  [[nodiscard]] bool has_probe() const { return has_probe_; }
  void take_probe(std::span<const Cell> cells);

  // Whoever answers must have replayed the log so far: what was written here,
  // and what the feed had told of the tables. 0: no matter.
  [[nodiscard]] WalPosition after() const { return after_; }

  // Where the answer is copied to.
  [[nodiscard]] AnswerCopy& copy() { return copy_; }
  // The answer has ended well, and its run has, too. The value is the tag that
  // it has from now on; empty: it was not kept, or has one.
  [[nodiscard]] std::string keep();

 private:
  [[nodiscard]] bool is_healthy() const;
  [[nodiscard]] bool is_usable();
  [[nodiscard]] std::string problem(const Work& work, const Exchange& exchange);
  void make_key(const RequestFacts& facts);
  void hide_validator();
  void set_status(std::string_view status);

  RequestContext& context_;
  const LocationConf& conf_;
  Runtime& runtime_;
  FeedState* feed_;
  status::DatabaseCounters* counters_;  // null: nobody reads them
  std::string_view status_;
  AnswerCache& cache_;
  std::string key_;
  AnswerCopy copy_;
  std::vector<Oid> tables_;
  WalPosition after_ = 0;
  std::optional<std::uint32_t> xmin_;
  bool has_probe_ = false;
};

}  // namespace trestle::http
