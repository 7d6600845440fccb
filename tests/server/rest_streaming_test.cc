// Long reads over REST: sent while they run, in bounded memory, with the right
// range, and broken off when they fail late.
#include <gtest/gtest.h>

#include <algorithm>

#include "support/server_test.h"

namespace trestle::testing {
namespace {

class RestStreaming : public ServerTest {
 protected:
  void SetUp() override {
    sql("create schema api; grant usage on schema api to web_anon;"
        "create table api.lines as select i as id, 'line number ' || i as text,"
        " repeat('x', 80) as filling from generate_series(1, 100000) i;"
        "create view api.late as"
        " select id, 1 / (20000 - id) as n from api.lines;"
        "grant select on all tables in schema api to web_anon;"
        "analyze api.lines");
    start(
        "trestle_database db {\n  primary \"@postgres@\";\n"
        "  anonymous_role web_anon;\n  query_timeout 300s;\n}\n"
        "server {\n  listen @port@;\n"
        "  location /api/ { trestle_rest db schema=api; }\n}\n");
  }

  [[nodiscard]] static Headers accept(std::string type) {
    return {{"Accept", std::move(type)}};
  }

  Response get(std::string_view target, const Headers& headers = {}) {
    HttpClient client(nginx().address());
    return client.request("GET", target, headers);
  }
};

std::ptrdiff_t count_of(const std::string& text, char c) {
  return std::count(text.begin(), text.end(), c);
}

TEST_F(RestStreaming, a_long_export_is_whole_in_every_format) {
  const Response json = get("/api/lines?order=id");
  ASSERT_EQ(json.status, 200);
  EXPECT_EQ(json.header("Content-Length"), "");
  EXPECT_EQ(json.header("Content-Range"), "");
  EXPECT_TRUE(json.body.starts_with(R"([{"id":1,"text":"line number 1",)"));
  EXPECT_TRUE(json.body.ends_with(R"("}])"));
  EXPECT_EQ(count_of(json.body, '{'), 100'000);

  const Response csv = get("/api/lines?select=id,text", accept("text/csv"));
  EXPECT_TRUE(csv.body.starts_with("id,text\n1,\"line number 1\"\n"));
  EXPECT_EQ(count_of(csv.body, '\n'), 100'000);

  const Response lines =
      get("/api/lines?select=id,text", accept("application/x-ndjson"));
  EXPECT_EQ(lines.header("Content-Type"),
            "application/x-ndjson; charset=utf-8");
  EXPECT_EQ(count_of(lines.body, '\n'), 100'000);
}

TEST_F(RestStreaming, a_count_tells_the_range_of_what_is_to_come) {
  const Headers exact = {{"Prefer", "count=exact"}};
  const Response part = get("/api/lines?limit=60000&offset=10", exact);
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.header("Content-Range"), "10-60009/100000");
  EXPECT_EQ(count_of(part.body, '{'), 60'000);
  const Response all = get("/api/lines", exact);
  EXPECT_EQ(all.status, 200);
  EXPECT_EQ(all.header("Content-Range"), "0-99999/100000");
  const Response past = get("/api/lines?offset=100001", exact);
  EXPECT_EQ(past.status, 416);
  const Response guess = get("/api/lines", {{"Prefer", "count=planned"}});
  EXPECT_EQ(guess.header("Content-Range"), "*/100000");
  const Response one =
      get("/api/lines?id=lt.9", accept("application/vnd.pgrst.object+json"));
  EXPECT_EQ(one.status, 406);
  EXPECT_NE(one.body.find("8 rows"), std::string::npos) << one.body;
}

TEST_F(RestStreaming, an_early_error_is_an_error_and_a_late_one_breaks_off) {
  EXPECT_EQ(get("/api/late?limit=100").status, 200);
  EXPECT_EQ(get("/api/late?id=eq.20000").status, 400);
  const Response late = get("/api/late");
  EXPECT_TRUE(late.status == 0 || late.status == 400)
      << late.status << " " << late.body.size();
  EXPECT_EQ(get("/api/late?id=eq.1&select=id").body, R"([{"id":1}])");
}

TEST_F(RestStreaming, a_slow_reader_costs_no_memory) {
  ASSERT_EQ(get("/api/lines?limit=10").status, 200);
  const pid_t worker = nginx().workers().at(0);
  [[maybe_unused]] const long before = private_memory_kb(worker);
  HttpClient client(nginx().address());
  ASSERT_TRUE(client.connect());
  ASSERT_TRUE(client.send(request_text("GET", "/api/lines")));
  std::size_t taken = 0;
  long most = 0;
  for (int i = 0; i < 20; i++) {
    taken += client.read_some(512).size();
    most = std::max(most, private_memory_kb(worker));
    ASSERT_EQ(get("/api/lines?id=eq.7&select=id").body, R"([{"id":7}])");
  }
  std::string end;
  for (std::string bytes; !(bytes = client.read_some(1 << 20)).empty();) {
    taken += bytes.size();
    end.append(bytes);
    if (end.size() > 16) end.erase(0, end.size() - 16);
    most = std::max(most, private_memory_kb(worker));
    if (end.ends_with("]\r\n0\r\n\r\n")) break;
  }
  EXPECT_GT(taken, 10'000'000u);
#ifndef TRESTLE_PRELOAD  // sanitizers keep freed memory
  EXPECT_LT(most - before, 2'048) << "kB";
#endif
}

TEST_F(RestStreaming, bad_response_settings_leave_no_write_behind) {
  sql("create table api.notes (id int primary key);"
      "create function api.note(id int, headers text, status text) returns int"
      " language plpgsql as $$ begin insert into api.notes values (id);"
      " perform set_config('response.headers', headers, true),"
      " set_config('response.status', status, true); return id; end $$;"
      "grant all on api.notes to web_anon; notify trestle");
  const auto note = [this](int id, const std::string& headers,
                           const std::string& status) {
    HttpClient client(nginx().address());
    return client.request("POST", "/api/rpc/note",
                          {{"Content-Type", "application/json"}},
                          "{\"id\":" + std::to_string(id) + ",\"headers\":\"" +
                              headers + "\",\"status\":\"" + status + "\"}");
  };
  ASSERT_TRUE(wait_until([&] { return note(1, "", "").status == 200; }));
  Response good = note(2, R"( [ {\"X-A\" : \"1\"},{\"X-B\":\"\"} ] )", "203");
  EXPECT_EQ(good.status, 203);
  EXPECT_EQ(good.header("X-A"), "1");
  EXPECT_EQ(note(3, "[]", "").status, 200);
  int id = 10;
  for (const char* headers :
       {"{}", "[1]", R"([{\"a\":1}])", R"([{\"a\":\"1\"}{\"b\":\"1\"}])",
        R"([{\"a\":\"1\"},])", R"([{\"\":\"1\"}])", "no json",
        R"([{\"a\":\"1\",\"b\":\"2\"}])", R"([{\"a\":\"x\\ny\"}])",
        R"([{\"a\":\"x\\u000ay\"}])"}) {
    Response bad = note(id++, headers, "");
    EXPECT_EQ(bad.status, 500) << headers;
    EXPECT_NE(bad.body.find("PGRST111"), std::string::npos) << bad.body;
  }
  for (const char* status : {"x", "99", "600", "2000", " 200"}) {
    Response bad = note(id++, "", status);
    EXPECT_EQ(bad.status, 500) << status;
    EXPECT_NE(bad.body.find("PGRST112"), std::string::npos) << bad.body;
  }
  EXPECT_EQ(sql("select string_agg(id::text, ',' order by id) from api.notes"),
            "1,2,3");
}

}  // namespace
}  // namespace trestle::testing
