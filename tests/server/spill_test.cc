// Slow readers of large answers: the rest waits in a temporary file, and the
// connection to the database serves others.
#include <dirent.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <functional>
#include <thread>

#include "support/curl_client.h"
#include "support/server_test.h"

namespace trestle::testing {
namespace {

// Bytes of a row of /rows, about.
constexpr int kRow = 1'000;

class Spill : public ServerTest {
 protected:
  void SetUp() override {
    nginx().folder().make_folder("spill");
    nginx().file("rows.sql",
                 "-- @many\nselect i, repeat(md5(i::text), 31) as t "
                 "from generate_series(1, :n::int) i;");
    nginx().file("late.sql",
                 "-- @many\nselect 10000 / (3000 - i) as i, "
                 "repeat(md5(i::text), 31) as t "
                 "from generate_series(1, :n::int) i;");
    nginx().file("text.sql", "-- @value\nselect repeat('x', :n::int);");
    nginx().file("quick.sql", "-- @value\nselect :n::int;");
    sql("create schema api; grant usage on schema api to web_anon;"
        "create table api.lines as select i as id, string_agg(md5(i || '-' ||"
        " j), '') as t from generate_series(1, 4000) i, generate_series(1, 31) "
        "j"
        " group by i order by i;"
        "grant select on all tables in schema api to web_anon");
  }

  [[nodiscard]] static std::string http(std::string_view pool,
                                        std::string_view server = {},
                                        std::string_view outer = {}) {
    return "trestle_database db {\n  primary \"@postgres@\";\n"
           "  anonymous_role web_anon;\n  " +
           std::string(pool) + "\n}\ntrestle_temp_path @folder@/spill 1;\n" +
           std::string(outer) + "\nserver {\n  " +
           std::string(server.empty() ? "listen @port@ sndbuf=64k;" : server) +
           "\n  location = /rows { trestle_query db rows.sql; }\n"
           "  location = /late { trestle_query db late.sql; }\n"
           "  location = /text { trestle_query db text.sql; }\n"
           "  location = /quick { trestle_query db quick.sql; }\n"
           "  location /api/ { trestle_rest db schema=api; }\n}\n";
  }

  // A client that has sent its request and reads nothing.
  std::unique_ptr<HttpClient> reader(const std::string& target,
                                     const Headers& headers = {}) {
    auto client = std::make_unique<HttpClient>(nginx().address());
    EXPECT_TRUE(client->connect());
    const int small = 32 * 1024;
    setsockopt(client->fd(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    EXPECT_TRUE(client->send(request_text("GET", target, headers)));
    return client;
  }

  // Its answer has begun.
  [[nodiscard]] static bool has_begun(const HttpClient& client) {
    pollfd ready{client.fd(), POLLIN, 0};
    return poll(&ready, 1, 0) == 1;
  }

  // Temporary files of a worker, which have no name, and their bytes.
  struct Files {
    int count = 0;
    off_t bytes = 0;
  };
  [[nodiscard]] Files files(pid_t worker) {
    Files found;
    const std::string folder = "/proc/" + std::to_string(worker) + "/fd";
    DIR* dir = opendir(folder.c_str());
    if (dir == nullptr) return found;
    while (const dirent* entry = readdir(dir)) {
      char target[4096];
      const std::string path = folder + "/" + entry->d_name;
      const ssize_t size = readlink(path.c_str(), target, sizeof target);
      const std::string_view name(target, size > 0 ? size : 0);
      struct stat info {};
      if (name.find("/spill/") == name.npos || !name.ends_with(" (deleted)") ||
          stat(path.c_str(), &info) != 0)
        continue;
      found.count++;
      found.bytes += info.st_size;
    }
    closedir(dir);
    return found;
  }
  [[nodiscard]] Files files() { return files(nginx().workers().at(0)); }

  // No statement runs, and no connection is held.
  [[nodiscard]] bool is_quiet() const {
    return sql("select count(*) from pg_stat_activity where usename = 'web'"
               " and state <> 'idle'") == "0";
  }

  [[nodiscard]] std::string rows(int megabytes) const {
    return "/rows?n=" + std::to_string(megabytes * 1'000'000 / kRow);
  }
};

TEST_F(Spill, slow_readers_hold_nobody_up) {
  const int readers = soak(24, 200);
  const std::string target = rows(soak(2, 10));
  start(http("pool_size 8; queue size=1000 timeout=300s;", {},
             "send_timeout 300s;"));
  const std::string expected = nginx().get(target).body;
  ASSERT_GT(expected.size(), 2'000'000u);
  ASSERT_TRUE(nginx().wait_for_log("loaded"));
  // It is known to be cheap, in the form that it keeps.
  for (int i = 0; i < 5; i++) ASSERT_EQ(nginx().get("/quick?n=1").body, "1");
  const pid_t worker = nginx().workers().at(0);
  [[maybe_unused]] const long before = private_memory_kb(worker);

  std::vector<std::unique_ptr<HttpClient>> clients;
  for (int i = 0; i < readers; i++) clients.push_back(reader(target));
  // Others are served while all of it is read from the database.
  std::vector<double> took;
  HttpClient other(nginx().address());
  const Clock::time_point begun = Clock::now();
  const auto all_have_begun = [&] {
    const Clock::time_point asked = Clock::now();
    EXPECT_EQ(other.get("/quick?n=7").body, "7");
    took.push_back(elapsed_ms(asked));
    return std::ranges::all_of(
        clients, [](const auto& client) { return has_begun(*client); });
  };
  ASSERT_TRUE(wait_until([&] { return all_have_begun() && is_quiet(); },
                         Milliseconds(soak(20'000, 300'000))));
  RecordProperty("all_read_ms", static_cast<int>(elapsed_ms(begun)));
  EXPECT_EQ(files().count, readers);
  [[maybe_unused]] const long each =
      (private_memory_kb(worker) - before) / readers;
  RecordProperty("kb_each", static_cast<int>(each));
#ifndef TRESTLE_PRELOAD  // sanitizers keep freed memory
  EXPECT_LT(each, 256) << "kB";
#endif
  std::ranges::sort(took);
  const double p99 = took[took.size() * 99 / 100];
  RecordProperty("others", static_cast<int>(took.size()));
  RecordProperty("p99_us", static_cast<int>(p99 * 1000));
  RecordProperty("worst_us", static_cast<int>(took.back() * 1000));
  if (soak(0, 1) == 1) {
    EXPECT_LT(p99, 50);
  }

  for (auto& client : clients) {
    const Response response =
        client->read_response(false, Milliseconds(60'000));
    ASSERT_EQ(response.status, 200);
    ASSERT_TRUE(response.body == expected) << response.body.size();
    client->close();
  }
  EXPECT_TRUE(wait_until([&] { return files().count == 0; }));
  EXPECT_LE(backends(), 8);
}

TEST_F(Spill, every_form_of_a_stream_may_be_slow) {
  start(http("pool_size 4; max_streaming 1;"));
  const struct {
    std::string target;
    Headers headers;
  } forms[] = {
      {rows(4), {}},
      {rows(4), {{"Accept", "text/csv"}}},
      {rows(4), {{"Accept", "application/x-ndjson"}}},
      {"/api/lines?order=id", {}},
      {"/api/lines?order=id", {{"Accept", "text/csv"}}},
      {"/text?n=4000000", {}},
  };
  std::vector<std::unique_ptr<HttpClient>> clients;
  for (const auto& form : forms)
    clients.push_back(reader(form.target, form.headers));
  ASSERT_TRUE(wait_until([&] { return files().count == 6 && is_quiet(); }));
  for (std::size_t i = 0; i < clients.size(); i++) {
    const Response slow = clients[i]->read_response();
    const Response quick = nginx().get(forms[i].target, forms[i].headers);
    EXPECT_EQ(slow.status, 200);
    EXPECT_TRUE(slow.body == quick.body) << i << " " << slow.body.size();
  }
}

TEST_F(Spill, readers_up_to_max_streaming_are_waited_for_a_while) {
  start(http("pool_size 8; max_streaming 2;"));
  const std::string target = rows(4);
  std::vector<std::unique_ptr<HttpClient>> clients;
  for (int i = 0; i < 6; i++) clients.push_back(reader(target));
  // The others at once, those two when they have been slow for a second.
  EXPECT_TRUE(wait_until([&] { return files().count >= 4; }));
  EXPECT_TRUE(wait_until([&] { return files().count == 6 && is_quiet(); }));
}

TEST_F(Spill, a_client_that_leaves_takes_its_file_along) {
  start(http("pool_size 2;"));
  auto client = reader(rows(8));
  ASSERT_TRUE(wait_until([&] { return files().bytes > 4'000'000; }));
  client->reset();
  EXPECT_TRUE(wait_until([&] { return files().count == 0; }));
  // And one that leaves while it is still written.
  client = reader(rows(200));
  ASSERT_TRUE(wait_until([&] { return files().bytes > 4'000'000; }));
  client->reset();
  EXPECT_TRUE(wait_until([&] { return files().count == 0 && is_quiet(); }));
}

TEST_F(Spill, a_full_file_makes_the_database_wait) {
  start(http("pool_size 4;", {}, "trestle_max_temp_file_size 1m;"));
  const std::string expected = nginx().get(rows(8)).body;
  auto client = reader(rows(8));
  ASSERT_TRUE(wait_until([&] { return files().bytes >= 1'048'576; }));
  EXPECT_LT(files().bytes, 1'200'000);
  EXPECT_EQ(nginx().get("/quick?n=3").body, "3");
  EXPECT_FALSE(is_quiet());
  EXPECT_TRUE(client->read_response().body == expected);
  EXPECT_TRUE(wait_until([&] { return is_quiet(); }));
}

TEST_F(Spill, without_a_file_the_last_of_too_many_is_broken_off) {
  start(http("pool_size 3; max_streaming 1; queue timeout=20s;", {},
             "trestle_max_temp_file_size 0;"));
  const std::string expected = nginx().get(rows(4)).body;
  auto first = reader(rows(4));
  ASSERT_TRUE(wait_until([&] { return has_begun(*first); }));
  auto second = reader(rows(4));
  ASSERT_TRUE(wait_until([&] { return has_begun(*second); }));
  // Two slow statements are on their way: what comes then waits for one of
  // them, and goes on when it is gone.
  auto third = reader(rows(4));
  ASSERT_TRUE(nginx().wait_for_log("too many slow readers"));
  int whole = 0;
  for (HttpClient* client : {first.get(), second.get(), third.get()}) {
    const Response response = client->read_response();
    if (response.status == 0) continue;
    whole++;
    EXPECT_TRUE(response.body == expected) << response.body.size();
  }
  EXPECT_GE(whole, 1);
  EXPECT_LT(whole, 3);
}

TEST_F(Spill, a_client_that_reads_nothing_any_more_is_left) {
  start(http("pool_size 2;", {}, "send_timeout 3s;"));
  auto client = reader(rows(8));
  ASSERT_TRUE(wait_until([&] { return files().count == 1; }));
  ASSERT_TRUE(nginx().wait_for_log("timed out"));
  EXPECT_TRUE(wait_until([&] { return files().count == 0 && is_quiet(); }));
  EXPECT_EQ(client->read_response().status, 0);
}

TEST_F(Spill, an_error_in_the_middle_breaks_it_off) {
  start(http("pool_size 4; max_streaming 1;"));
  auto holder = reader(rows(4));
  ASSERT_TRUE(wait_until([&] { return has_begun(*holder); }));
  auto client = reader("/late?n=5000");
  ASSERT_TRUE(wait_until([&] { return has_begun(*client); }));
  EXPECT_EQ(client->read_response().status, 0);
  EXPECT_EQ(nginx().get("/late?n=2000").status, 200);
}

TEST_F(Spill, HEAD_has_no_file) {
  start(http("pool_size 2;"));
  const Response head = nginx().request("HEAD", rows(4));
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(files().count, 0);
}

TEST_F(Spill, a_reload_lets_it_be_sent_to_its_end) {
  const std::string text = http("pool_size 2;");
  start(text);
  const std::string expected = nginx().get(rows(8)).body;
  auto client = reader(rows(8));
  const pid_t worker = nginx().workers().at(0);
  ASSERT_TRUE(wait_until([&] { return files().count == 1 && is_quiet(); }));
  nginx().reload(filled(text));
  EXPECT_EQ(files(worker).count, 1);
  EXPECT_EQ(nginx().get("/quick?n=4").body, "4");
  EXPECT_TRUE(client->read_response().body == expected);
  client->close();
  EXPECT_TRUE(wait_until([&] { return files(worker).count == 0; }));
}

class SpillOverTls : public Spill {
 protected:
  void start_with(std::string_view settings) {
    const Finished made =
        run_program({"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
                     "-days", "2", "-subj", "/CN=localhost", "-keyout",
                     nginx().folder().path("key.pem"), "-out",
                     nginx().folder().path("cert.pem")});
    ASSERT_EQ(made.exit_code, 0) << made.output;
    start(
        http("pool_size 4; max_streaming 1;",
             "listen @port@ ssl http2 sndbuf=64k;\nssl_certificate cert.pem;\n"
             "ssl_certificate_key key.pem;\n" +
                 std::string(settings)));
  }

  // Two at once, so that one of them has to make way.
  void check(CurlOptions options) {
    const std::string url =
        "https://127.0.0.1:" + std::to_string(nginx().port()) +
        "/api/lines?order=id";
    const std::string expected = curl(url, options).body;
    EXPECT_GT(expected.size(), 3'000'000u);
    options.bytes_per_second = 3'000'000;
    CurlResponse slow[2];
    std::vector<std::thread> threads;
    for (CurlResponse& each : slow)
      threads.emplace_back([&] { each = curl(url, options); });
    EXPECT_TRUE(wait_until([&] { return files().count > 0; }));
    for (std::thread& thread : threads) thread.join();
    for (const CurlResponse& each : slow)
      EXPECT_TRUE(each.body == expected) << each.body.size() << each.error;
  }
};

TEST_F(SpillOverTls, it_arrives_whole) {
  start_with("");
  check({});
  check({.version = HttpVersion::two});
}

TEST_F(SpillOverTls, it_arrives_whole_with_gzip) {
  start_with("gzip on; gzip_types application/json;");
  check({.compressed = true});
  check({.version = HttpVersion::two, .compressed = true});
}

}  // namespace
}  // namespace trestle::testing
