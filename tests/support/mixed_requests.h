// Requests of every kind at every handler, mixed, and the judgement of each
// answer: it is the one that the request must have or, while the database is
// away, an error that says so in the handler's own form. What shows another
// user's name is wrong at any time.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "support/away.h"
#include "support/load.h"
#include "support/nginx_server.h"
#include "support/postgres_cluster.h"
#include "support/write_book.h"

namespace trestle::testing {

constexpr int kUsers = 20;

// What a request is made of, and its answer is compared with.
struct Ask {
  std::uint64_t id = 0;  // of all requests, from 1
  int user = 0;
};

// How a handler says that the database is away; `none`: HEAD has no body.
enum class ErrorForm { json, graphql, page, none };

struct RequestKind {
  std::string name;
  int weight = 1;
  ErrorForm form = ErrorForm::json;
  std::function<std::string(const Ask&)> request = {};
  std::function<bool(const Response&, const Ask&)> is_right = {};
  bool may_write = false;
  bool writes = false;   // its id into api.memo
  bool streams = false;  // a late error cuts it
};

[[nodiscard]] std::vector<RequestKind> mixed_kinds();

// What they ask: tables and functions beside those of schema_changes.h, the
// files below nginx.conf, and locations of the database "db".
extern const char* const kMixedSchema;
[[nodiscard]] std::string mixed_locations();
void write_mixed_files(NginxServer& nginx);

class MixedRequests {
 public:
  explicit MixedRequests(const Away& away);

  // For Load: the next request of a client, and its outcome.
  [[nodiscard]] std::string next(int client);
  void judge(const LoadResult& result);

  // How many have been judged.
  [[nodiscard]] std::uint64_t done() const { return done_; }

  // When no load runs: what was wrong, and how often, "" for nothing; how often
  // each kind had each status (0: no answer), a kind a line.
  [[nodiscard]] std::string wrong() const;
  [[nodiscard]] std::string statuses() const;
  [[nodiscard]] const WriteBook& writes() const { return writes_; }

 private:
  struct Asked {
    const RequestKind* kind = nullptr;
    Ask ask;
  };

  [[nodiscard]] bool may_fail(const LoadResult& result,
                              const RequestKind& kind) const;

  const Away& away_;
  const std::vector<RequestKind> kinds_;
  std::discrete_distribution<std::size_t> choice_;
  std::mt19937 random_{1};
  std::uint64_t last_id_ = 0;
  std::map<int, Asked> asked_;  // of each client
  std::atomic<std::uint64_t> done_{0};
  std::map<std::string, std::map<int, std::uint64_t>> statuses_;
  std::map<std::string, std::uint64_t> wrong_;
  WriteBook writes_;
};

}  // namespace trestle::testing
