// `trestle explain`: what would be sent, and what is clean, beside a real
// database; the server is not needed for it.
#include <gtest/gtest.h>

#include "support/server_test.h"

namespace trestle::testing {
namespace {

class Explain : public ServerTest {
 protected:
  void SetUp() override {
    sql("create schema api; grant usage on schema api to web_anon;"
        "create table api.customer (id int primary key, name text);"
        "create table api.product (id int primary key, name text, cents int,"
        "  customer_id int references api.customer);"
        "create table api.hit (n int generated always as identity, page text);"
        "create function api.touch() returns trigger language plpgsql as"
        "  $$ begin return new; end $$;"
        "create table api.watched (id int);"
        "create trigger touch before insert on api.watched for each row"
        "  execute function api.touch();"
        "grant all on all tables in schema api to web_anon");
    file("product.sql",
         "-- @get\n-- @one\nselect id, name from api.product "
         "where id = :id!::int;\n"
         "-- @post\n-- @value\ninsert into api.hit (page) "
         "values (:header.referer) returning n;\n"
         "-- @exec\ninsert into api.watched values (1);\n");
  }

  void file(std::string_view name, std::string_view text) {
    nginx().file(name, text);
  }
  [[nodiscard]] std::string path(std::string_view name) {
    return nginx().folder().path(name);
  }
  [[nodiscard]] Finished explain(std::vector<std::string> arguments,
                                 bool connected = true) {
    std::vector<std::string> all = {TRESTLE_BUILD "/trestle", "explain"};
    if (connected) {
      all.push_back("--conninfo=" + cluster().conninfo("web", database()));
      all.emplace_back("--role=web_anon");
    }
    all.insert(all.end(), arguments.begin(), arguments.end());
    return run_program(all, {.as_server_user = false});
  }
};

TEST_F(Explain, a_file_with_its_types_and_what_is_in_the_way_of_clean) {
  const Finished told = explain({path("product.sql")});
  const std::string file = path("product.sql");
  EXPECT_EQ(told.exit_code, 0);
  EXPECT_EQ(told.output,
            "GET, HEAD: read, clean: no transaction block\n"
            "  trestle_cache: not kept (table api.product is not in "
            "publication trestle)\n"
            "\n  " +
                file +
                ":3  @one  read, clean\n"
                "    select id, name from api.product where id = $1::int\n"
                "    $1 = :id!  integer\n"
                "    -> id integer, name text\n"
                "\n"
                "POST: write, not clean: a scrub of the session behind it\n"
                "  trestle_cache: not kept (it is no clean read)\n"
                "\n  " +
                file +
                ":6  @value  write, moves sequences "
                "(a sequence behind api.hit)\n"
                "    insert into api.hit (page) values ($1) returning n\n"
                "    $1 = :header.referer  text\n"
                "    -> n integer\n"
                "\n  " +
                file +
                ":8  @exec  write, not clean "
                "(function api.touch() behind api.watched)\n"
                "    insert into api.watched values (1)\n");
}

TEST_F(Explain, a_file_without_a_database) {
  const Finished told = explain({path("product.sql")}, false);
  EXPECT_EQ(told.exit_code, 0);
  EXPECT_TRUE(told.output.starts_with("Without a database: "));
  EXPECT_NE(
      told.output.find("@one  read, not clean (relation product (no catalog"),
      std::string::npos)
      << told.output;
}

TEST_F(Explain, a_request_of_rest) {
  const Finished told = explain(
      {"--schema", "api", "--location=/api/", "--header", "Prefer: count=exact",
       "http://shop.example/api/product?id=eq.7&select=id,name"});
  EXPECT_EQ(told.exit_code, 0) << told.output;
  EXPECT_TRUE(told.output.starts_with(
      "GET /api/product as web_anon: read, clean: no transaction block\n"
      "  trestle_cache: not kept (table api.product is not in publication "
      "trestle)\n"
      "  role = web_anon\n"
      "\n  clean\n    select "))
      << told.output;
  EXPECT_NE(told.output.find("    $1 = \"7\"  integer\n"), std::string::npos)
      << told.output;
  EXPECT_NE(told.output.find("id integer, name text\n"), std::string::npos)
      << told.output;
}

TEST_F(Explain, a_write_of_rest_by_its_body) {
  const Finished told =
      explain({"--schema=api", "--body", R"({"id": 1})", "/watched"});
  EXPECT_EQ(told.exit_code, 0) << told.output;
  EXPECT_TRUE(told.output.starts_with(
      "POST /watched as web_anon: write, not clean: a scrub of the session "
      "behind it\n"))
      << told.output;
  EXPECT_NE(
      told.output.find("not clean (function api.touch() behind api.watched)"),
      std::string::npos)
      << told.output;
}

TEST_F(Explain, until_when_the_cache_keeps_an_answer_or_why_it_cannot) {
  sql("create publication trestle for table api.product, api.customer;"
      "create publication few for table api.customer;"
      "create view api.shelf as select id, name from api.product;"
      "create function api.opaque() returns int language plpgsql stable as"
      "  $$ begin return 1; end $$;"
      "grant select on api.shelf to web_anon");
  const auto tells = [&](std::vector<std::string> arguments,
                         const std::string& expected) {
    const std::string what = arguments.back();
    const Finished told = explain(std::move(arguments));
    EXPECT_EQ(told.exit_code, 0) << told.output;
    EXPECT_NE(told.output.find("\n  trestle_cache: " + expected + "\n"),
              std::string::npos)
        << what << ":\n"
        << told.output;
  };
  const auto asks = [&](const char* target, const std::string& expected) {
    tells({"--schema=api", target}, expected);
  };
  asks("/product", "kept until a change of api.product");
  asks("/shelf", "kept until a change of api.product");
  asks("/product?select=id,customer(name)",
       "kept until a change of api.customer, api.product");
  asks("/product?name=eq.now", "not kept (a moment by its name)");
  asks("/rpc/opaque", "not kept (it is no clean read)");
  tells({"--schema=api", "--publication=few", "/product"},
        "not kept (table api.product is not in publication few)");

  const auto says = [&](const char* text, const std::string& expected) {
    file("kept.sql", text);
    tells({path("kept.sql")}, expected);
  };
  says("select id from api.customer", "kept until a change of api.customer");
  says("select 1", "kept until the schema changes");
  says("select now()", "not kept (a moment by its name)");
  says("select current_setting('request.headers', true)",
       "not kept (SQL reads request.headers)");
  says("insert into api.hit (page) values ('a')",
       "not kept (it is no clean read)");
}

TEST_F(Explain, what_would_be_refused_and_what_is_asked_wrongly) {
  const Finished refused = explain({"--schema=api", "/nowhere"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_NE(refused.output.find("404 without a statement: {\"code\":"
                                "\"PGRST205\""),
            std::string::npos)
      << refused.output;
  file("bad.sql", "selct 1;");
  const Finished bad = explain({path("bad.sql")});
  EXPECT_EQ(bad.exit_code, 1);
  EXPECT_NE(bad.output.find("bad.sql:1: "), std::string::npos) << bad.output;
  EXPECT_EQ(explain({"/product"}, false).exit_code, 2);
  EXPECT_EQ(explain({}).exit_code, 2);
  EXPECT_EQ(explain({path("product.sql"), "--body=x"}).exit_code, 2);
}

}  // namespace
}  // namespace trestle::testing
