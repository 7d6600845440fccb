// Has the statements of front-ends described when a worker has started, one
// after another, and logs what is wrong with them: a table that is not there, a
// template that asks for a column which its row does not have. Requests neither
// wait for it nor fail by it. One worker does this; while the database is away,
// it tries again later.
#pragma once

#include <memory>
#include <vector>

#include "frontend/frontend.h"
#include "http/database.h"
#include "http/loop.h"
#include "pg/pool.h"

namespace trestle::http {

class Runtime;

// Of the configuration; outlives the worker.
struct CheckedFrontend {
  const Frontend* frontend;
  const Database* database;
};

class StartupCheck final : private RowSink {
 public:
  StartupCheck(Runtime& runtime, const std::vector<CheckedFrontend>& all);

  // From the worker's start.
  void start();
  // Before the pools go.
  void stop();

 private:
  void on_columns(std::size_t statement,
                  std::span<const ResultColumn> columns) override;
  bool on_row(std::size_t, std::span<const Cell>) override { return true; }
  void on_statement_done(std::size_t, std::uint64_t) override {}
  void on_done() override;
  void on_error(const RunError& error) override;

  void on_timer() noexcept;
  void describe_next();
  void tell();

  Runtime& runtime_;
  const std::vector<CheckedFrontend>& all_;
  std::size_t current_ = 0;  // index of a front-end
  std::vector<SqlRef> statements_;
  std::vector<Description> descriptions_;  // of its statements so far
  Description description_;
  pg::Milliseconds pause_;
  std::unique_ptr<pg::Timer> timer_;
  std::unique_ptr<pg::Run> run_;  // after the rest: it calls into this
};

}  // namespace trestle::http
