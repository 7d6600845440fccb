// The event loop as pg/ needs it. http/ implements it over nginx, the tests
// over poll(2). Everything runs in one thread; callbacks come from the loop,
// never from inside the call that asked for them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/callback.h"

namespace trestle::pg {

using Milliseconds = std::uint64_t;

// Interest in one socket, level-triggered: libpq reads at most one buffer at a
// time and never runs a socket dry, so an edge could be lost. Destroying it
// ends the interest and leaves the socket open.
class Watch {
 public:
  virtual ~Watch() = default;

  // Watches `fd` from now on and nothing else, without any interest yet. Called
  // again whenever libpq may have replaced its socket: the number can stay
  // while the socket behind it changes. -1: the socket is closed already.
  // False: the loop has no place for another socket.
  [[nodiscard]] virtual bool bind(int fd) = 0;

  [[nodiscard]] virtual bool want(bool read, bool write) = 0;

  // An idle socket does not keep a process that shuts down alive; its owner is
  // told by `on_quit` to close it.
  virtual void set_idle(bool idle) = 0;
};

struct WatchCallbacks {
  Callback on_readable;
  Callback on_writable;
  Callback on_quit;
};

// Fires once per start(). Destroying it stops it. A delay of 0 is a posted
// event: it fires when the events of this turn have been handled, before the
// loop waits again, and costs as little as the loop can make it (the pool asks
// for one per turn, to write all that the turn has produced at once).
class Timer {
 public:
  virtual ~Timer() = default;
  virtual void start(Milliseconds delay) = 0;
  virtual void stop() = 0;
  [[nodiscard]] virtual bool running() const = 0;
};

// Work for a thread: run() there, then done() in the loop, whatever happened.
// The loop owns the job and destroys it after done().
class Job {
 public:
  virtual ~Job() = default;
  virtual void run() noexcept = 0;   // in another thread
  virtual void done() noexcept = 0;  // in the loop
};

// A name look-up under way. Destroying it forgets the answer.
class Lookup {
 public:
  virtual ~Lookup() = default;
};

// Receives the answer of a look-up: numeric addresses separated by commas, or
// nullopt with a reason in `problem`.
class LookupHandler {
 public:
  virtual ~LookupHandler() = default;
  virtual void on_addresses(std::optional<std::string> addresses,
                            std::string_view problem) noexcept = 0;
};

class Loop {
 public:
  enum class TimerKind {
    // Keeps a process that shuts down alive until it has fired or stopped: for
    // everything a client waits for.
    holding,
    // Does not: for housekeeping.
    idle,
  };
  enum class Level { error, warn, info, debug };

  virtual ~Loop() = default;

  [[nodiscard]] virtual std::unique_ptr<Watch> make_watch(
      const WatchCallbacks& callbacks) = 0;
  [[nodiscard]] virtual std::unique_ptr<Timer> make_timer(Callback on_timer,
                                                          TimerKind kind) = 0;

  // False: no thread could take it; the job is destroyed, done() is not called.
  [[nodiscard]] virtual bool offload(std::unique_ptr<Job> job) = 0;

  // Null: no resolver is configured.
  [[nodiscard]] virtual std::unique_ptr<Lookup> resolve(
      const std::string& host, LookupHandler& handler) = 0;

  // Monotonic, read once per turn of the loop.
  [[nodiscard]] virtual Milliseconds now() const = 0;
  // Monotonic, read now: for measuring what a statement costs.
  [[nodiscard]] virtual std::uint64_t now_us() const = 0;
  // For jitter only.
  [[nodiscard]] virtual std::uint32_t random() = 0;

  virtual void log(Level level, std::string_view text) = 0;
};

}  // namespace trestle::pg
