// Large answers: back-pressure, bounded memory, any size in any pieces.

#include <unistd.h>

#include <cstdio>

#include "base/text.h"
#include "pool_fixture.h"
#include "support/fault_proxy.h"

namespace trestle::testing {
namespace {

// Resident memory of this process in bytes.
std::size_t resident() {
  std::FILE* file = std::fopen("/proc/self/statm", "re");
  unsigned long total = 0;
  unsigned long pages = 0;
  EXPECT_EQ(std::fscanf(file, "%lu %lu", &total, &pages), 2);
  std::fclose(file);
  return pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

class StreamTest : public PoolTest {};

TEST_F(StreamTest, AMillionRowsPassThroughBoundedMemory) {
  make_pool({.pool_size = 1});
  run(read("select 1"));
  auto one = submit(
      read("select i, repeat('x', 50) from generate_series(1, 1000000) i"));
  one->sink.keep_rows = false;
  one->sink.pause_every = 1'000;
  const std::size_t before = resident();
  std::size_t most = before;
  std::size_t seen = 0;
  ASSERT_TRUE(loop.run_until(
      [&] {
        if (one->sink.row_count != seen) {
          seen = one->sink.row_count;
          if (seen % 50'000 < 1'000) most = std::max(most, resident());
          one->run->resume();
        }
        return one->sink.ended();
      },
      60'000));
  EXPECT_EQ(one->sink.outcome(), "ok");
  EXPECT_EQ(one->sink.row_count, 1'000'000u);
  EXPECT_LT(most - before, 1'000'000u);
}

TEST_F(StreamTest, APausedSinkGetsNoFurtherRow) {
  make_pool({.pool_size = 1});
  auto one = submit(read("select i from generate_series(1, 10000) i"));
  one->sink.pause_every = 7;
  ASSERT_TRUE(loop.run_until([&] { return one->sink.row_count == 7; }));
  loop.run_for(100);
  EXPECT_EQ(one->sink.row_count, 7u);
  one->run->resume();
  EXPECT_EQ(one->sink.row_count, 7u) << "never from inside resume()";
  ASSERT_TRUE(loop.run_until([&] { return one->sink.row_count == 14; }));
  one->sink.pause_every = 0;
  one->run->resume();
  wait_for(*one);
  EXPECT_EQ(one->sink.row_count, 10'000u);
}

TEST_F(StreamTest, OneThatLeavesWhilePausedFreesItsConnection) {
  make_pool({.pool_size = 1});
  auto one = submit(read("select generate_series(1, 10000000)"));
  one->sink.pause_every = 1;
  ASSERT_TRUE(loop.run_until([&] { return one->sink.row_count == 1; }));
  loop.run_for(50);
  one->run.reset();
  const auto begin = loop.now();
  EXPECT_EQ(run(read("select 1"))->sink.value(), "1");
  EXPECT_LT(loop.now() - begin, 2'000u);
  EXPECT_EQ(one->sink.row_count, 1u);
}

TEST_F(StreamTest, OneThatLeavesInsideARowIsNotCalledAgain) {
  make_pool({.pool_size = 1});
  auto one = submit(read("select i from generate_series(1, 100000) i"));
  one->sink.on_each_row = [&] {
    if (one->sink.row_count == 3) one->run.reset();
  };
  EXPECT_EQ(run(read("select 1"))->sink.value(), "1");
  EXPECT_EQ(one->sink.row_count, 3u);
  EXPECT_FALSE(one->sink.ended());
}

TEST_F(StreamTest, AnErrorBehindRowsIsAnError) {
  make_pool({.pool_size = 1});
  auto one =
      run(read("select 10 / (5000 - i) from generate_series(1, 9999) i"));
  EXPECT_EQ(one->sink.outcome(), "22012");
  EXPECT_GT(one->sink.row_count, 100u);
}

TEST_F(StreamTest, ARowLargerThanAnyBufferArrives) {
  make_pool({.pool_size = 1, .max_result_bytes = 4'000'000});
  const std::string pid =
      run(read("select pg_backend_pid()::text"))->sink.value();
  auto one = run(read("select repeat('x', 3000000)"));
  EXPECT_EQ(one->sink.bytes, 3'000'000u);
  EXPECT_EQ(run(read("select pg_backend_pid()::text"))->sink.value(), pid);
  // Beyond the limit the connection is replaced.
  EXPECT_EQ(run(read("select repeat('x', 9000000)"))->sink.bytes, 9'000'000u);
  EXPECT_NE(run(read("select pg_backend_pid()::text"))->sink.value(), pid);
}

TEST_F(StreamTest, LargeParametersAreWritten) {
  make_pool({.pool_size = 1});
  const std::string large(5'000'000, 'p');
  EXPECT_EQ(
      run(read("select length($1::text), md5($1)", {large}))->sink.value(),
      concat({"5000000|",
              shared_cluster().query("select md5(repeat('p', 5000000))")}));
}

// --- through a network -------------------------------------------------------

class NetworkTest : public PoolTest {
 protected:
  static PostgresCluster& cluster() {
    static PostgresCluster made({.tcp = true, .tls = true});
    return made;
  }
  static Address address() { return {.port = cluster().port()}; }
  std::string conninfo(int port, const std::string& tls) {
    return concat({"host=localhost port=", std::to_string(port),
                   " user=postgres dbname=postgres ", tls});
  }
  // Answers of 0 to 400 kB in odd steps, three rows each.
  void read_all_sizes(std::size_t step, std::size_t most = 400'000) {
    const std::string sql =
        "select repeat('x', $1::int), i from generate_series(1, 3) i";
    for (std::size_t size = 0; size <= most; size += step) {
      auto one = run(clean(sql, {std::to_string(size)}));
      ASSERT_EQ(one->sink.outcome(), "ok") << size;
      ASSERT_EQ(one->sink.bytes, 3 * size + 3);
    }
  }
  void SetUp() override { loop.names["localhost"] = "127.0.0.1"; }
};

TEST_F(NetworkTest, AnySizeArrives) {
  make_pool_on(conninfo(cluster().port(), "sslmode=disable"));
  read_all_sizes(9'777);
}

TEST_F(NetworkTest, AnySizeArrivesOverTls) {
  make_pool_on(conninfo(cluster().port(), "sslmode=verify-full sslrootcert=" +
                                              cluster().root_certificate()));
  EXPECT_EQ(run(read("select ssl from pg_stat_ssl where pid = "
                     "pg_backend_pid()"))
                ->sink.value(),
            "t");
  read_all_sizes(9'777);
}

TEST_F(NetworkTest, AnySizeArrivesByteByByte) {
  FaultProxy proxy(address());
  proxy.set(Fault::bytewise);
  make_pool_on(conninfo(proxy.port(), "sslmode=disable"));
  read_all_sizes(577, 3'000);
  read_all_sizes(39'999, 40'000);
}

TEST_F(NetworkTest, AnySizeArrivesByteByByteOverTls) {
  FaultProxy proxy(address());
  proxy.set(Fault::bytewise);
  make_pool_on(conninfo(proxy.port(), "sslmode=require"));
  read_all_sizes(1'777, 4'000);
  read_all_sizes(39'999, 40'000);
}

TEST_F(NetworkTest, BackPressureWorksOverTls) {
  make_pool_on(conninfo(cluster().port(), "sslmode=require"));
  auto one = submit(read("select i from generate_series(1, 20000) i"));
  one->sink.pause_every = 100;
  std::size_t seen = 0;
  ASSERT_TRUE(loop.run_until([&] {
    if (one->sink.row_count != seen) {
      seen = one->sink.row_count;
      one->run->resume();
    }
    return one->sink.ended();
  }));
  EXPECT_EQ(one->sink.row_count, 20'000u);
}

TEST_F(NetworkTest, ACancelReachesItsStatement) {
  make_pool_on(conninfo(cluster().port(), "sslmode=require"), {.pool_size = 1});
  auto left = submit(write("select pg_sleep(64)"));
  loop.run_for(200);
  left->run.reset();
  EXPECT_EQ(run(read("select 1"))->sink.value(), "1");
}

TEST_F(NetworkTest, CorruptBytesEndTheConnectionOnly) {
  FaultProxy proxy(address());
  make_pool_on(conninfo(proxy.port(), "sslmode=disable"),
               {.pool_size = 2, .connect_timeout = 500, .query_timeout = 500});
  EXPECT_EQ(run(read("select 1"))->sink.value(), "1");
  proxy.set(Fault::corrupt);
  for (int i = 0; i < 20; i++)
    run(read("select i, i::text from generate_series(1, 100) i"));
  proxy.set(Fault::none);
  ASSERT_TRUE(loop.run_until(
      [&] { return run(read("select 1"))->sink.value() == "1"; }, 5'000));
}

TEST_F(NetworkTest, ACutConnectionIsLostOrNotThere) {
  FaultProxy proxy(address());
  make_pool_on(conninfo(proxy.port(), "sslmode=disable"), {.pool_size = 1});
  auto one = submit(write("select pg_sleep(65)"));
  loop.run_for(200);
  proxy.set(Fault::cut);
  wait_for(*one);
  EXPECT_EQ(one->sink.outcome(), "lost");
  EXPECT_EQ(run(read("select 1"))->sink.outcome(), "unavailable");
}

TEST_F(NetworkTest, ASilentServerIsATimeout) {
  FaultProxy proxy(address());
  make_pool_on(conninfo(proxy.port(), "sslmode=disable"),
               {.pool_size = 1, .connect_timeout = 300, .query_timeout = 100});
  EXPECT_EQ(run(read("select 1"))->sink.value(), "1");
  proxy.set(Fault::blackhole);
  const auto begin = loop.now();
  EXPECT_EQ(run(read("select 1"))->sink.outcome(), "timeout");
  EXPECT_LT(loop.now() - begin, 5'000u);
  EXPECT_EQ(run(read("select 1"))->sink.outcome(), "unavailable");
  EXPECT_LT(loop.now() - begin, 6'000u);
}

}  // namespace
}  // namespace trestle::testing
