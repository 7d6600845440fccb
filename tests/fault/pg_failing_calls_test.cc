// Every call into libpq and the network that can fail does: no crash, every run
// is told how it ended, and the pool works again afterwards.

#include <libpq-fe.h>
#include <sys/socket.h>

#include <cerrno>
#include <string>

#include "pool_fixture.h"

namespace {

// Fails the n-th call of one function from now on, or every one.
struct Failure {
  std::string function;
  int countdown = 0;
  bool always = false;
  int seen = 0;

  [[nodiscard]] bool strikes(const char* name) {
    if (function != name) return false;
    seen++;
    return always || countdown-- == 0;
  }
};
Failure failure;

}  // namespace

extern "C" {

PGconn* __real_PQconnectStartParams(const char* const*, const char* const*,
                                    int);
PGconn* __wrap_PQconnectStartParams(const char* const* names,
                                    const char* const* values, int expand) {
  if (failure.strikes("PQconnectStartParams")) return nullptr;
  return __real_PQconnectStartParams(names, values, expand);
}

PostgresPollingStatusType __real_PQconnectPoll(PGconn*);
PostgresPollingStatusType __wrap_PQconnectPoll(PGconn* connection) {
  if (failure.strikes("PQconnectPoll")) return PGRES_POLLING_FAILED;
  return __real_PQconnectPoll(connection);
}

int __real_PQsocket(const PGconn*);
int __wrap_PQsocket(const PGconn* connection) {
  if (failure.strikes("PQsocket")) return -1;
  return __real_PQsocket(connection);
}

PGcancel* __real_PQgetCancel(PGconn*);
PGcancel* __wrap_PQgetCancel(PGconn* connection) {
  if (failure.strikes("PQgetCancel")) return nullptr;
  return __real_PQgetCancel(connection);
}

ssize_t __real_send(int, const void*, size_t, int);
ssize_t __wrap_send(int fd, const void* bytes, size_t size, int flags) {
  if (failure.strikes("send")) {
    errno = EPIPE;
    return -1;
  }
  if (failure.strikes("send short")) return __real_send(fd, bytes, 1, flags);
  if (failure.strikes("send later")) {
    errno = EAGAIN;
    return -1;
  }
  return __real_send(fd, bytes, size, flags);
}

ssize_t __real_recv(int, void*, size_t, int);
ssize_t __wrap_recv(int fd, void* bytes, size_t size, int flags) {
  if (failure.strikes("recv")) {
    errno = ECONNRESET;
    return -1;
  }
  if (failure.strikes("recv short")) return __real_recv(fd, bytes, 1, flags);
  return __real_recv(fd, bytes, size, flags);
}

}  // extern "C"

namespace trestle::testing {
namespace {

class FailingCallsTest : public PoolTest {
 protected:
  void TearDown() override { failure = {}; }

  void play() {
    std::vector<std::unique_ptr<Submitted>> all;
    for (int i = 0; i < 4; i++) all.push_back(submit(clean("select 1")));
    all.push_back(submit(write("select 'a write'")));
    all.push_back(submit(read("select 1/0"), {{"request.x", "y"}}));
    for (const auto& one : all) wait_for(*one);
    auto left = submit(write("select pg_sleep(2)"));
    loop.run_for(50);
    left->run.reset();
    wait_until_idle();
  }
  void recovers() {
    failure = {};
    EXPECT_TRUE(loop.run_until(
        [&] { return run(read("select 1"))->sink.value() == "1"; }, 10'000))
        << pool->state();
  }
};

TEST_F(FailingCallsTest, OneFailureIsSurvived) {
  for (const char* function :
       {"PQconnectStartParams", "PQconnectPoll", "PQsocket", "PQgetCancel",
        "send", "send later", "recv"}) {
    for (int n = 0; n < 6; n++) {
      make_pool({.pool_size = 2});
      failure = {.function = function, .countdown = n};
      play();
      recovers();
      if (HasFailure()) FAIL() << function << " " << n;
    }
  }
}

TEST_F(FailingCallsTest, ServersThatAlwaysFailAreUnavailable) {
  for (const char* function : {"PQconnectStartParams", "PQconnectPoll"}) {
    make_pool({.pool_size = 2});
    failure = {.function = function, .always = true};
    EXPECT_EQ(run(read("select 1"))->sink.outcome(), "unavailable");
    recovers();
  }
}

TEST_F(FailingCallsTest, ByteByByteEverythingWorks) {
  for (const char* function : {"send short", "recv short"}) {
    make_pool({.pool_size = 1});
    failure = {.function = function, .always = true};
    auto one = run(read("select i, 'text' from generate_series(1, 20) i"),
                   {{"request.x", "y"}});
    EXPECT_EQ(one->sink.row_count, 20u);
    EXPECT_GT(failure.seen, 100);
    EXPECT_EQ(run(write("select 'a write'"))->sink.value(), "a write");
    recovers();
  }
}

TEST_F(FailingCallsTest, AGroupThatWasNeverWrittenRunsElsewhere) {
  make_pool({.pool_size = 1});
  run(write("create table once (n int)"));
  wait_until_idle();
  failure = {.function = "send"};
  EXPECT_EQ(run(write("insert into once values (1)"))->sink.outcome(), "ok");
  EXPECT_EQ(failure.seen, 2);
  EXPECT_EQ(run(clean("select count(*) from once"))->sink.value(), "1");
}

TEST_F(FailingCallsTest, AGroupThatWasWrittenRunsOnceAtMost) {
  make_pool({.pool_size = 1});
  run(write("create table at_most (n int)"));
  wait_until_idle();
  failure = {.function = "recv"};
  EXPECT_EQ(run(write("insert into at_most values (1)"))->sink.outcome(),
            "lost");
  failure = {};
  EXPECT_LE(std::stoi(run(clean("select count(*) from at_most"))->sink.value()),
            1);
}

}  // namespace
}  // namespace trestle::testing
