// Everything at once, for long: requests of every kind at every handler,
// clients that leave in the middle, live visitors and slow readers who come and
// go, while nginx reloads, the schema changes, backends are terminated and the
// database restarts. Every answer is the one that its request must have, nobody
// sees what is another's, every write is there as its answer said, and memory
// and descriptors stay what they were.
//
// A long run (make soak) has more than 1,000,000 requests and is what the
// project's word of memory rests on: less than one byte a request. It is
// measured in the second part, in which workers are not replaced (the first
// part has the reloads), on what they have allocated and not freed. What they
// have from the kernel besides is their allocator's: it is shown, and without
// AddressSanitizer, which keeps more back the longer it runs, limited as well.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <functional>
#include <thread>
#include <tuple>

#include "support/cache_state.h"
#include "support/item_ways.h"
#include "support/live_test.h"
#include "support/live_visitors.h"
#include "support/mixed_requests.h"
#include "support/schema_changes.h"
#include "support/users.h"

namespace trestle::testing {
namespace {

constexpr const char* kServer = R"(
trestle_live_memory 4m;
trestle_cache_zone 4m;
trestle_database db {
  primary "@postgres@";
  pool_size 4;
  queue size=1000 timeout=20s standing=20s;
  schemas api;
  feed;
  anonymous_role web_anon;
  jwt_secret "a secret of at least thirty-two bytes";
}
server {
  listen @port@;
  access_log off;
  trestle_json_errors on;
)";

struct Sample {
  double requests = 0;
  double allocated = 0;  // bytes
  double resident = 0;   // bytes that come from no file
};

// Bytes a request: the slope of the straight line that is nearest to all
// samples.
double slope_of(const std::vector<Sample>& samples, double Sample::*bytes) {
  double n = 0;
  double x = 0;
  double y = 0;
  double xx = 0;
  double xy = 0;
  for (const Sample& sample : samples) {
    n++;
    x += sample.requests;
    y += sample.*bytes;
    xx += sample.requests * sample.requests;
    xy += sample.requests * sample.*bytes;
  }
  const double spread = n * xx - x * x;
  return spread > 0 ? (n * xy - x * y) / spread : 0;
}

// The least of each eight: what is there for a moment, such as a catalog that
// is being read beside the one in use, is not what stays.
std::vector<Sample> least(const std::vector<Sample>& samples) {
  std::vector<Sample> kept;
  for (std::size_t i = 0; i + 8 <= samples.size(); i += 8)
    kept.push_back(
        *std::min_element(samples.begin() + static_cast<std::ptrdiff_t>(i),
                          samples.begin() + static_cast<std::ptrdiff_t>(i + 8),
                          [](const Sample& a, const Sample& b) {
                            return a.allocated < b.allocated;
                          }));
  return kept;
}

#ifdef TRESTLE_PRELOAD
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

constexpr int kPool = 4;
// What is resident grows with an allocator's fragments, less and less. More
// than that is something that no allocator counts, such as stacks.
constexpr double kMostGrowth = 1.25;

class MixedLoad : public LiveTest {
 protected:
  void SetUp() override {
    LiveTest::SetUp();
    cluster().query_file("sql/reload_on_ddl.sql", database());
    sql(kItemSchema);
    sql(kMixedSchema);
    configure({.workers = 2,
               .log_level = "warn",
               .asan_options = "quarantine_size_mb=8:"
                               "thread_local_quarantine_size_kb=64",
               .heap_probe = true});
    write_mixed_files(nginx());
    start(kServer + mixed_locations() + "}");
    wait_for_feed();
    for (const auto& changes : {item_changes(), status_changes("api.item"),
                                status_changes("api.memo")})
      changes_.insert(changes_.end(), changes.begin(), changes.end());
  }

  // A load among visitors, in which something happens each time that so many
  // requests are done: `turns` times. Everybody has left when it returns.
  void run(int turns, const std::function<void(int turn)>& happens) {
    const auto pace = static_cast<std::uint64_t>(soak(200, 2'500));
    std::atomic<bool> over{false};
    Load load{.address = nginx().address(), .clients = 24};
    load.deadline = Milliseconds(60'000);
    load.request = [this](int client, std::uint64_t) {
      return mixed_.next(client);
    };
    load.done = [this](const LoadResult& result) { mixed_.judge(result); };
    load.leave_after_ms = [](int, std::uint64_t number) {
      return number % 29 == 28 ? static_cast<int>(number % 7) : -1;
    };
    load.tick = [&] { load.stop = over; };
    LiveVisitors visitors(nginx().address(), away_, kUsers);
    LoadCounts counts;
    std::thread thread([&] { counts = load.run(Milliseconds(0)); });
    for (int turn = 0; turn < turns; turn++) {
      const std::uint64_t due = mixed_.done() + pace;
      EXPECT_TRUE(wait_until([&] { return mixed_.done() >= due; },
                             Milliseconds(600'000)));
      happens(turn);
    }
    over = true;
    thread.join();
    visitors.stop();
    // Most are none that are refused.
    EXPECT_GT(2 * counts.ok, static_cast<std::uint64_t>(turns) * pace);
    report(counts, visitors);
  }

  void report(const LoadCounts& counts, const LiveVisitors& visitors) {
    EXPECT_EQ(mixed_.wrong(), "");
    EXPECT_EQ(visitors.wrong(), "");
    EXPECT_GT(visitors.messages(), 0u);
    std::printf(
        "%s\nvisits=%lu messages=%lu reloads=%d restarts=%d terminations=%d "
        "changes of the schema=%lu\n%s",
        counts.text().c_str(), visitors.visits(), visitors.messages(), reloads_,
        restarts_, terminations_, changes_made_, mixed_.statuses().c_str());
  }

  // --- what happens meanwhile

  void change_schema() { sql(changes_[changes_made_++ % changes_.size()]); }

  void terminate_backend() {
    away_.begin();
    const std::string pid = sql(
        "select coalesce(max(pid), 0) from (select pid from pg_stat_activity "
        "where usename = 'web' order by random() limit 1) as one");
    sql("select pg_terminate_backend(" + pid + ")");
    EXPECT_TRUE(wait_until([&] {
      return sql("select count(*) from pg_stat_activity where pid = " + pid) ==
             "0";
    }));
    settle();
    terminations_++;
  }

  void restart_database() {
    const bool fast = restarts_++ % 2 == 0;
    away_.begin();
    cluster().stop(fast ? PostgresCluster::StopMode::fast
                        : PostgresCluster::StopMode::immediate);
    cluster().start();
    settle();
  }

  void reload() {
    nginx().reload();
    reloads_++;
  }

  // Until every worker knows that the database is back, and it serves.
  void settle() {
    EXPECT_TRUE(wait_until([this] {
      return nginx().get("/status/ready").status == 200 &&
             nginx().get("/one").status == 200;
    })) << nginx().get("/status").body;
    away_.end();
  }

  // Of the workers, and of the process that reads the feed.
  [[nodiscard]] std::vector<pid_t> servants() {
    std::vector<pid_t> pids = nginx().workers();
    pids.push_back(nginx().helper());
    return pids;
  }
  [[nodiscard]] std::size_t descriptors() {
    std::size_t sum = 0;
    for (const pid_t pid : servants()) sum += open_descriptors(pid);
    return sum;
  }
  [[nodiscard]] Sample sample(const std::vector<pid_t>& pids) {
    Sample sum{.requests = static_cast<double>(mixed_.done())};
    for (const pid_t pid : pids) {
      sum.allocated += static_cast<double>(nginx().heap_bytes(pid));
      sum.resident += 1024 * static_cast<double>(anonymous_memory_kb(pid));
    }
    return sum;
  }

  // Less than a byte a request, in a run that is long enough to tell, from
  // where caches, pools and heaps are as large as they will be.
  void expect_flat(const std::string& whose, std::vector<Sample> samples) {
    samples = least(samples);
    samples.erase(samples.begin(), samples.begin() + samples.size() / 3);
    const double allocated = slope_of(samples, &Sample::allocated);
    const double resident = slope_of(samples, &Sample::resident);
    RecordProperty("millibytes_per_request_of_" + whose,
                   static_cast<int>(allocated * 1'000));
    for (const auto& [what, bytes, slope] :
         {std::tuple{"allocated", &Sample::allocated, allocated},
          std::tuple{"resident", &Sample::resident, resident}})
      std::printf("%s by %s: %.0f kB, then %.0f kB: %.3f bytes a request\n",
                  what, whose.c_str(), samples.front().*bytes / 1024,
                  samples.back().*bytes / 1024, slope);
    if (soak(0, 1) == 0) return;
    EXPECT_LT(allocated, 1) << whose;
    if (!kSanitized) {
      EXPECT_LT(samples.back().resident, kMostGrowth * samples.front().resident)
          << whose;
    }
  }

  // All is as before the load: live rows, the cache, and every kind of request.
  void expect_recovered() {
    settle();
    wait_for_feed();
    EXPECT_EQ(kept_answer(nginx(), "/kept/shelf?select=name&id=eq.4").body,
              R"([{"name":"shelf-4"}])");
    WebSocketClient client(nginx().address());
    ASSERT_EQ(client.open("/live?apikey=" + user_token(0)), 101);
    client.text(R"({"sub":"owned","select":"owner"})");
    EXPECT_EQ(without_id(client.read_text()), R"({"ok":1})");
    sql("update api.owned set n = n + 1 where id = 0");
    EXPECT_EQ(
        without_id(client.read_text()),
        R"({"ch":"owned","op":"update","new":{"owner":"user0"},"old":{"id":0}})");
    std::uint64_t id = 1'000'000'000;
    for (const RequestKind& kind : mixed_kinds()) {
      const Ask ask{id++, 3};
      HttpClient http(nginx().address());
      ASSERT_TRUE(http.connect() && http.send(kind.request(ask)));
      const Response response =
          http.read_response(kind.form == ErrorForm::none);
      EXPECT_TRUE(kind.is_right(response, ask))
          << kind.name << " " << response.status << " " << response.body;
    }
  }

  Away away_;
  MixedRequests mixed_{away_};
  std::vector<std::string> changes_;
  std::size_t changes_made_ = 0;
  int terminations_ = 0;
  int restarts_ = 0;
  int reloads_ = 0;
};

TEST_F(MixedLoad, is_answered_whatever_happens_and_leaves_nothing_behind) {
  const std::size_t shared = shared_memory_bytes(nginx().master());
  std::vector<Sample> of_master;
  run(soak(8, 80), [&](int turn) {
    of_master.push_back(sample({nginx().master()}));
    switch (turn % 8) {
      case 0:
        return reload();
      case 1:
        return terminate_backend();
      case 7:
        return restart_database();
      default:
        return change_schema();
    }
  });
  ASSERT_TRUE(wait_until([this] { return nginx().workers(true).size() == 2; }));

  const std::vector<pid_t> pids = servants();
  const std::size_t few = descriptors();
  std::vector<Sample> of_servants;
  run(soak(8, 400), [&](int turn) {
    of_servants.push_back(sample(pids));
    switch (turn % 8) {
      case 1:
        return terminate_backend();
      case 7:
        return restart_database();
      default:
        return change_schema();
    }
  });
  EXPECT_EQ(servants(), pids);
  EXPECT_EQ(shared_memory_bytes(nginx().master()), shared);
  // Connections to the database may be as many as a pool has.
  EXPECT_TRUE(wait_until([&] { return descriptors() <= few + 2 * kPool; }))
      << descriptors() << " after " << few;
  expect_flat("workers", of_servants);
  expect_flat("master", of_master);
  EXPECT_EQ(mixed_.writes().judge(cluster(), database(), "api.memo"), "");
  expect_recovered();
}

}  // namespace
}  // namespace trestle::testing
