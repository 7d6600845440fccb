// The two echo endpoints for a WebSocket conformance suite: "plain" echoes in
// nginx alone, "sql" through a function of a private PostgreSQL. Limits that a
// suite wants to exceed are lifted; the product's own are tested elsewhere.
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdio>

#include "support/nginx_server.h"
#include "support/postgres_cluster.h"

namespace trestle::testing {
namespace {

constexpr const char* kSchema = R"(
create role web login;
create function public.echo(message bytea, kind text, session jsonb)
returns bytea language sql immutable as 'select message';
)";

constexpr const char* kHttp = R"(
trestle_database echo {
  primary "@postgres@";
  pool_size 2;
  queue timeout=60s;  # several messages of 16 MB at once
  query_timeout 60s;
}
trestle_live_origin any;
trestle_live_deflate on;
trestle_live_deflate_ratio 0;
trestle_live_max_message 16777216;
trestle_live_max_fragments 0;
server {
  listen @port@;
  location = /plain { trestle_live_echo; }
  location = /sql { trestle_live echo on_message=public.echo; }
})";

void serve() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  PostgresCluster postgres;
  postgres.query(kSchema);
  std::string http = kHttp;
  const std::string word = "@postgres@";
  http.replace(http.find(word), word.size(),
               postgres.conninfo("web", "postgres"));
  NginxServer nginx;
  nginx.start(http);
  if (::testing::Test::HasFailure()) return;
  std::printf(
      "{\"plain\": \"ws://127.0.0.1:%d/plain\", \"sql\": "
      "\"ws://127.0.0.1:%d/sql\", \"limit\": 16777216, "
      "\"log\": \"%s\"}\n",
      nginx.port(), nginx.port(), nginx.folder().path("error.log").c_str());
  std::fflush(stdout);
  // Blocked only now: a child takes over the signals that are blocked.
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  int received = 0;
  sigwait(&signals, &received);
}

}  // namespace
}  // namespace trestle::testing

int main(int count, char** arguments) {
  ::testing::InitGoogleTest(&count, arguments);
  trestle::testing::serve();
  return ::testing::UnitTest::GetInstance()->Failed() ? 1 : 0;
}
