#include "pool_fixture.h"

#include "base/text.h"

namespace trestle::testing {

PostgresCluster& shared_cluster() {
  static PostgresCluster cluster;
  return cluster;
}

void RecordingSink::on_columns(std::size_t, std::span<const ResultColumn> all) {
  types.clear();
  for (const ResultColumn& column : all) {
    columns.push_back(column.name);
    types.push_back(column.type);
  }
}

bool RecordingSink::on_row(std::size_t, std::span<const Cell> cells) {
  row_count++;
  std::string row;
  for (const Cell& cell : cells) {
    bytes += cell.size();
    if (!keep_rows) continue;
    if (&cell != cells.data()) row.push_back('|');
    row.append(is_null(cell) ? "NULL" : cell);
  }
  if (keep_rows) rows.push_back(std::move(row));
  if (on_each_row) on_each_row();
  return pause_every == 0 || row_count % pause_every != 0;
}

bool RecordingSink::make_way() {
  asked++;
  if (can_make_way) pause_every = 0;
  return can_make_way;
}

void RecordingSink::on_statement_done(std::size_t, std::uint64_t count) {
  affected.push_back(count);
}

void RecordingSink::on_done() {
  EXPECT_FALSE(ended());
  done = true;
  if (on_end) on_end();
}

void RecordingSink::on_error(const RunError& reason) {
  EXPECT_FALSE(ended());
  failed = true;  // also where there is no memory for the reason
  error = reason;
  if (on_end) on_end();
}

std::string RecordingSink::outcome() const {
  if (done) return "ok";
  if (!error) return "none";
  switch (error->kind) {
    case RunError::Kind::database:
      return error->sqlstate;
    case RunError::Kind::unavailable:
      return "unavailable";
    case RunError::Kind::overload:
      return "overload";
    case RunError::Kind::lost:
      return "lost";
    case RunError::Kind::timeout:
      return "timeout";
    case RunError::Kind::canceled:
      return "canceled";
  }
  return "?";
}

std::string RecordingSink::value() const {
  if (!error && !rows.empty()) return rows.front();
  return error ? outcome() + ": " + error->message : "no row";
}

Statement statement(const std::string& sql, std::vector<Param> params) {
  return {.sql = make_sql(sql), .params = std::move(params)};
}

Plan clean(const std::string& sql, std::vector<Param> params) {
  Plan plan = read(sql, std::move(params));
  plan.effects = Effects::clean;
  return plan;
}

Plan read(const std::string& sql, std::vector<Param> params) {
  Plan plan = write(sql, std::move(params));
  plan.access = Access::read;
  return plan;
}

Plan change(const std::string& sql, std::vector<Param> params) {
  Plan plan = write(sql, std::move(params));
  plan.effects = Effects::clean;
  return plan;
}

Plan write(const std::string& sql, std::vector<Param> params) {
  Plan plan;
  plan.statements.push_back(statement(sql, std::move(params)));
  return plan;
}

PoolTest::PoolTest() {
  static int number = 0;
  application = "test" + std::to_string(++number);
}

void PoolTest::make_pool(pg::PoolConfig settings) {
  make_pool_on(shared_cluster().conninfo(), std::move(settings));
}

void PoolTest::make_pool_on(const std::string& conninfo,
                            pg::PoolConfig settings) {
  Result<pg::Conninfo> parsed =
      pg::parse_conninfo(conninfo + " application_name=" + application);
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  settings.name = "test";
  // A busy machine is no reason to fail; tests of time set their own.
  const pg::PoolConfig defaults;
  if (settings.queue_timeout == defaults.queue_timeout)
    settings.queue_timeout = 20'000;
  if (settings.connect_timeout == defaults.connect_timeout)
    settings.connect_timeout = 20'000;
  settings.primary = *parsed;
  pool = pg::Pool::create(loop, std::move(settings));
}

std::unique_ptr<Submitted> PoolTest::submit(Plan plan, Settings settings,
                                            pg::RunOptions options) {
  auto submitted = std::make_unique<Submitted>();
  submitted->run = pool->submit(std::move(plan), std::move(settings),
                                submitted->sink, options);
  return submitted;
}

std::unique_ptr<Submitted> PoolTest::run(Plan plan, Settings settings,
                                         pg::RunOptions options) {
  auto submitted = submit(std::move(plan), std::move(settings), options);
  wait_for(*submitted);
  return submitted;
}

void PoolTest::learn(const std::string& sql, std::vector<Param> params) {
  learn(clean(sql, std::move(params)));
}

void PoolTest::learn(const Plan& plan) {
  for (int i = 0; i < 3; i++) EXPECT_EQ(run(plan)->sink.outcome(), "ok");
}

void PoolTest::wait_for(const Submitted& submitted) {
  EXPECT_TRUE(loop.run_until([&] { return submitted.sink.ended(); }))
      << pool->state();
}

void PoolTest::wait_until_idle() {
  EXPECT_TRUE(loop.run_until([&] {
    return pool->state().find("busy=0 connecting=0 canceling=0") !=
           std::string::npos;
  })) << pool->state();
}

int PoolTest::backends() const {
  return std::stoi(shared_cluster().query(concat(
      {"select count(*) from pg_stat_activity where application_name = '",
       application, "'"})));
}

}  // namespace trestle::testing
