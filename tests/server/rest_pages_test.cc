// Pages by keys (after=) and preconditions of writes (If-Match), against a real
// database.
#include <gtest/gtest.h>

#include "support/server_test.h"

namespace trestle::testing {
namespace {

class RestPages : public ServerTest {
 protected:
  void SetUp() override {
    sql("create schema api; grant usage on schema api to web_anon;"
        "create table api.city (id int primary key, name text not null);"
        "create table api.house (id int primary key, city_id int not null"
        " references api.city, built timestamptz, cents numeric not null);"
        "insert into api.city select i, 'city ' || i from"
        " generate_series(0, 2) i;"
        "insert into api.house select i, i % 3,"
        " case when i % 4 > 0 then timestamptz '2020-01-01 00:00:00.125+00'"
        " + i / 2 * interval '1 day' end, i % 5 / 3.0"
        " from generate_series(1, 23) i;"
        "create table api.note (id int primary key, body text);"
        "insert into api.note values (1, 'one'), (2, 'two');"
        "create view api.note_view as select * from api.note;"
        "create table api.part (id int primary key, secret text, body text);"
        "insert into api.part values (1, 'x', 'shown');"
        "grant all on api.city, api.house, api.note, api.note_view"
        " to web_anon; grant select (id, body) on api.part to web_anon");
    start(
        "trestle_database db {\n  primary \"@postgres@\";\n"
        "  anonymous_role web_anon;\n}\n"
        "server {\n  listen @port@;\n"
        "  location /api/ { trestle_rest db schema=api etag=on; }\n}\n");
  }

  Response send(const std::string& method, const std::string& target,
                Headers headers = {}, const std::string& body = "") {
    if (!body.empty()) headers.emplace_back("Content-Type", "application/json");
    HttpClient client(nginx().address());
    return client.request(method, target, headers, body);
  }

  // All rows, page by page, as one array.
  std::string walk(const std::string& resource) {
    std::string target = "/api/" + resource + "&limit=5&after=";
    std::string rows;
    for (int pages = 0; !target.empty() && pages < 20; ++pages) {
      const Response page = send("GET", target);
      EXPECT_EQ(page.status, 200) << target << page.body;
      if (page.status != 200) break;
      if (page.body != "[]") {
        if (!rows.empty()) rows += ", \n ";
        rows += page.body.substr(1, page.body.size() - 2);
      }
      const std::string link = page.header("Link");
      target = link.empty() ? "" : link.substr(1, link.find('>') - 1);
    }
    return "[" + rows + "]";
  }

  static Headers match(const std::string& tag) { return {{"If-Match", tag}}; }
};

// The primary key ends each order, in the last term's direction.
TEST_F(RestPages, pages_by_keys_are_the_rows_in_their_order) {
  const struct {
    const char* query;
    const char* order;
    const char* whole;
  } cases[] = {
      {"select=id", "", "id"},
      {"select=id", "id.desc", "id.desc"},
      {"select=id,built", "built", "built,id"},
      {"select=id", "built.desc", "built.desc,id.desc"},
      {"select=id", "built.desc.nullslast", "built.desc.nullslast,id.desc"},
      {"select=id", "built.nullsfirst,cents.desc",
       "built.nullsfirst,cents.desc,id.desc"},
      {"select=id", "cents,city_id.desc", "cents,city_id.desc,id.desc"},
      {"select=id,city(name)", "cents.desc,id", "cents.desc,id"},
      {"select=id,...city(name)", "city_id,cents", "city_id,cents,id"},
      {"id=gt.4&or=(cents.gt.1,built.is.null)", "cents", "cents,id"},
  };
  for (const auto& [query, order, whole] : cases) {
    std::string base = std::string("house?") + query;
    const Response all = send("GET", "/api/" + base + "&order=" + whole);
    ASSERT_EQ(all.status, 200) << query << all.body;
    if (*order != '\0') base += std::string("&order=") + order;
    EXPECT_EQ(walk(base), all.body) << query << " " << order;
  }
  // To-many rows do not disturb the pages of their parents.
  EXPECT_EQ(
      walk("city?select=name,house(id)&order=name.desc"),
      send("GET", "/api/city?select=name,house(id)&order=name.desc").body);
}

TEST_F(RestPages, a_page_may_have_a_total) {
  const Headers exact = {{"Prefer", "count=exact"}};
  const Response first =
      send("GET", "/api/house?select=id&limit=20&after=", exact);
  EXPECT_EQ(first.status, 206);
  EXPECT_EQ(first.header("Content-Range"), "0-19/23");
  const std::string link = first.header("Link");
  const Response second =
      send("GET", link.substr(1, link.find('>') - 1), exact);
  EXPECT_EQ(second.body, "[{\"id\":21}, \n {\"id\":22}, \n {\"id\":23}]");
  EXPECT_EQ(second.header("Content-Range"), "*/23");
  EXPECT_EQ(second.header("Link"), "");
}

TEST_F(RestPages, a_write_happens_to_the_row_that_was_seen) {
  for (const std::string row :
       {"/api/note?id=eq.1", "/api/note_view?id=eq.2"}) {
    const std::string tag = send("GET", row).header("ETag");
    ASSERT_NE(tag, "");
    EXPECT_NE(tag.substr(0, 2), "W/");
    EXPECT_EQ(send("GET", row, {{"If-None-Match", tag}}).status, 304);
    EXPECT_EQ(send("PATCH", row, match(tag), R"({"body":"new"})").status, 204);
    // It has changed since.
    Headers shown = match(tag);
    shown.emplace_back("Prefer", "return=representation");
    const Response late = send("PATCH", row, shown, R"({"body":"lost"})");
    EXPECT_EQ(late.status, 412) << late.body;
    EXPECT_NE(late.body.find("TRS250"), std::string::npos) << late.body;
    EXPECT_EQ(send("DELETE", row, match(tag)).status, 412);
    // Also what changes nothing asks for it.
    EXPECT_EQ(send("PATCH", row, match(tag), "{}").status, 412);

    const std::string fresh = send("GET", row).header("ETag");
    EXPECT_EQ(send("PATCH", row, match(fresh), "{}").status, 204);
    shown[0].second = "W/\"gone.1\", " + fresh;
    const Response done = send("PATCH", row, shown, R"({"body":"newer"})");
    EXPECT_EQ(done.status, 200) << done.body;
    EXPECT_NE(done.body.find("newer"), std::string::npos) << done.body;
    const std::string last = send("GET", row + "&select=id").header("ETag");
    EXPECT_EQ(send("DELETE", row, match(last)).status, 204);
    EXPECT_EQ(send("DELETE", row, match("*")).status, 412);
  }
  EXPECT_EQ(sql("select count(*) from api.note"), "0");
}

TEST_F(RestPages, an_upsert_may_want_the_row_there_or_not) {
  const auto put = [this](const Headers& headers, const std::string& body) {
    return send("PUT", "/api/note?id=eq.7", headers,
                R"({"id":7,"body":")" + body + "\"}")
        .status;
  };
  EXPECT_EQ(put(match("*"), "a"), 412);
  EXPECT_EQ(put(match("\"x.1\""), "a"), 412);
  EXPECT_EQ(put({{"If-None-Match", "*"}}, "b"), 201);
  EXPECT_EQ(put({{"If-None-Match", "*"}}, "c"), 412);
  EXPECT_EQ(sql("select body from api.note where id = 7"), "b");
  const std::string tag = send("GET", "/api/note?id=eq.7").header("ETag");
  EXPECT_EQ(put(match(tag), "d"), 204);
  EXPECT_EQ(put(match(tag), "e"), 412);
  EXPECT_EQ(put(match("*"), "f"), 204);
  EXPECT_EQ(sql("select body from api.note where id = 7"), "f");
}

// Its version would tell of columns that the role may not read.
TEST_F(RestPages, a_row_that_is_read_in_part_has_a_tag_without_version) {
  const Response part = send("GET", "/api/part?select=body&id=eq.1");
  EXPECT_EQ(part.body, R"([{"body":"shown"}])");
  EXPECT_TRUE(part.header("ETag").starts_with("W/")) << part.header("ETag");
  EXPECT_EQ(send("GET", "/api/part?id=eq.1&select=body",
                 {{"If-None-Match", part.header("ETag")}})
                .status,
            304);
}

// A condition that nobody has checked refuses nothing afterwards.
TEST_F(RestPages, functions_do_not_look_at_conditions) {
  sql("create function api.twice(a int) returns int language sql as"
      " 'select 2 * a'; notify trestle");
  ASSERT_TRUE(wait_until([&] {
    return send("POST", "/api/rpc/twice", match("\"x\""), R"({"a":2})").body ==
           "4";
  }));
}

}  // namespace
}  // namespace trestle::testing
