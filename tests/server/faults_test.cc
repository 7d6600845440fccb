// Backends, servers, workers and networks that die under load: how many
// requests notice, how long it takes, and that every write is there as often as
// its answer said.
#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <csignal>

#include "support/fault_proxy.h"
#include "support/ledger.h"

namespace trestle::testing {
namespace {

class Faults : public ServerTest {
 protected:
  void SetUp() override { Ledger::prepare(cluster(), database(), nginx()); }

  // nginx in front of the database, or of what else `conninfo` names.
  void start_with(std::string_view conninfo = "@postgres@",
                  std::string_view settings = "pool_size 4;") {
    start("trestle_database db {\n  primary \"" + std::string(conninfo) +
          "\";\n  anonymous_role web_anon;\n  " + std::string(settings) +
          "\n}\nserver {\n  listen @port@;\n"
          "  location = /read { trestle_query db read.sql; }\n"
          "  location = /write { trestle_query db write.sql; }\n}\n");
  }

  // Waits for another `count` answers of 2xx: the load has got going (again).
  static void wait_for_answers(const Ledger& ledger, std::uint64_t count = 50) {
    const std::uint64_t before = ledger.answered();
    ASSERT_TRUE(
        wait_until([&] { return ledger.answered() >= before + count; }));
  }

  void check(Ledger& ledger, const LoadCounts& counts) {
    EXPECT_EQ(ledger.wrong(), "");
    EXPECT_EQ(ledger.judge(cluster(), database()), "");
    RecordProperty("statuses", ledger.statuses());
    RecordProperty("longest_gap_ms", static_cast<int>(ledger.longest_gap_ms()));
    EXPECT_GT(counts.ok, 100u) << ledger.statuses();
  }

  [[nodiscard]] int backend_pid() const {
    return std::atoi(
        cluster()
            .query("select coalesce((select pid from pg_stat_activity where "
                   "usename = 'web' order by random() limit 1), 0)")
            .c_str());
  }
};

TEST_F(Faults, a_terminated_backend_costs_only_its_own_requests) {
  start_with();
  Ledger ledger(nginx().address());
  ledger.start();
  const int times = soak(10, 100);
  for (int i = 0; i < times; i++) {
    wait_for_answers(ledger);
    sql("select pg_terminate_backend(" + std::to_string(backend_pid()) + ")");
  }
  wait_for_answers(ledger);
  const LoadCounts counts = ledger.stop();
  check(ledger, counts);
  // What was in flight on a dead connection: at most all clients' requests.
  EXPECT_LE(ledger.unserved(), static_cast<std::uint64_t>(8 * times))
      << ledger.statuses();
  EXPECT_LT(ledger.longest_gap_ms(), 2'000);
}

TEST_F(Faults, a_killed_backend_restarts_the_database_and_nothing_else) {
  start_with();
  Ledger ledger(nginx().address());
  ledger.start();
  for (int i = 0; i < soak(1, 5); i++) {
    wait_for_answers(ledger);
    const int pid = backend_pid();
    ASSERT_GT(pid, 0);
    kill(pid, SIGKILL);
    wait_for_answers(ledger);
    ASSERT_TRUE(wait_until(
        [this] { return PQping(cluster().conninfo().c_str()) == PQPING_OK; }));
  }
  const LoadCounts counts = ledger.stop();
  check(ledger, counts);
  EXPECT_EQ(ledger.status(500), 0u) << ledger.statuses();
}

TEST_F(Faults, an_immediate_restart_is_503_and_then_over) {
  start_with();
  Ledger ledger(nginx().address());
  ledger.start();
  for (int i = 0; i < soak(2, 10); i++) {
    wait_for_answers(ledger);
    cluster().stop(PostgresCluster::StopMode::immediate);
    cluster().start();
    const Clock::time_point up = Clock::now();
    wait_for_answers(ledger, 1);
    EXPECT_LT(elapsed_ms(up), 2'000);
  }
  wait_for_answers(ledger);
  const LoadCounts counts = ledger.stop();
  check(ledger, counts);
  EXPECT_EQ(ledger.status(500), 0u) << ledger.statuses();
}

TEST_F(Faults, starts_without_the_database_and_finds_it_later) {
  cluster().stop();
  start_with();
  const Clock::time_point asked = Clock::now();
  const Response response = nginx().get("/read?id=1");
  EXPECT_LT(elapsed_ms(asked), 1'000);
  EXPECT_EQ(response.status, 503);
  EXPECT_GE(std::atoi(response.header("Retry-After").c_str()), 1);
  EXPECT_TRUE(response.body.starts_with("{\"code\":\"TRS001\""))
      << response.body;
  for (const char* secret : {"/tmp", "web", "5432", "test_"})
    EXPECT_EQ(response.body.find(secret), std::string::npos) << response.body;
  cluster().start();
  EXPECT_TRUE(
      wait_until([this] { return nginx().get("/read?id=1").status == 200; },
                 Milliseconds(2'000)));
}

TEST_F(Faults, a_network_that_misbehaves_is_survived) {
  FaultProxy proxy({0, cluster().socket_folder() + "/.s.PGSQL." +
                           std::to_string(cluster().port())});
  start_with("host=127.0.0.1 port=" + std::to_string(proxy.port()) +
                 " user=web sslmode=disable dbname=" + database(),
             "pool_size 4; query_timeout 1s; connect_timeout 1s; "
             "queue size=100 timeout=1s;");
  for (const Fault fault :
       {Fault::delay, Fault::trickle, Fault::bytewise, Fault::cut,
        Fault::half_close, Fault::refuse, Fault::blackhole, Fault::state_lost,
        Fault::corrupt}) {
    SCOPED_TRACE(static_cast<int>(fault));
    sql("truncate ledger");
    Ledger ledger(nginx().address());
    ledger.start();
    wait_for_answers(ledger);
    proxy.set(fault);
    const Clock::time_point broken = Clock::now();
    const double length = soak(300, 10'000);
    (void)wait_until([&] { return elapsed_ms(broken) > length; });
    proxy.set(Fault::none);
    const Clock::time_point mended = Clock::now();
    wait_for_answers(ledger, 10);
    // A deaf connection is given up two seconds behind the statement's time.
    EXPECT_LT(elapsed_ms(mended), 5'000);
    const LoadCounts counts = ledger.stop();
    EXPECT_EQ(ledger.wrong(), "");
    EXPECT_EQ(ledger.judge(cluster(), database()), "");
    EXPECT_LT(counts.worst_ms, 10'000) << counts.text();
    EXPECT_EQ(counts.failed, 0u) << counts.text();  // every one was answered
  }
  // A server that sends nonsense is worth a line, not an alarm.
  EXPECT_EQ(nginx().workers().size(), 1u);
}

TEST_F(Faults, a_killed_worker_is_replaced) {
  configure({.workers = 2});
  Ledger::prepare(cluster(), "postgres", nginx());  // the files again
  cluster().query("drop table ledger");
  start_with();
  nginx().allow("exited on signal 9");
  Ledger ledger(nginx().address());
  ledger.start();
  const int times = soak(3, 20);
  for (int i = 0; i < times; i++) {
    wait_for_answers(ledger);
    kill(nginx().workers().at(0), SIGKILL);
    const Clock::time_point killed = Clock::now();
    wait_for_answers(ledger, 10);
    EXPECT_LT(elapsed_ms(killed), 1'000);
    ASSERT_TRUE(wait_until([this] { return nginx().workers().size() == 2; }));
  }
  const LoadCounts counts = ledger.stop();
  check(ledger, counts);
  EXPECT_LE(ledger.unserved(), static_cast<std::uint64_t>(8 * times))
      << ledger.statuses();
}

TEST_F(Faults, reload_under_load_loses_no_request) {
  for (const bool keep_alive : {true, false}) {
    SCOPED_TRACE(keep_alive);
    if (nginx().master() == 0) start_with();
    sql("truncate ledger");
    Ledger ledger(nginx().address(), 8, keep_alive);
    ledger.start();
    for (int i = 0; i < soak(3, 20); i++) {
      wait_for_answers(ledger);
      nginx().reload();
    }
    wait_for_answers(ledger);
    const LoadCounts counts = ledger.stop();
    check(ledger, counts);
    // The race of a reused connection belongs to HTTP/1.1 and is counted apart.
    EXPECT_EQ(ledger.unserved(), counts.stale) << ledger.statuses();
    EXPECT_EQ(counts.failed, 0u) << counts.text();
  }
}

TEST_F(Faults, old_workers_with_an_idle_pool_go_at_once) {
  start_with("@postgres@", "pool_size 8 min_idle=8;");
  EXPECT_EQ(nginx().get("/read?id=1").body, "1");
  ASSERT_TRUE(wait_until([this] { return backends() == 8; }));
  const Clock::time_point asked = Clock::now();
  nginx().reload();
  ASSERT_TRUE(wait_until([this] { return nginx().workers(true).size() == 1; }));
  EXPECT_LT(elapsed_ms(asked), 2'000);
  EXPECT_TRUE(wait_until([this] { return backends() <= 8; }));
}

}  // namespace
}  // namespace trestle::testing
