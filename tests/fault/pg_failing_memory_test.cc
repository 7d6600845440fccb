// Every allocation of the database client fails once: no crash, every run is
// told how it ended, and the pool works again afterwards.

#include <cstdlib>
#include <new>

#include "pool_fixture.h"

namespace {

// Counts allocations while the client runs, and fails the one at zero.
struct Fault {
  bool* client_runs = nullptr;  // null: not armed
  long countdown = 0;

  [[nodiscard]] bool strikes() {
    return client_runs != nullptr && *client_runs && countdown-- == 0;
  }
};
Fault fault;

}  // namespace

// NOLINTNEXTLINE: replaces the one of the library for this program.
void* operator new(std::size_t size) {
  if (fault.strikes()) throw std::bad_alloc();
  void* memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace trestle::testing {
namespace {

class FailingMemoryTest : public PoolTest {
 protected:
  // As PoolTest::submit(), with the client's part marked.
  std::unique_ptr<Submitted> submit_marked(Plan plan, Settings settings = {}) {
    auto submitted = std::make_unique<Submitted>();
    loop.calling = true;
    submitted->run =
        pool->submit(std::move(plan), std::move(settings), submitted->sink, {});
    loop.calling = false;
    return submitted;
  }

  // A little of everything.
  void play() {
    std::vector<std::unique_ptr<Submitted>> all;
    const Settings settings = {{"request.x", "a value that is not short"}};
    for (int i = 0; i < 3; i++) {
      all.push_back(submit_marked(clean("select 1 as n, 'text'"), settings));
      all.push_back(submit_marked(clean("select 1 as n, 'text'")));
    }
    all.push_back(
        submit_marked(read("select i from generate_series(1, 50) i")));
    all.push_back(submit_marked(write("select 'a write'"), settings));
    all.push_back(submit_marked(read("select 1/0")));
    all.push_back(submit_marked(write("begin")));
    auto left = submit_marked(write("select pg_sleep(10)"));
    for (const auto& one : all) {
      wait_for(*one);
      EXPECT_EQ(one->run == nullptr && one->sink.done, false);
    }
    loop.run_for(5);
    loop.calling = true;
    left->run.reset();
    loop.calling = false;
    wait_until_idle();
  }
};

TEST_F(FailingMemoryTest, EachAllocationMayFailOnce) {
  const bool whole = std::getenv("TRESTLE_SOAK") != nullptr;
  long n = 0;
  for (bool struck = true; struck; n += whole ? 1 : 1 + n / 10) {
    make_pool({.pool_size = 2});
    fault = {&loop.calling, n};
    play();
    struck = fault.countdown < 0;
    fault = {};
    ASSERT_TRUE(loop.run_until(
        [&] { return run(read("select 1"))->sink.value() == "1"; }, 10'000))
        << "allocation " << n << ": " << pool->state();
    pool.reset();
    if (HasFailure()) FAIL() << "allocation " << n;
  }
  EXPECT_GT(n, 100);
}

}  // namespace
}  // namespace trestle::testing
