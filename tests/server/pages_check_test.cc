// Mistakes in the SQL and the templates of pages are told before any request:
// by the worker that starts, and by `trestle check`.
#include <gtest/gtest.h>

#include "support/server_test.h"

namespace trestle::testing {
namespace {

class PagesCheck : public ServerTest {
 protected:
  void SetUp() override {
    sql("create schema api; grant usage on schema api to web_anon;"
        "create table api.product (id int primary key, name text);"
        "create table api.secret (word text);"
        "insert into api.product values (1, 'Kettle');"
        "grant select on api.product to web_anon;");
    NginxServer& n = nginx();
    n.file("pages/index.html",
           "{% for p in products %}\n{{ p.nmae }}{{ p.name }}{% endfor %}");
    n.file("pages/index.sql",
           "-- @many products\nselect id, name from api.product;");
    n.file("pages/wrong.html", "{{ rows[0].x }}");
    n.file("pages/wrong.sql", "\nselect prize from api.product;");
    n.file("pages/change.sql",
           "-- @post\n-- @exec\ninsert into api.product values (:id::int);");
    n.file("pages/secret.html", "{{ word }}");
    n.file("pages/secret.sql", "-- @value word\nselect word from api.secret;");
    n.file("one.sql", "select name from api.prodcut;");
    n.file("two.sql", "-- @one p\nselect name from api.product;");
    n.file("two.html", "{{ p.mane }}");
  }

  static constexpr const char* kServer =
      "trestle_database db { primary \"@postgres@\"; pool_size 2; "
      "anonymous_role web_anon; }\n"
      "server { listen @port@; location / { trestle_pages db pages; }\n"
      "  location = /one { trestle_query db one.sql; }\n"
      "  location = /two { trestle_query db two.sql template=two.html; } }";

  [[nodiscard]] Finished check(std::vector<std::string> arguments) {
    std::vector<std::string> all = {TRESTLE_BUILD "/trestle",
                                    "check",
                                    "--conninfo",
                                    cluster().conninfo("web", database()),
                                    "--role",
                                    "web_anon"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return run_program(all, {.as_server_user = false});
  }
  [[nodiscard]] std::string path(std::string_view name) {
    return nginx().folder().path(name);
  }
};

TEST_F(PagesCheck, a_worker_tells_mistakes_when_it_starts) {
  start(kServer);
  EXPECT_TRUE(nginx().wait_for_log(
      "pages/index.html:2: \"p\" has no column \"nmae\", perhaps \"name\""));
  EXPECT_TRUE(nginx().wait_for_log(
      "pages/wrong.sql:2: column \"prize\" does not exist"));
  EXPECT_TRUE(nginx().wait_for_log("two.html:1: \"p\" has no column \"mane\""));
  EXPECT_EQ(nginx().log().find("secret.sql"), std::string::npos);
  EXPECT_EQ(nginx().get("/").body, "\nKettle");
  EXPECT_EQ(sql("select count(*) from api.product"), "1");
}

TEST_F(PagesCheck, pages_are_served_while_the_database_is_away) {
  nginx().file("plain/index.html", "hello");
  nginx().file("plain/data.html", "{{ data }}");
  nginx().file("plain/data.sql", "select 1");
  nginx().allow("trestle");
  nginx().start(
      "trestle_database db { primary \"host=127.0.0.1 port=1\"; }\n"
      "server { listen @port@; location / { trestle_pages db plain; } }");
  EXPECT_EQ(nginx().get("/").body, "hello");
  EXPECT_EQ(nginx().get("/data").status, 503);
}

TEST_F(PagesCheck, the_command_checks_a_folder) {
  const Finished told = check({path("pages")});
  EXPECT_EQ(told.exit_code, 1);
  EXPECT_EQ(told.output,
            path("pages") +
                "/index.html:2: \"p\" has no column \"nmae\", perhaps "
                "\"name\"\n" +
                path("pages") +
                "/wrong.sql:2: column \"prize\" does not exist\n"
                "4 statements, 2 mistakes\n");
}

TEST_F(PagesCheck, the_command_checks_an_nginx_conf) {
  nginx().file("nginx.conf",
               "http { # a comment ; {\n  include conf.d/*.conf;\n"
               "  server { location ~ \"^/a{2}\" { trestle_query db\n"
               "    two.sql template=two.html; } } }");
  nginx().file("conf.d/a.conf",
               "server { location / { trestle_pages db pages; }"
               " location /one { trestle_query db one.sql; } }");
  const Finished told = check({"-c", path("nginx.conf")});
  EXPECT_EQ(told.exit_code, 1);
  for (const char* line : {"/index.html:2: ", "/wrong.sql:2: ",
                           "/one.sql:1: relation \"api.prodcut\" does not "
                           "exist\n",
                           "/two.html:1: \"p\" has no column \"mane\"",
                           "6 statements, 4 mistakes\n"})
    EXPECT_NE(told.output.find(line), std::string::npos) << told.output;
}

TEST_F(PagesCheck, the_command_is_content_with_what_is_right) {
  nginx().file("good/index.html",
               "{% for p in products %}{{ p.id }}{% endfor %}");
  nginx().file("good/index.sql",
               "-- @many products\nselect id from api.product;");
  const Finished told = check({path("good")});
  EXPECT_EQ(told.exit_code, 0) << told.output;
  EXPECT_EQ(told.output, "1 statements, 0 mistakes\n");
  EXPECT_EQ(check({path("none")}).exit_code, 1);
  EXPECT_EQ(check({}).exit_code, 2);
}

}  // namespace
}  // namespace trestle::testing
