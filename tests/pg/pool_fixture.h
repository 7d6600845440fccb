// What the tests of the pool share: one PostgreSQL for the whole program, a
// loop and a pool for each test, and a sink that keeps all it is told.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pg/pool.h"
#include "support/poll_loop.h"
#include "support/postgres_cluster.h"

namespace trestle::testing {

PostgresCluster& shared_cluster();

// Rows as "a|b" with NULL for SQL's NULL, statements one behind the other.
class RecordingSink : public RowSink {
 public:
  void on_columns(std::size_t statement,
                  std::span<const ResultColumn> columns) override;
  bool on_row(std::size_t statement, std::span<const Cell> cells) override;
  void on_statement_done(std::size_t statement,
                         std::uint64_t affected) override;
  void on_done() override;
  void on_error(const RunError& error) override;
  bool make_way() override;
  void give_up() override { given_up = true; }

  [[nodiscard]] bool ended() const { return done || failed; }
  // "ok", "42P01", or the kind's name: lost, timeout, ...
  [[nodiscard]] std::string outcome() const;
  // The first cell of the first row.
  [[nodiscard]] std::string value() const;

  std::vector<std::string> columns;
  std::vector<Oid> types;  // of the columns
  std::vector<std::string> rows;
  std::size_t row_count = 0;
  std::size_t bytes = 0;
  std::vector<std::uint64_t> affected;
  bool done = false;
  bool failed = false;
  std::optional<RunError> error;

  bool keep_rows = true;
  std::size_t pause_every = 0;  // on_row() answers false each n-th time
  bool can_make_way = false;    // it pauses no more then
  int asked = 0;                // to make way
  bool given_up = false;
  std::function<void()> on_each_row;  // called behind each row
  std::function<void()> on_end;       // called inside the last call
};

// One submitted plan.
struct Submitted {
  RecordingSink sink;
  std::unique_ptr<pg::Run> run;
};

// --- making plans ------------------------------------------------------------

Statement statement(const std::string& sql, std::vector<Param> params = {});
// A read that is known to be clean.
Plan clean(const std::string& sql, std::vector<Param> params = {});
// A read of which nothing is known.
Plan read(const std::string& sql, std::vector<Param> params = {});
// A write that is known to be clean.
Plan change(const std::string& sql, std::vector<Param> params = {});
// A write of which nothing is known.
Plan write(const std::string& sql, std::vector<Param> params = {});

class PoolTest : public ::testing::Test {
 protected:
  PoolTest();

  // A pool on the shared cluster, or on another one.
  void make_pool(pg::PoolConfig settings = {});
  void make_pool_on(const std::string& conninfo, pg::PoolConfig settings = {});

  std::unique_ptr<Submitted> submit(Plan plan, Settings settings = {},
                                    pg::RunOptions options = {});
  // Runs until the plan has ended.
  std::unique_ptr<Submitted> run(Plan plan, Settings settings = {},
                                 pg::RunOptions options = {});
  // Runs a clean read until its cost is known, so that it may share.
  void learn(const std::string& sql, std::vector<Param> params = {});
  void learn(const Plan& plan);
  void wait_for(const Submitted& submitted);
  void wait_until_idle();
  // Backends of this test's pool, by application_name.
  [[nodiscard]] int backends() const;

  PollLoop loop;
  std::string application;
  std::unique_ptr<pg::Pool> pool;
};

}  // namespace trestle::testing
