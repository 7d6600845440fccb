// Pages with `-- @stream`: long ones are sent while their rows come.
#include <gtest/gtest.h>
#include <libpq-fe.h>

#include "support/server_test.h"

namespace trestle::testing {
namespace {

class PagesStream : public ServerTest {
 protected:
  void SetUp() override {
    NginxServer& n = nginx();
    n.file("pages/_layout.html",
           "<title>{% block title %}{% endblock %}</title>"
           "<main>{% block main %}{% endblock %}</main>");
    n.file("pages/error.html", "sorry: {{ error.status }}");
    n.file("pages/404.html", "no such list");
    n.file("pages/list.html",
           "{% block title %}{{ about.name }}{% endblock %}"
           "{% block main %}{% for r in rows %}{{ r.i }}:{{ r.t | upper }}"
           "{% if not loop.first %} after {{ loop.previtem.i }}{% endif %}"
           "{% if loop.last %} last{% endif %}\n"
           "{% else %}none{% endfor %}{% endblock %}");
    n.file("pages/list.sql", R"(
-- @header X-Name {about.name}
-- @one about
select 'A <list>' as name where :n::int >= 0;
-- @many rows
-- @stream
select i, '<b>' as t from generate_series(1, :n::int) i;
)");
    n.file("pages/plain.html", "{% for r in rows %}{{ r.i }}\n{% endfor %}");
    n.file("pages/plain.sql",
           "-- @stream\nselect i, repeat('x', 100) || i as t "
           "from generate_series(1, :n::int) i;");
    n.file("pages/gate.html",
           "{% for r in rows %}row {{ r.i }} {{ r.t }}\n{% endfor %}the end");
    n.file("pages/gate.sql",
           "-- @many rows\n-- @stream\n"
           "select i, case when i = 9000 then pg_advisory_xact_lock_shared(7)"
           "::text else repeat('x', 100) end as t "
           "from generate_series(1, 10000) i;");
    n.file("pages/late.html",
           "{% for r in rows %}{{ r.i }} {{ 1 // (15000 - r.i) }} "
           "{{ 'x' * 20 }}\n{% endfor %}");
    n.file("pages/late.sql",
           "-- @many rows\n-- @stream\n"
           "select i from generate_series(1, :n::int) i;");
    n.file("pages/broken.html",
           "{% for r in rows %}{{ r.q }} {{ 'x' * 20 }}\n{% endfor %}");
    n.file("pages/broken.sql",
           "-- @many rows\n-- @stream\n"
           "select i, 1 / (:zero::int - i) as q "
           "from generate_series(1, 20000) i;");
    n.file("pages/kept.html",
           "{% set ns = namespace(all=[]) %}{% for r in rows %}"
           "{% do ns.all.append(r) %}{% endfor %}"
           "{{ ns.all[0].t }} {{ ns.all[-1].t }} {{ ns.all | length }}");
    n.file("pages/kept.sql",
           "-- @many rows\n-- @stream\n"
           "select 'row ' || i as t from generate_series(1, 5000) i;");
    n.file("pages/listed.html",
           "{% set all = rows | list %}{{ all | length }} {{ all[0].t }} "
           "{{ (all | last).t }}");
    n.file("pages/listed.sql",
           "-- @many rows\n-- @stream\n"
           "select 'row ' || i as t from generate_series(1, 5000) i;");
    n.file("pages/length.html", "{{ rows | length }}");
    n.file("pages/length.sql", "-- @many rows\n-- @stream\nselect 1 as i;");
    start(
        "trestle_database db { primary \"@postgres@\"; pool_size 2; "
        "anonymous_role web_anon; query_timeout 300s; }\n"
        "server { listen @port@; location / { trestle_pages db pages; } }");
  }
};

TEST_F(PagesStream, a_long_page_comes_whole) {
  const Response page = nginx().get("/list?n=10000");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.header("X-Name"), "A <list>");
  EXPECT_EQ(page.header("Content-Type"), "text/html; charset=utf-8");
  EXPECT_FALSE(page.has("ETag"));
  EXPECT_EQ(page.header("Cache-Control"), "private, no-cache");
  std::string expected = "<title>A &lt;list&gt;</title><main>1:&lt;B&gt;\n";
  for (int i = 2; i <= 10'000; i++)
    expected += std::to_string(i) + ":&lt;B&gt; after " +
                std::to_string(i - 1) + (i == 10'000 ? " last\n" : "\n");
  EXPECT_EQ(page.body, expected + "</main>");
}

TEST_F(PagesStream, a_short_page_and_an_empty_one_are_pages_too) {
  EXPECT_EQ(nginx().get("/list?n=1").body,
            "<title>A &lt;list&gt;</title><main>1:&lt;B&gt; last\n</main>");
  EXPECT_EQ(nginx().get("/list?n=0").body,
            "<title>A &lt;list&gt;</title><main>none</main>");
  const Response missing = nginx().get("/list?n=-1");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(missing.body, "<title></title><main>no such list</main>");
}

TEST_F(PagesStream, head_has_no_body) {
  for (const char* target : {"/list?n=3", "/list?n=10000"}) {
    const Response head = nginx().request("HEAD", target);
    EXPECT_EQ(head.status, 200) << target;
    EXPECT_EQ(head.header("X-Name"), "A <list>") << target;
    EXPECT_EQ(head.body, "") << target;
  }
}

TEST_F(PagesStream, the_first_rows_are_sent_before_the_last_are_there) {
  const std::string locker = "select pg_advisory_lock(7)";
  PGconn* holder =
      PQconnectdb(cluster().conninfo("postgres", database()).c_str());
  PQclear(PQexec(holder, locker.c_str()));
  HttpClient client(nginx().address());
  ASSERT_TRUE(client.connect());
  ASSERT_TRUE(client.send(request_text("GET", "/gate")));
  std::string seen;
  while (seen.find("row 5000 ") == std::string::npos) {
    const std::string more = client.read_some(65'536);
    ASSERT_FALSE(more.empty()) << seen.size();
    seen += more;
  }
  EXPECT_EQ(seen.find("row 9001 "), std::string::npos);
  PQclear(PQexec(holder, "select pg_advisory_unlock(7)"));
  while (seen.find("the end") == std::string::npos) {
    const std::string more = client.read_some(65'536);
    ASSERT_FALSE(more.empty()) << seen.size();
    seen += more;
  }
  EXPECT_NE(seen.find("row 10000 "), std::string::npos);
  PQfinish(holder);
}

TEST_F(PagesStream, an_early_error_is_a_page_and_a_late_one_breaks_off) {
  const Response early = nginx().get("/broken?zero=1");
  EXPECT_EQ(early.status, 400);
  EXPECT_EQ(early.body, "<title></title><main>sorry: 400</main>");
  EXPECT_EQ(nginx().get("/broken?zero=19000").status, 0);
  EXPECT_EQ(nginx().get("/late?n=10").status, 200);
  EXPECT_EQ(nginx().get("/late?n=20000").status, 0);
  EXPECT_TRUE(nginx().wait_for_log("late.html:1"));
  EXPECT_TRUE(nginx().wait_for_log("ZeroDivisionError"));
}

TEST_F(PagesStream, a_million_rows_cost_no_memory) {
  EXPECT_EQ(nginx().get("/plain?n=2000").status, 200);
  const pid_t worker = nginx().workers().front();
  [[maybe_unused]] const long before = private_memory_kb(worker);
  HttpClient client(nginx().address());
  ASSERT_TRUE(client.connect());
  ASSERT_TRUE(client.send(request_text(
      "GET", "/plain?n=" + std::to_string(soak(300'000, 5'000'000)))));
  std::size_t seen = 0;
  [[maybe_unused]] long most = 0;
  int reads = 0;
  for (std::string more;; seen += more.size()) {
    more = client.read_some(65'536);
    ASSERT_FALSE(more.empty());
    if (++reads % 16 == 0) most = std::max(most, private_memory_kb(worker));
    if (more.ends_with("0\r\n\r\n")) break;
  }
  EXPECT_GT(seen, 1'900'000u);
#ifndef TRESTLE_PRELOAD  // sanitizers keep freed memory
  EXPECT_LT(most - before, 12'000) << "kB more";
#endif
}

TEST_F(PagesStream, a_client_that_leaves_ends_the_page) {
  for (int i = 0; i < 20; i++) {
    HttpClient client(nginx().address());
    ASSERT_TRUE(client.connect());
    ASSERT_TRUE(client.send(request_text("GET", "/plain?n=1000000")));
    ASSERT_FALSE(client.read_some(100).empty());
    client.reset();
  }
  EXPECT_TRUE(wait_until([this] {
    return sql("select count(*) from pg_stat_activity where usename = 'web' "
               "and state = 'active'") == "0";
  }));
  EXPECT_EQ(nginx().get("/list?n=1").status, 200);
}

TEST_F(PagesStream, rows_that_a_page_keeps_stay) {
  EXPECT_EQ(nginx().get("/kept").body,
            "<title></title><main>row 1 row 5000 5000</main>");
  EXPECT_EQ(nginx().get("/listed").body,
            "<title></title><main>5000 row 1 row 5000</main>");
}

TEST_F(PagesStream, how_many_rows_there_are_is_not_known) {
  EXPECT_EQ(nginx().get("/length").status, 500);
  EXPECT_TRUE(nginx().wait_for_log("length.html:1"));
}

TEST_F(PagesStream, variables_as_json_come_whole) {
  const Response json =
      nginx().get("/list?n=3", {{"Accept", "application/json"}});
  EXPECT_EQ(json.body,
            R"({"about":{"name":"A <list>"},"rows":[{"i":1,"t":"<b>"},)"
            R"({"i":2,"t":"<b>"},{"i":3,"t":"<b>"}]})");
}

}  // namespace
}  // namespace trestle::testing
