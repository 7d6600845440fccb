// What PostgreSQL is sent for a request, by what the catalog knows of its
// statements: read from the server's own log.
#include <gtest/gtest.h>

#include "support/server_test.h"
#include "support/wait.h"

namespace trestle::testing {
namespace {

constexpr const char* kServer = R"(
trestle_database db {
  primary "@postgres@";
  pool_size 1;
}
trestle_database anon {
  primary "@postgres@";
  pool_size 1;
  anonymous_role web_anon;
}
server {
  listen @port@;
  location = /plain { trestle_query db plain.sql; }
  location = /view { trestle_query db view.sql; }
  location = /path { trestle_query anon path.sql; }
  location = /add { trestle_query db add.sql; }
  location = /mess { trestle_query db mess.sql; }
  location = /anon { trestle_query anon plain.sql; }
  location /api/ { trestle_rest anon schema=public; }
})";

class Clean : public ServerTest {
 protected:
  void SetUp() override {
    sql("create table item (id int generated always as identity, n int);"
        "insert into item (n) values (1), (2);"
        "create function mess(int) returns int language plpgsql immutable as "
        "$$ begin perform set_config('a.b', 'c', false); return 1; end $$;"
        "create view messy as select mess(n) from item;"
        "grant select, insert on item, messy to web, web_anon;"
        "alter role web in database " +
        database() + " set log_statement = 'all'");
    nginx().file("plain.sql", "-- @get\n-- @many\nselect n from item;");
    nginx().file("view.sql", "-- @get\n-- @many\nselect * from messy;");
    nginx().file("path.sql",
                 "-- @get\n-- @value\n"
                 "select current_setting('request.path', true);");
    nginx().file("add.sql",
                 "-- @post\n-- @exec\ninsert into item (n) values (3);");
    nginx().file("mess.sql", "-- @post\n-- @exec\nselect mess(1);");
    start(kServer);
  }

  // Asks until the catalog is there and the statement has its final form.
  void prepare(const char* method, const char* target) {
    ask(method, target);
    ASSERT_TRUE(nginx().wait_for_log("catalog of \"db\" loaded"));
    ask(method, target);
    ask(method, target);
  }
  void ask(const char* method, const char* target) {
    const Response answer = nginx().request(
        method, target, {{"Content-Type", "application/json"}}, "");
    EXPECT_EQ(answer.status / 100, 2) << answer.body;
  }

  // What a request sends, a statement per line, without names and values: what
  // is in the log before its answer is, and what follows until `last` is there.
  std::string sent(const char* method, const char* target,
                   const char* last = "") {
    const std::size_t start = cluster().log().size();
    ask(method, target);
    std::string lines;
    static_cast<void>(wait_until([&] {
      lines = statements_behind(start);
      return has(lines, last);
    }));
    return lines;
  }
  static std::string statements_behind(std::size_t start) {
    std::string lines;
    const std::string log = cluster().log().substr(start);
    for (std::size_t at = log.find("LOG:  "); at != std::string::npos;
         at = log.find("LOG:  ", at + 1)) {
      std::string line = log.substr(at + 6, log.find('\n', at) - at - 6);
      line.erase(0, line.find(": ") + 2);
      // What the catalog asks for itself does not belong to the request.
      if (!line.starts_with("listen ") &&
          !line.starts_with("-- How often the catalogs have changed") &&
          !line.starts_with("-- One number for what tables"))
        lines += line + "\n";
    }
    return lines;
  }
  static bool has(const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
  }
};

TEST_F(Clean, a_read_without_role_is_one_statement) {
  prepare("GET", "/plain");
  EXPECT_EQ(sent("GET", "/plain"), "select n from item\n");
}

TEST_F(Clean, what_changes_without_a_notify_is_noticed) {
  prepare("GET", "/plain");
  EXPECT_EQ(sent("GET", "/plain"), "select n from item\n");
  sql("create policy own on item using (mess(n) = 1);"
      "alter table item enable row level security");
  EXPECT_TRUE(wait_until(
      [&] { return sent("GET", "/plain").starts_with("begin read only\n"); }));
}

TEST_F(Clean, checks_and_row_security_alone_are_noticed) {
  prepare("GET", "/plain");
  EXPECT_EQ(sent("GET", "/plain"), "select n from item\n");
  sql("alter table item add check (mess(n) = 1)");
  EXPECT_TRUE(wait_until(
      [&] { return sent("GET", "/plain").starts_with("begin read only\n"); }));
  nginx().skip_log();
  sql("alter table item enable row level security");
  EXPECT_TRUE(wait_until([&] {
    ask("GET", "/plain");
    return nginx().wait_for_log("catalog of \"db\" loaded", Milliseconds(0));
  }));
}

TEST_F(Clean, a_view_with_a_function_behind_it_is_undone) {
  prepare("GET", "/view");
  const std::string lines = sent("GET", "/view", "rollback");
  EXPECT_TRUE(lines.starts_with("begin read only\n")) << lines;
  EXPECT_TRUE(lines.ends_with("\nrollback\n")) << lines;
}

TEST_F(Clean, a_sequence_that_has_moved_is_forgotten_before_anybody_can_ask) {
  prepare("POST", "/add");
  prepare("GET", "/plain");
  const std::string added = sent("POST", "/add");
  EXPECT_TRUE(added.ends_with("insert into item (n) values (3)\n")) << added;
  EXPECT_EQ(sent("GET", "/plain"), "select n from item\n");
  const std::string viewed = sent("GET", "/view", "rollback");
  EXPECT_TRUE(viewed.starts_with("begin read only\ndiscard sequences\n"))
      << viewed;
  EXPECT_FALSE(has(sent("GET", "/view", "rollback"), "discard sequences"));
  EXPECT_TRUE(has(sent("POST", "/mess", "reset all"), "reset all"));
}

TEST_F(Clean, a_change_by_rest_is_one_statement) {
  sql("create table mark (id int primary key, n int);"
      "insert into mark select i, i from generate_series(1, 9) i;"
      "grant select, insert, update, delete on mark to web_anon;"
      "create function decide() returns trigger language plpgsql as $$ begin "
      "perform set_config('response.status', '299', true); return new; end $$");
  auto change = [&](const char* method, const char* target, const char* body,
                    const char* preference) {
    return nginx().request(
        method, target,
        {{"Content-Type", "application/json"}, {"Prefer", preference}}, body);
  };
  change("PATCH", "/api/mark?id=eq.1", R"({"n":1})", "return=minimal");
  ASSERT_TRUE(nginx().wait_for_log("catalog of \"anon\" loaded"));
  const std::size_t start = cluster().log().size();
  Response answer = change("PATCH", "/api/mark?id=lt.4&select=id,n",
                           R"({"n":7})", "return=representation");
  EXPECT_EQ(answer.body,
            "[{\"id\":1,\"n\":7}, \n {\"id\":2,\"n\":7}, \n "
            "{\"id\":3,\"n\":7}]");
  answer = change("DELETE", "/api/mark?id=lt.3", "", "count=exact");
  EXPECT_EQ(answer.header("Content-Range"), "*/2");
  const auto upsert = R"([{"id":3,"n":0},{"id":12,"n":0}])";
  answer = change("POST", "/api/mark", upsert, "resolution=merge-duplicates");
  EXPECT_EQ(answer.status, 201);
  answer = change("POST", "/api/mark", upsert, "resolution=merge-duplicates");
  EXPECT_EQ(answer.status, 200);
  const std::string lines = statements_behind(start);
  EXPECT_TRUE(has(lines, "update \"public\".\"mark\"")) << lines;
  for (const char* part : {"begin", "reset all", "response.status"})
    EXPECT_FALSE(has(lines, part)) << lines;

  // Now something decides the status.
  nginx().skip_log();
  sql("create trigger decide before insert on mark for each row "
      "execute function decide(); notify pgrst");
  ASSERT_TRUE(nginx().wait_for_log("catalog of \"anon\" loaded"));
  answer = change("POST", "/api/mark", R"({"id":20})", "return=minimal");
  EXPECT_EQ(answer.status, 299);
}

TEST_F(Clean, settings_that_nothing_reads_are_not_sent) {
  prepare("GET", "/plain");
  nginx().skip_log();
  ask("GET", "/anon");
  ASSERT_TRUE(nginx().wait_for_log("catalog of \"anon\" loaded"));
  ask("GET", "/anon");
  ask("GET", "/path");
  std::string lines = sent("GET", "/anon");
  EXPECT_TRUE(has(lines, "set_config('role'")) << lines;
  EXPECT_FALSE(has(lines, "request.")) << lines;
  lines = sent("GET", "/path");
  EXPECT_TRUE(has(lines, "'request.path'")) << lines;
  EXPECT_FALSE(has(lines, "'request.headers'")) << lines;
  EXPECT_EQ(nginx().get("/path").body, "\"/path\"");

  // Now something reads another one.
  nginx().skip_log();
  sql("create policy own on item using "
      "(current_setting('request.method', true) = 'GET');"
      "alter table item enable row level security; notify pgrst");
  ASSERT_TRUE(nginx().wait_for_log("catalog of \"anon\" loaded"));
  lines = sent("GET", "/anon");
  EXPECT_TRUE(has(lines, "'request.method'")) << lines;
  EXPECT_FALSE(has(lines, "'request.headers'")) << lines;
  EXPECT_EQ(nginx().get("/anon").body.substr(0, 9), R"([{"n":1},)");
}

TEST_F(Clean, the_decision_is_taken_anew_with_the_catalog) {
  prepare("GET", "/plain");
  EXPECT_FALSE(has(sent("GET", "/plain"), "begin"));
  nginx().skip_log();
  sql("create policy own on item using (mess(n) = 1);"
      "alter table item enable row level security; notify trestle");
  ASSERT_TRUE(nginx().wait_for_log("catalog of \"db\" loaded"));
  EXPECT_TRUE(has(sent("GET", "/plain"), "begin read only"));
}

}  // namespace
}  // namespace trestle::testing
