// Fifty users over a tiny pool, with errors, leaving clients, time-outs, dirt
// and killed backends mixed in: nobody ever sees a row or a setting of another.

#include <cstdlib>

#include "base/text.h"
#include "pool_fixture.h"

namespace trestle::testing {
namespace {

const char* const kSchema =
    "create role storm_user;"
    "create table storm (owner text, n int);"
    "insert into storm select 'user' || i % 50, i from generate_series(1, 500) "
    "i;"
    "alter table storm enable row level security;"
    "create policy own on storm using "
    "(owner = current_setting('request.user', true)) with check "
    "(owner = current_setting('request.user', true));"
    "grant select, insert on storm to storm_user;"
    "create function storm_dirt() returns text language plpgsql stable as $$ "
    "begin perform set_config('request.user', 'user7', false); "
    "perform set_config('role', 'postgres', false); "
    "perform pg_advisory_lock(99); return 'x'; end $$";

class StormTest : public PoolTest {
 protected:
  struct Visit {
    std::string user;
    std::unique_ptr<Submitted> submitted;
  };

  Visit visit(unsigned chance) {
    const std::string user = concat({"user", std::to_string(chance % 50)});
    const std::string rows =
        "select owner, current_setting('request.user') "
        "from storm";
    Plan plan;
    switch (chance / 64 % 8) {
      case 0:
        plan = read("select storm_dirt(), pg_sleep(0.001)");
        plan.statements.push_back(statement("select 1/0"));
        break;
      case 1:
        plan = write("select storm_dirt()");
        break;
      case 2:
        plan = write(
            "insert into storm values ($1, 0) returning owner, "
            "current_setting('request.user')",
            {user});
        break;
      case 3:
        plan = read(rows);
        break;
      case 4:
        plan = read("select pg_sleep(10)");
        break;
      default:
        plan = clean(rows);
    }
    pg::RunOptions options;
    if (chance / 64 % 8 == 4) options.query_timeout = 5;
    return {user,
            submit(std::move(plan),
                   {{"role", "storm_user"}, {"request.user", user}}, options)};
  }

  static void check(const Visit& done) {
    const std::string own = concat({done.user, "|", done.user});
    for (const std::string& row : done.submitted->sink.rows) {
      if (row == "x" || row == "x|") continue;  // of the dirty ones
      ASSERT_EQ(row, own);
    }
    ASSERT_NE(done.submitted->sink.outcome(), "unavailable");
  }
};

TEST_F(StormTest, NobodySeesAnother) {
  shared_cluster().query(kSchema);
  make_pool({.pool_size = 2, .queue_size = 0});
  const char* soak = std::getenv("TRESTLE_SOAK");
  const auto end = loop.now() + (soak != nullptr ? 60'000 : 2'000);
  std::vector<Visit> visits;
  std::size_t answered = 0;
  unsigned left = 0;
  while (loop.now() < end) {
    while (visits.size() < 50) visits.push_back(visit(loop.random() >> 8));
    const unsigned chance = loop.random() >> 8;
    if (chance % 4 == 0) {
      visits[chance / 4 % visits.size()].submitted->run.reset();
      left++;
    }
    if (chance % 512 == 1)
      shared_cluster().query(
          concat({"select pg_terminate_backend(pid) from pg_stat_activity "
                  "where application_name = '",
                  application, "' limit 1"}));
    loop.run_for(1);
    std::erase_if(visits, [&](const Visit& one) {
      const RecordingSink& sink = one.submitted->sink;
      const bool gone = one.submitted->run == nullptr && !sink.ended();
      if (!gone && !sink.ended()) return false;
      check(one);
      answered += sink.done;
      return true;
    });
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(answered, 10u);
  EXPECT_GT(left, 1u);
  visits.clear();
  wait_until_idle();
  EXPECT_LE(backends(), 2);
  EXPECT_EQ(run(write("select current_user || "
                      "coalesce(current_setting('request.user', true), '')"))
                ->sink.value(),
            "postgres");
}

}  // namespace
}  // namespace trestle::testing
