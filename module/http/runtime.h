// What lives as long as a worker: the event loop's face for pg/, one pool per
// database (made when it is first needed), the caches of verified tokens, and
// the exchanges under way.
//
// The only global state of the module: made in init_process, gone with
// exit_process. A process without it (master, helpers) runs no queries.
#pragma once

#include <memory>
#include <vector>

#include "auth/token_cache.h"
#include "http/answer_cache.h"
#include "http/catalog_runtime.h"
#include "http/config.h"
#include "http/known_reads.h"
#include "http/live_worker.h"
#include "http/loop.h"
#include "http/nginx.h"
#include "http/row_feeds.h"
#include "http/session_watch.h"
#include "http/startup_check.h"
#include "http/status_worker.h"
#include "pg/pool.h"

namespace trestle::http {

// Something that holds a Run and must let go of it before the pools go: when a
// worker is told to stop at once, nginx frees no request.
class RunHolder {
 public:
  RunHolder() = default;
  RunHolder(const RunHolder&) = delete;
  RunHolder& operator=(const RunHolder&) = delete;
  virtual ~RunHolder() = default;
  virtual void let_go() noexcept = 0;

 private:
  friend class Runtime;
  RunHolder* next_ = nullptr;
  RunHolder* previous_ = nullptr;
};

class Runtime {
 public:
  // Null in a process that runs no queries.
  [[nodiscard]] static Runtime* get();

  // False: the worker cannot start (logged).
  [[nodiscard]] static bool start(ngx_cycle_t* cycle);
  static void stop();

  Runtime(ngx_cycle_t* cycle, const MainConf& conf);
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  [[nodiscard]] pg::Pool& pool(const Database& database);
  // The pool if it has been used yet.
  [[nodiscard]] pg::Pool* pool_if_made(const Database& database);
  // Made when it is first needed.
  [[nodiscard]] CatalogRuntime& catalog(const Database& database);
  // The catalog if one has been read, else null.
  [[nodiscard]] catalog::CatalogRef catalog_if_read(
      const Database& database) const;
  // At the beginning of a request: what administrators have asked another
  // worker for.
  void follow_administrators(const Database& database);
  // Of the zone behind trestle_status; null: there is none.
  [[nodiscard]] status::DatabaseCounters* counters(const Database& database);
  // Null: not made yet.
  [[nodiscard]] CatalogRuntime* catalog_if_made(const Database& database) {
    return catalogs_[database.index].get();
  }
  [[nodiscard]] AnswerCache& answers() { return answers_; }
  // For the cache of answers.
  [[nodiscard]] KnownReads& reads(const Database& database) {
    return reads_[database.index];
  }
  // Lets go of a database: its catalog and its connections, those in use when
  // they are free. The next request begins anew.
  void release(const Database& database);
  [[nodiscard]] auth::TokenCache& tokens() { return tokens_; }
  [[nodiscard]] NginxLoop& loop() { return loop_; }
  [[nodiscard]] LiveWorker& live() { return *live_; }
  [[nodiscard]] StatusWorker& status() { return *status_; }
  [[nodiscard]] RowFeeds& rows() { return *rows_; }
  [[nodiscard]] SessionWatch& sessions() { return sessions_; }
  [[nodiscard]] const MainConf& conf() const { return conf_; }

  void add(RunHolder& holder);
  void remove(RunHolder& holder);

 private:
  // Told when the worker is to finish gracefully.
  [[nodiscard]] bool watch_for_quit();
  void on_quit() noexcept;

  ngx_cycle_t* cycle_;
  const MainConf& conf_;
  NginxLoop loop_;
  auth::TokenCache tokens_;
  std::shared_ptr<pg::ConnectGate> gate_;  // of all pools
  SessionWatch sessions_;                  // before the streams, which leave it
  std::unique_ptr<LiveWorker> live_;
  std::unique_ptr<RowFeeds> rows_;
  std::vector<std::unique_ptr<pg::Pool>> pools_;           // by Database::index
  std::vector<std::unique_ptr<CatalogRuntime>> catalogs_;  // likewise
  std::vector<std::unique_ptr<pg::Pool>> released_;        // still in use
  AnswerCache answers_;
  std::vector<KnownReads> reads_;  // by index
  StartupCheck startup_check_;
  std::unique_ptr<StatusWorker> status_;
  StatusZone zone_;
  std::vector<std::uint64_t> releases_seen_;  // by Database::index
  RunHolder* holders_ = nullptr;
  int quit_fd_ = -1;
  std::unique_ptr<pg::Watch> quit_watch_;
  bool retired_ = false;
};

}  // namespace trestle::http
