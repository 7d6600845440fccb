// Visitors who come and go beside a load: WebSockets that follow their rows and
// join a channel, GraphQL subscriptions, event streams, and slow readers of
// large answers. They leave in every way: with a Close, without a word, with a
// reset, in the middle of an answer. What they hear must be meant for them.
//
//   location = /live     trestle_live
//   location = /graphql  trestle_graphql
//   location = /rows     n rows
//   location /api/       trestle_rest with the table "owned" (users.h)
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "support/away.h"
#include "support/http_client.h"

namespace trestle::testing {

class LiveVisitors {
 public:
  // They come at once, each kind in a thread of its own.
  LiveVisitors(Address nginx, const Away& away, int users);
  ~LiveVisitors() { stop(); }
  LiveVisitors(const LiveVisitors&) = delete;
  LiveVisitors& operator=(const LiveVisitors&) = delete;

  // Returns when all have left.
  void stop();

  [[nodiscard]] std::uint64_t visits() const { return visits_; }
  [[nodiscard]] std::uint64_t messages() const { return messages_; }
  // What they should not have heard, and how often; "" for nothing.
  [[nodiscard]] std::string wrong() const;

 private:
  // One visit of a kind; `number` counts them.
  using Visit = void (LiveVisitors::*)(int number);
  void repeat(Visit visit);

  void follow_rows(int number);
  void subscribe(int number);
  void read_events(int number);
  void read_slowly(int number);

  void hear(int user, Clock::time_point since, std::string_view text);
  // An error, which may be while the database is away.
  void fail(Clock::time_point since, const std::string& what);
  void note(const std::string& what);

  Address address_;
  const Away& away_;
  int users_;
  std::atomic<bool> stop_{false};
  std::atomic<std::uint64_t> visits_{0};
  std::atomic<std::uint64_t> messages_{0};
  mutable std::mutex mutex_;
  std::map<std::string, std::uint64_t> wrong_;
  std::vector<std::thread> threads_;
};

}  // namespace trestle::testing
