// NginxLoop is pg/'s event loop over nginx's own: sockets become nginx
// connections without pools, timers nginx timers, jobs tasks of the default
// thread pool, names go to the resolver of the http block.
//
// One per worker, from init_process to exit_process; what it made must be gone
// before it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "http/nginx.h"
#include "pg/loop.h"

namespace trestle::http {

// Addresses found at configuration load for hosts that no resolver can be asked
// about later: host to "10.0.0.1,10.0.0.2".
using HostTable = std::unordered_map<std::string, std::string>;

// The clock of NginxLoop::now_us(), in a process without a loop, too.
[[nodiscard]] std::uint64_t monotonic_us();

class OffloadTask;

class NginxLoop final : public pg::Loop {
 public:
  // `resolver` may be null or without servers: then names are looked up in
  // `hosts` alone, which outlives the loop. `threads` null: nothing can be
  // offloaded.
  NginxLoop(ngx_log_t* log, ngx_thread_pool_t* threads,
            ngx_resolver_t* resolver, ngx_msec_t resolver_timeout,
            const HostTable* hosts);
  ~NginxLoop() override;
  NginxLoop(const NginxLoop&) = delete;
  NginxLoop& operator=(const NginxLoop&) = delete;

  std::unique_ptr<pg::Watch> make_watch(
      const pg::WatchCallbacks& callbacks) override;
  std::unique_ptr<pg::Timer> make_timer(Callback on_timer,
                                        TimerKind kind) override;
  bool offload(std::unique_ptr<pg::Job> job) override;
  std::unique_ptr<pg::Lookup> resolve(const std::string& host,
                                      pg::LookupHandler& handler) override;

  pg::Milliseconds now() const override { return ngx_current_msec; }
  std::uint64_t now_us() const override { return monotonic_us(); }
  std::uint32_t random() override;
  void log(Level level, std::string_view text) override;

 private:
  friend class OffloadTask;

  ngx_log_t* log_;
  ngx_thread_pool_t* threads_;
  ngx_resolver_t* resolver_;
  ngx_msec_t resolver_timeout_;
  const HostTable* hosts_;
  OffloadTask* tasks_ = nullptr;  // under way, a list without order
};

}  // namespace trestle::http
