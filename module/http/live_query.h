// Live queries: answers that are made again when what they were read from has
// changed, once for all in a worker who follow the same request under the same
// role and claims, and told only when they differ.
//
//  (1) Changes are gathered for a moment, so that a burst is one run; one run
//      of a query is under way at a time.
//  (2) A query hears of changes before its first run begins: what commits
//      between the run and the reading of the feed makes another run.
//  (3) A follower is told in a turn of its own, never from inside follow().
//  (4) An answer that the server could not make (5xx) is tried again, later
//      and later, and not told, unless it is the first; one that was refused
//      (4xx) ends the query.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "http/request_run.h"
#include "live/read_watch.h"

namespace trestle::http {

class LiveQueries;
class LiveQuery;

// One who follows a query. Stops following when it is destroyed.
class Follower {
 public:
  Follower() = default;
  virtual ~Follower();
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  // A new answer. `last`: it is a refusal, and the query is over. May destroy
  // this follower, but no other.
  virtual void on_answer(const AnswerBuffer& answer, bool last) = 0;

 private:
  friend class LiveQuery;
  LiveQuery* query_ = nullptr;
  bool told_ = false;  // has got an answer
};

class LiveQuery final : private RowSink, private CatalogWaiter {
 public:
  LiveQuery(LiveQueries& owner, std::string key, const RunPlace& place,
            std::unique_ptr<StoredRequest> request,
            const auth::Identity& identity, const LiveState& live);
  ~LiveQuery() override;

  void follow(Follower& follower);
  void unfollow(Follower& follower);
  [[nodiscard]] const std::string& key() const { return key_; }

 private:
  void begin();
  void on_catalog(const catalog::CatalogRef& catalog,
                  const RunError* error) override;

  // What was read is asked for beside a run (RowSink).
  void on_columns(std::size_t, std::span<const ResultColumn>) override {}
  bool on_row(std::size_t statement, std::span<const Cell> cells) override;
  void on_statement_done(std::size_t, std::uint64_t) override {}
  void on_done() override;
  void on_error(const RunError& error) override;
  void ask_reads();
  void on_reads() noexcept;

  void on_change() noexcept;  // (1)
  void on_gathered() noexcept;
  void on_turn() noexcept;  // (3)
  void run();
  void on_run_over() noexcept;
  void take_answer(const AnswerBuffer& answer);
  void refuse(const Error& error);
  // May be the end of this.
  void tell(bool last);
  void tidy();

  LiveQueries& owner_;
  std::string key_;
  RunPlace place_;
  std::unique_ptr<StoredRequest> request_;
  auth::Identity identity_;
  LiveState live_;
  std::unique_ptr<pg::Timer> gather_;
  std::unique_ptr<pg::Timer> turn_;

  std::unique_ptr<live::ReadWatch> watch_;
  live::Reads reads_;
  std::unique_ptr<pg::Run> reads_run_;
  std::unique_ptr<pg::Timer> reads_over_;
  std::size_t unread_ = 0;       // statements whose reads are not known yet
  catalog::CatalogRef catalog_;  // that watch_ goes by

  std::unique_ptr<RequestRun> run_;
  std::vector<Follower*> followers_;  // null: gone while being told
  AnswerBuffer answer_;               // the last one
  unsigned failures_ = 0;             // of the server, one after another
  bool answered_ = false;
  bool dirty_ = false;    // something has changed since the run began
  bool waiting_ = false;  // for the catalog
  bool telling_ = false;  // followers_ must keep its order
};

class LiveQueries {
 public:
  // Request, identity and `live` decide whether there is such a query already.
  void follow(Follower& follower, const RunPlace& place,
              std::unique_ptr<StoredRequest> request,
              const auth::Identity& identity, const LiveState& live);

  [[nodiscard]] std::size_t size() const { return queries_.size(); }

 private:
  friend class LiveQuery;
  void forget(const std::string& key);

  std::unordered_map<std::string, std::unique_ptr<LiveQuery>> queries_;
  std::uint64_t streams_ = 0;
};

}  // namespace trestle::http
