// Reads and writes under faults, and the bookkeeping of what must be true of
// each write afterwards: every write carries a number of its own into a table
// without a key, so one that was done twice shows.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <thread>

#include "support/load.h"
#include "support/server_test.h"
#include "support/write_book.h"

namespace trestle::testing {

// The table `ledger`, and the files read.sql and write.sql below nginx.conf.
//
//   location = /read  { trestle_query db read.sql; }
//   location = /write { trestle_query db write.sql; }
class Ledger {
 public:
  // Makes the table; `nginx` gets the files.
  static void prepare(PostgresCluster& cluster, const std::string& database,
                      NginxServer& nginx);

  explicit Ledger(Address nginx, int clients = 8, bool keep_alive = true);
  ~Ledger();

  // Load in a thread of its own, every third request a write, until stop().
  void start();
  LoadCounts stop();

  // "" when every write is there as often as its answer said (write_book.h).
  [[nodiscard]] std::string judge(const PostgresCluster& cluster,
                                  std::string_view database) const;

  // Answers that were not JSON with a code (the errors) or the number asked for
  // (the others); the first of them.
  [[nodiscard]] const std::string& wrong() const { return wrong_; }
  // Requests that got no 2xx, with how often each status came: "503: 12".
  [[nodiscard]] std::string statuses() const;
  [[nodiscard]] std::uint64_t unserved() const;
  [[nodiscard]] std::uint64_t unserved_reads() const { return bad_reads_; }
  [[nodiscard]] std::uint64_t status(int number) const;
  // How long, at most, no 2xx came.
  [[nodiscard]] double longest_gap_ms() const { return longest_gap_ms_; }
  [[nodiscard]] std::uint64_t answered() const { return answered_; }

 private:
  void judge_answer(const LoadResult& result);

  Load load_;
  LoadCounts counts_;
  std::thread thread_;
  std::atomic<bool> stop_{false};
  WriteBook writes_;
  std::map<int, std::uint64_t> statuses_;
  std::uint64_t bad_reads_ = 0;
  std::string wrong_;
  Clock::time_point last_ok_;
  double longest_gap_ms_ = 0;
  std::atomic<std::uint64_t> answered_{0};
};

}  // namespace trestle::testing
