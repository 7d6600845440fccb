#include "support/poll_loop.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace trestle::testing {

using pg::Milliseconds;

class PollLoop::PollWatch : public pg::Watch {
 public:
  PollWatch(PollLoop& loop, const pg::WatchCallbacks& to_call)
      : callbacks(to_call), loop_(loop) {
    loop_.watches_.push_back(this);
  }
  ~PollWatch() override { loop_.watches_.remove(this); }

  bool bind(int number) override {
    fd = number;
    events = 0;
    return true;
  }
  bool want(bool read, bool write) override {
    events = static_cast<short>((read ? POLLIN : 0) | (write ? POLLOUT : 0));
    return true;
  }
  void set_idle(bool is_idle) override { idle = is_idle; }

  int fd = -1;
  short events = 0;
  bool idle = false;
  pg::WatchCallbacks callbacks;

 private:
  PollLoop& loop_;
};

class PollLoop::PollTimer : public pg::Timer {
 public:
  PollTimer(PollLoop& loop, Callback on_timer, TimerKind timer_kind)
      : callback(on_timer), kind(timer_kind), loop_(loop) {
    loop_.timers_.push_back(this);
  }
  ~PollTimer() override { loop_.timers_.remove(this); }

  void start(Milliseconds delay) override { due = loop_.now_ + delay; }
  void stop() override { due.reset(); }
  bool running() const override { return due.has_value(); }

  std::optional<Milliseconds> due;
  Callback callback;
  TimerKind kind;

 private:
  PollLoop& loop_;
};

class PollLoop::TableLookup : public pg::Lookup {
 public:
  TableLookup(PollLoop& loop, std::string name, pg::LookupHandler& to)
      : host(std::move(name)), handler(to), loop_(loop) {
    loop_.lookups_.push_back(this);
  }
  ~TableLookup() override { loop_.lookups_.remove(this); }

  std::string host;
  pg::LookupHandler& handler;
  bool answered = false;

 private:
  PollLoop& loop_;
};

struct PollLoop::Running {
  std::unique_ptr<pg::Job> job;
  std::atomic<bool> finished = false;
  std::thread thread;
};

PollLoop::PollLoop() {
  if (pipe2(wake_, O_CLOEXEC | O_NONBLOCK) != 0) std::abort();
  update_clock();
}

PollLoop::~PollLoop() {
  for (auto& running : jobs_) running->thread.join();
  close(wake_[0]);
  close(wake_[1]);
}

std::unique_ptr<pg::Watch> PollLoop::make_watch(
    const pg::WatchCallbacks& callbacks) {
  return std::make_unique<PollWatch>(*this, callbacks);
}

std::unique_ptr<pg::Timer> PollLoop::make_timer(Callback on_timer,
                                                TimerKind kind) {
  return std::make_unique<PollTimer>(*this, on_timer, kind);
}

bool PollLoop::offload(std::unique_ptr<pg::Job> job) {
  if (offload_refused) return false;
  // What the loop itself allocates is not the client's to run out of.
  const bool was_calling = std::exchange(calling, false);
  auto running = std::make_unique<Running>();
  running->job = std::move(job);
  Running* raw = running.get();
  raw->thread = std::thread([this, raw] {
    { std::lock_guard<std::mutex> lock(hold_jobs); }
    raw->job->run();
    raw->finished = true;
    if (write(wake_[1], "x", 1) < 0) std::abort();
  });
  jobs_.push_back(std::move(running));
  calling = was_calling;
  return true;
}

std::unique_ptr<pg::Lookup> PollLoop::resolve(const std::string& host,
                                              pg::LookupHandler& handler) {
  return std::make_unique<TableLookup>(*this, host, handler);
}

std::uint64_t PollLoop::now_us() const {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(
          std::chrono::steady_clock::now().time_since_epoch())
          .count());
}

std::uint32_t PollLoop::random() {
  return seed_ = seed_ * 1664525 + 1013904223;
}

void PollLoop::log(Level level, std::string_view text) {
  if (std::getenv("TRESTLE_LOG") != nullptr)
    std::fprintf(stderr, "pg: %.*s\n", static_cast<int>(text.size()),
                 text.data());
  if (level != Level::debug) messages.emplace_back(text);
}

void PollLoop::call(const Callback& callback) {
  calling = true;
  callback();
  calling = false;
}

void PollLoop::update_clock() { now_ = now_us() / 1000; }

bool PollLoop::run_until(const std::function<bool()>& condition,
                         Milliseconds deadline) {
  update_clock();
  const Milliseconds end = now_ + deadline;
  while (!condition()) {
    if (now_ >= end) return false;
    turn(end - now_);
  }
  return true;
}

void PollLoop::run_for(Milliseconds time) {
  (void)run_until([] { return false; }, time);
}

void PollLoop::quit() {
  const std::list<PollWatch*> all = watches_;
  for (PollWatch* watch : all) {
    const bool alive =
        std::find(watches_.begin(), watches_.end(), watch) != watches_.end();
    if (alive && watch->idle && watch->callbacks.on_quit)
      watch->callbacks.on_quit();
  }
}

bool PollLoop::held() const {
  if (!jobs_.empty()) return true;
  for (const PollTimer* timer : timers_)
    if (timer->running() && timer->kind == TimerKind::holding) return true;
  return false;
}

void PollLoop::turn(Milliseconds wait) {
  for (const PollTimer* timer : timers_)
    if (timer->due)
      wait = std::min(wait, *timer->due > now_ ? *timer->due - now_ : 0);
  for (const TableLookup* lookup : lookups_)
    if (!lookup->answered && names.contains(lookup->host)) wait = 0;
  fire_sockets(wait);
  finish_jobs();
  answer_lookups();
  fire_timers();
}

void PollLoop::fire_sockets(Milliseconds wait) {
  std::vector<pollfd> sockets = {{wake_[0], POLLIN, 0}};
  std::vector<PollWatch*> watched = {nullptr};
  for (PollWatch* watch : watches_) {
    if (watch->fd < 0 || watch->events == 0) continue;
    sockets.push_back({watch->fd, watch->events, 0});
    watched.push_back(watch);
  }
  poll(sockets.data(), sockets.size(), static_cast<int>(wait));
  update_clock();
  for (std::size_t i = 1; i < sockets.size(); i++) {
    const short got = sockets[i].revents;
    auto wants = [&](short event) {
      PollWatch* watch = watched[i];
      return (got & (event | POLLERR | POLLHUP)) != 0 &&
             std::find(watches_.begin(), watches_.end(), watch) !=
                 watches_.end() &&
             watch->fd == sockets[i].fd && (watch->events & event) != 0;
    };
    if (wants(POLLIN)) call(watched[i]->callbacks.on_readable);
    if (wants(POLLOUT)) call(watched[i]->callbacks.on_writable);
  }
}

// Each once a turn, those with a delay of 0 that come meanwhile included.
void PollLoop::fire_timers() {
  std::vector<PollTimer*> fired;
  const auto next = [&] {
    return std::find_if(timers_.begin(), timers_.end(), [&](PollTimer* timer) {
      return timer->due && *timer->due <= now_ &&
             std::find(fired.begin(), fired.end(), timer) == fired.end();
    });
  };
  for (auto at = next(); at != timers_.end(); at = next()) {
    PollTimer* timer = *at;
    fired.push_back(timer);
    timer->stop();
    call(timer->callback);
  }
}

void PollLoop::finish_jobs() {
  char bytes[64];
  while (read(wake_[0], bytes, sizeof bytes) > 0) {
  }
  for (auto at = jobs_.begin(); at != jobs_.end();) {
    if (!(*at)->finished) {
      ++at;
      continue;
    }
    std::unique_ptr<Running> running = std::move(*at);
    at = jobs_.erase(at);
    running->thread.join();
    calling = true;
    running->job->done();
    calling = false;
  }
}

void PollLoop::answer_lookups() {
  const std::list<TableLookup*> all = lookups_;
  for (TableLookup* lookup : all) {
    const bool alive =
        std::find(lookups_.begin(), lookups_.end(), lookup) != lookups_.end();
    if (!alive || lookup->answered) continue;
    auto found = names.find(lookup->host);
    if (found == names.end()) continue;
    lookup->answered = true;
    if (found->second.empty())
      lookup->handler.on_addresses(std::nullopt, "no such host");
    else
      lookup->handler.on_addresses(found->second, {});
  }
}

}  // namespace trestle::testing
