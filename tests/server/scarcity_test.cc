// What runs out: connections of nginx, descriptors, disk, memory, and a pool
// that slow statements hold. The server stays up, answers what it can, says 503
// or 507 or closes where it cannot, and is itself again afterwards.
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <algorithm>
#include <deque>

#include "support/load.h"
#include "support/server_test.h"
#include "support/websocket_client.h"

namespace trestle::testing {
namespace {

class Scarcity : public ServerTest {
 protected:
  void SetUp() override { write_files(); }

  void write_files() {
    sql("drop table if exists upload; create table upload (size int);"
        "grant select, insert on upload to web_anon");
    nginx().file("one.sql", "-- @value\nselect 1;");
    nginx().file("rows.sql",
                 "select i, repeat('x', 50) as t "
                 "from generate_series(1, :n::int) i;");
    nginx().file("sleep.sql", "-- @value\nselect 1 from pg_sleep(:s::float);");
    nginx().file("upload.sql",
                 "-- @post\n-- @value\ninsert into upload values "
                 "(length(:body::text)) returning size;");
  }

  void start_with(std::string_view keys, std::string_view server = "") {
    start(
        "trestle_database db {\n  primary \"@postgres@\";\n"
        "  anonymous_role web_anon;\n  " +
        std::string(keys) +
        "\n}\nserver {\n  listen @port@ backlog=4096;\n"
        "  trestle_json_errors on;\n  " +
        std::string(server) +
        "\n"
        "  keepalive_timeout 600s;\n  keepalive_requests 1000000;\n"
        "  client_max_body_size 50m;\n"
        "  location = /plain { return 200 \"plain\"; }\n"
        "  location = /one { trestle_query db one.sql; }\n"
        "  location = /rows { trestle_query db rows.sql; }\n"
        "  location = /sleep { trestle_query db sleep.sql; }\n"
        "  location = /upload { trestle_query db upload.sql; }\n"
        "  location = /echo { trestle_live_echo; }\n}\n");
  }

  // Of the pool's largest backend, what is its own.
  [[nodiscard]] long backend_memory_kb() {
    std::string pids =
        sql("select coalesce(string_agg(pid::text, ' '), '') from "
            "pg_stat_activity where usename = 'web' and datname = '" +
            database() + "'");
    long most = 0;
    for (char* at = pids.data(); *at != '\0';) {
      most = std::max(most, private_memory_kb(
                                static_cast<pid_t>(std::strtol(at, &at, 10))));
      if (*at == ' ') at++;
    }
    return most;
  }

  [[nodiscard]] pid_t worker() { return nginx().workers().at(0); }
};

// --- f8 ----------------------------------------------------------------------

TEST_F(Scarcity, slow_statements_ten_times_the_pool_leave_the_rest_alone) {
  // A slow statement is one that takes a second: /one is none on a busy
  // machine.
  start_with("pool_size 2; head_of_line 400ms; queue size=1000 timeout=2s;");
  for (int i = 0; i < 20; i++) EXPECT_EQ(nginx().get("/one").body, "1");
  Load load{.address = nginx().address(), .clients = 22};
  load.request = [](int client, std::uint64_t) {
    return request_text("GET", client < 20   ? "/sleep?s=1"
                               : client < 21 ? "/one"
                                             : "/plain");
  };
  std::string wrong;
  std::vector<double> pings;
  std::map<int, int> slow;
  load.done = [&](const LoadResult& result) {
    const Response& response = result.response;
    if (result.client == 21) pings.push_back(result.ms);
    if (result.client >= 20) {
      if (response.status != 200) wrong += std::to_string(response.status);
      return;
    }
    slow[response.status]++;
    const bool refused = response.status == 503;
    if ((response.status != 200 && !refused) ||
        (refused && !response.has("Retry-After")))
      wrong += std::to_string(response.status) + response.body;
  };
  int most = 0;
  load.tick = [&] { most = std::max(most, backends()); };
  const LoadCounts counts = load.run(Milliseconds(soak(4'000, 60'000)));
  EXPECT_EQ(wrong, "");
  EXPECT_EQ(counts.failed, 0u) << counts.text();
  EXPECT_LE(most, 2);
  EXPECT_GT(slow[200], 0);
  EXPECT_GT(slow[503], 0);
  std::sort(pings.begin(), pings.end());
  // What waited for a statement would take the best part of a second.
  EXPECT_LT(pings[pings.size() / 2], 250);
  const double p99 = pings[pings.size() * 99 / 100];
  RecordProperty("ping_p99_us", static_cast<int>(p99 * 1000));
  if (soak(0, 1) == 1) {
    EXPECT_LT(p99, 100);
  }
}

// --- f10 ---------------------------------------------------------------------

TEST_F(Scarcity, idle_connections_are_many_and_small) {
  // nginx closes idle connections when less than a sixteenth is left.
  const int each = soak(2'000, 9'000);
  configure({.connections = 19'900, .main = "worker_rlimit_nofile 19900;"});
  write_files();
  start_with("pool_size 2;");
  EXPECT_EQ(nginx().get("/one").body, "1");
  const std::size_t descriptors = open_descriptors(worker());
  const long empty_kb = private_memory_kb(worker());
  std::deque<HttpClient> clients;
  for (int i = 0; i < each; i++) {
    HttpClient& client = clients.emplace_back(nginx().address());
    ASSERT_EQ(client.get("/one").body, "1") << i;
  }
  const long http_kb = private_memory_kb(worker());
  std::deque<WebSocketClient> sockets;
  for (int i = 0; i < each; i++)
    ASSERT_EQ(sockets.emplace_back(nginx().address()).open("/echo"), 101) << i;
  const long all_kb = private_memory_kb(worker());
  const auto bytes = [each](long kb) {
    return static_cast<int>(kb * 1024 / each);
  };
  RecordProperty("bytes_per_keep_alive", bytes(http_kb - empty_kb));
  RecordProperty("bytes_per_websocket", bytes(all_kb - http_kb));
#ifndef TRESTLE_PRELOAD  // sanitizers put zones around every object
  EXPECT_LT(bytes(http_kb - empty_kb), 3 * 1024);
  EXPECT_LT(bytes(all_kb - http_kb), 8 * 1024);
#endif
  for (int i = 0; i < each; i += each / 50) {
    const auto index = static_cast<std::size_t>(i);
    EXPECT_EQ(clients[index].get("/one").body, "1");
    sockets[index].text("still here");
    EXPECT_EQ(sockets[index].read_text(), "still here");
  }
  clients.clear();
  sockets.clear();
  EXPECT_TRUE(wait_until([&] {
    return open_descriptors(worker()) <= descriptors + 2;
  })) << open_descriptors(worker());
}

// --- f13 ---------------------------------------------------------------------

TEST_F(Scarcity, a_full_disk_fails_what_needs_it_and_nothing_else) {
  nginx().folder().make_folder("full");
  const std::string full = nginx().folder().path("full");
  if (mount("tmpfs", full.c_str(), "tmpfs", 0, "size=2m,mode=0777") != 0)
    GTEST_SKIP() << "no right to mount a small file system";
  struct Unmount {
    std::string path;
    ~Unmount() { umount2(path.c_str(), MNT_DETACH); }
  } unmount{full};
  nginx().allow("No space left on device");
  start_with("pool_size 2;",
             "client_body_buffer_size 16k; client_body_temp_path full;");
  const Headers text = {{"Content-Type", "text/plain"}};
  const auto upload = [&](std::size_t size) {
    return nginx().request("POST", "/upload", text, std::string(size, 'x'));
  };
  EXPECT_EQ(upload(1'000'000).body, "1000000");
  for (int i = 0; i < 3; i++) {
    const Response failed = upload(6'000'000);
    EXPECT_GE(failed.status, 500) << failed.status;
    EXPECT_TRUE(failed.body.starts_with("{\"code\":")) << failed.body;
    EXPECT_EQ(nginx().get("/one").body, "1");
    EXPECT_EQ(upload(10'000).body, "10000");
  }
  // The last failed one's file goes a moment after its answer has come.
  EXPECT_TRUE(wait_until([&] { return upload(1'000'000).body == "1000000"; }));
  EXPECT_EQ(sql("select max(size) from upload"), "1000000");
}

// --- f14 ---------------------------------------------------------------------

TEST_F(Scarcity, without_descriptors_it_waits_and_comes_back) {
  configure({.connections = 1024, .main = "worker_rlimit_nofile 96;"});
  write_files();
  nginx().allow("Too many open files");
  start_with("pool_size 4;");
  EXPECT_EQ(nginx().get("/one").body, "1");
  std::deque<HttpClient> clients;
  for (int i = 0; i < 300; i++) {
    HttpClient& client = clients.emplace_back(nginx().address());
    ASSERT_TRUE(client.connect());
    ASSERT_TRUE(client.send(request_text("GET", "/one")));
  }
  ASSERT_TRUE(nginx().wait_for_log("Too many open files"));
  EXPECT_EQ(clients[0].read_response().body, "1");
  EXPECT_LE(open_descriptors(worker()), 100u);
  clients.clear();
  const Clock::time_point gone = Clock::now();
  EXPECT_TRUE(wait_until([this] { return nginx().get("/one").body == "1"; }));
  RecordProperty("back_ms", static_cast<int>(elapsed_ms(gone)));
  EXPECT_LT(elapsed_ms(gone), 2'000);
}

TEST_F(Scarcity, without_connections_of_nginx_nobody_hangs) {
  configure({.connections = 24});
  write_files();
  nginx().allow("worker_connections are not enough");
  start_with("pool_size 4; queue timeout=2s;");
  // In the middle of a request, so nginx does not close them for others.
  const std::string request = request_text("GET", "/sleep?s=0.2");
  std::deque<HttpClient> clients;
  for (int i = 0; i < 40; i++) {
    HttpClient& client = clients.emplace_back(nginx().address());
    ASSERT_TRUE(client.connect());
    ASSERT_TRUE(client.send(request.substr(0, 10)));
  }
  ASSERT_TRUE(nginx().wait_for_log("worker_connections are not enough"));
  // Those that were taken are answered: by the database as far as there is
  // room for connections to it.
  const Clock::time_point asked = Clock::now();
  for (int i = 0; i < 10; i++)
    ASSERT_TRUE(clients[static_cast<std::size_t>(i)].send(request.substr(10)));
  for (int i = 0; i < 10; i++) {
    const Response response =
        clients[static_cast<std::size_t>(i)].read_response();
    EXPECT_TRUE(response.status == 200 || response.status == 503)
        << response.status << response.body;
  }
  EXPECT_LT(elapsed_ms(asked), 8'000);
  clients.clear();
  EXPECT_TRUE(wait_until([this] { return nginx().get("/one").body == "1"; }));
}

// --- f15 ---------------------------------------------------------------------

TEST_F(Scarcity, memory_stays_where_it_is) {
  configure({.heap_probe = true});
  write_files();
  start_with("pool_size 2;");
  Load load{.address = nginx().address(), .clients = 8};
  const char* targets[] = {"/one",     "/rows?n=20",  "/rows?n=x",
                           "/nowhere", "/rows?n=500", "/upload"};
  load.request = [&](int client, std::uint64_t number) {
    const std::size_t kind =
        (number + static_cast<std::uint64_t>(client)) % std::size(targets);
    if (kind < 5) return request_text("GET", targets[kind]);
    return request_text("POST", targets[kind], {{"Content-Type", "text/plain"}},
                        "some text");
  };
  load.leave_after_ms = [](int, std::uint64_t number) {
    return number % 50 == 49 ? 1 : -1;
  };
  EXPECT_EQ(nginx().get("/one").body, "1");
  // The pool's second connection, and the listener's.
  const std::size_t idle = open_descriptors(worker()) + 2;
  // When clients that have left are forgotten, a moment later.
  const auto allocated = [&] {
    EXPECT_TRUE(wait_until([&] { return open_descriptors(worker()) <= idle; }));
    return static_cast<long>(nginx().heap_bytes(worker()));
  };
  const auto half = static_cast<std::uint64_t>(soak(3'000, 500'000));
  LoadCounts counts = load.run(Milliseconds(0), half);
  EXPECT_EQ(counts.failed, 0u) << counts.text();
  const long before = allocated();
  counts = load.run(Milliseconds(0), half);
  EXPECT_EQ(counts.failed, 0u) << counts.text();
  const long grown = allocated() - before;
  const double slope = static_cast<double>(grown) / static_cast<double>(half);
  RecordProperty("millibytes_per_request", static_cast<int>(slope * 1000));
  RecordProperty("backend_kB", static_cast<int>(backend_memory_kb()));
  // A byte a request over a long run; one or two clients may still be there.
  EXPECT_LT(grown, 512 * 1024);
}

// --- f16 ---------------------------------------------------------------------

TEST_F(Scarcity, fragments_and_pings_without_end_are_bounded) {
  start_with("pool_size 2;");
  EXPECT_EQ(nginx().get("/plain").body, "plain");
  const int count = soak(20, 200);
  std::string fragments = websocket_frame(1, "x", false);
  std::string pings;
  for (int i = 0; i < soak(6'000, 20'000); i++) {
    fragments += websocket_frame(0, "x", false);
    pings += websocket_frame(9, "ping");
  }
  const long before = private_memory_kb(worker());
  std::deque<WebSocketClient> endless;
  std::deque<WebSocketClient> deaf;
  for (int i = 0; i < count; i++) {
    ASSERT_EQ(endless.emplace_back(nginx().address()).open("/echo"), 101);
    ASSERT_EQ(deaf.emplace_back(nginx().address()).open("/echo"), 101);
    // Cut or no more read in the middle: either is right.
    (void)endless.back().raw(fragments);
    (void)deaf.back().raw(pings);
    EXPECT_EQ(nginx().get("/plain").body, "plain");
  }
  const long each_kb = (private_memory_kb(worker()) - before) / (2 * count);
  RecordProperty("kB_per_websocket", static_cast<int>(each_kb));
#ifndef TRESTLE_PRELOAD
  EXPECT_LT(each_kb, 256);
#endif
  // Too many fragments are no message.
  EXPECT_EQ(endless[0].read().close_code(), 1008);
  EXPECT_EQ(nginx().get("/one").body, "1");
}

}  // namespace
}  // namespace trestle::testing
