// The event loop of the tests of pg/: poll(2), timers, and real threads for
// offloaded work. Name look-ups are answered from a table.
#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "pg/loop.h"

namespace trestle::testing {

class PollLoop : public pg::Loop {
 public:
  PollLoop();
  ~PollLoop() override;

  std::unique_ptr<pg::Watch> make_watch(
      const pg::WatchCallbacks& callbacks) override;
  std::unique_ptr<pg::Timer> make_timer(Callback on_timer,
                                        TimerKind kind) override;
  bool offload(std::unique_ptr<pg::Job> job) override;
  std::unique_ptr<pg::Lookup> resolve(const std::string& host,
                                      pg::LookupHandler& handler) override;
  pg::Milliseconds now() const override { return now_; }
  std::uint64_t now_us() const override;
  std::uint32_t random() override;
  void log(Level level, std::string_view text) override;

  // Turns the loop until the condition holds; false: not within the time.
  bool run_until(const std::function<bool()>& condition,
                 pg::Milliseconds deadline = 20'000);
  void run_for(pg::Milliseconds time);

  // Tells every idle watch to quit, as a process that shuts down does.
  void quit();
  // Whether a process that shuts down would still wait for something.
  [[nodiscard]] bool held() const;

  // host -> addresses; an empty text: the look-up fails. A host that is not
  // there never gets an answer.
  std::map<std::string, std::string> names;
  bool offload_refused = false;
  // Whether a callback of the client is running, and not the loop itself.
  bool calling = false;
  // Jobs stay in their threads while it is locked.
  std::mutex hold_jobs;
  std::vector<std::string> messages;  // what was logged, debug left out

 private:
  class PollWatch;
  class PollTimer;
  class TableLookup;
  struct Running;

  void call(const Callback& callback);
  void turn(pg::Milliseconds wait);
  void fire_sockets(pg::Milliseconds wait);
  void fire_timers();
  void finish_jobs();
  void answer_lookups();
  void update_clock();

  std::list<PollWatch*> watches_;
  std::list<PollTimer*> timers_;
  std::list<TableLookup*> lookups_;
  std::list<std::unique_ptr<Running>> jobs_;
  int wake_[2] = {-1, -1};
  pg::Milliseconds now_ = 0;
  std::uint32_t seed_ = 12345;
};

}  // namespace trestle::testing
