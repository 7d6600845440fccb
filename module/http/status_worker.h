// What a worker tells of itself: each request that has ended, at once, and the
// state of its pools and live connections, a moment after something happened.
#pragma once

#include <memory>
#include <optional>

#include "http/nginx.h"
#include "http/status_zone.h"
#include "pg/loop.h"
#include "pg/pool.h"
#include "status/report.h"

namespace trestle::http {

class Runtime;

class StatusWorker {
 public:
  // `runtime` outlives it.
  explicit StatusWorker(Runtime& runtime);
  ~StatusWorker();
  StatusWorker(const StatusWorker&) = delete;
  StatusWorker& operator=(const StatusWorker&) = delete;

  // A request of a counted location has ended. `us`: how long it took; nullopt
  // for connections that live until somebody leaves.
  void count(std::size_t location, unsigned status,
             std::optional<std::uint64_t> us);

  // What all workers have told, this one being asked now.
  [[nodiscard]] status::Report report();

 private:
  void publish();
  void publish_pool(std::size_t database);
  void on_timer() noexcept;

  Runtime& runtime_;
  StatusZone zone_;                    // empty: nothing is counted
  std::size_t place_ = kStatusPlaces;  // none was free
  std::unique_ptr<pg::Timer> timer_;
  bool waiting_ = false;
  std::vector<pg::PoolTotals> told_;  // of each pool, by database
};

// nginx's log phase: counts the request when its location is one of ours.
ngx_int_t count_request(ngx_http_request_t* r) noexcept;

}  // namespace trestle::http
