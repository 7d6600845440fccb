// `nginx -t` names every mistake with file and line, and never asks the
// database.
#include <gtest/gtest.h>

#include "support/nginx_server.h"

namespace trestle::testing {
namespace {

struct Mistake {
  const char* text;  // the http block, from line 1
  const char* says;  // a part of what nginx -t prints
};

class Diagnostics : public ::testing::Test {
 protected:
  Diagnostics() {
    server_.allow("[emerg]");
    server_.file("good.sql", "select 1 as one;");
    server_.file("typo.sql", "-- @get\n-- @one a\nselekt 1;\n");
    server_.file("two.sql", "select 1;\nselect 2;\n");
    server_.file("empty.sql", "-- nothing\n");
    server_.file("mark.sql", "-- @onne a\nselect 1;\n");
    server_.file("short.key", "short");
    server_.file("bad.jwks", "{\"keys\": 1}");
  }
  NginxServer server_;
};

constexpr const char* kDatabase =
    "trestle_database db { primary \"host=/nowhere dbname=x user=y\"; }\n";

TEST_F(Diagnostics, a_right_configuration_is_right_without_a_database) {
  const Finished result = server_.check(
      std::string(kDatabase) +
      "server { listen @port@; location / { trestle_query db good.sql; } }\n");
  EXPECT_EQ(result.exit_code, 0) << result.output;
}

TEST_F(Diagnostics, mistakes_in_locations_are_named) {
  // Line 1 is the database, the mistake stands on line 2.
  const Mistake mistakes[] = {
      {"location / { trestle_query nobody good.sql; }",
       "trestle_database \"nobody\""},
      {"location / { trestle_query db none.sql; }", "none.sql"},
      {"location / { trestle_query db; }", "number of arguments"},
      {"location / { trestle_query db good.sql colour=red; }", "colour=red"},
      {"location / { trestle_query db good.sql; trestle_query db good.sql; }",
       "\"trestle_query\" directive is duplicate"},
      {"location / { trestle_query db good.sql; trestle_status; }",
       "\"trestle_status\" conflicts with \"trestle_query\""},
      {"location / { proxy_pass http://127.0.0.1:9/; "
       "trestle_query db good.sql; }",
       "\"trestle_query\" conflicts with another handler"},
      {"trestle_query_timeout soon;", "invalid parameter \"soon\""},
      {"trestle_body_timeout 1s; trestle_body_timeout 2s;",
       "\"trestle_body_timeout\" directive is duplicate"},
      {"trestle_buffer_size 12;", "invalid parameter \"12\""},
      {"trestle_json_errors maybe;", "invalid parameter \"maybe\""},
      {"trestle_cors * credentials=on;", "credentials"},
      {"trestle_cors app.example;", "app.example"},
      {"trestle_auth nobody;", "trestle_database \"nobody\""},
      {"trestle_auth db rule=admin;", "rule=admin"},
      {"trestle_param a 1; trestle_param a 2;", "duplicate trestle_param"},
      {"trestle_nonsense on;", "unknown directive \"trestle_nonsense\""},
  };
  for (const Mistake& mistake : mistakes) {
    SCOPED_TRACE(mistake.text);
    const Finished result =
        server_.check(std::string(kDatabase) + "server { listen @port@; " +
                      mistake.text + " }\n");
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_NE(result.output.find(mistake.says), std::string::npos)
        << result.output;
    EXPECT_NE(result.output.find("test.conf:2"), std::string::npos)
        << result.output;
  }
}

TEST_F(Diagnostics, mistakes_in_the_database_block_are_named) {
  // Each on line 3, behind the block's first line and the primary.
  const Mistake mistakes[] = {
      {"pool_size none;", "invalid parameter \"none\""},
      {"pool_size 0;", "\"0\""},
      {"pool_sise 3;", "perhaps you meant \"pool_size\""},
      {"pool_size 3; pool_size 4;", "\"pool_size\" directive is duplicate"},
      {"pipeline 0;", "\"0\""},
      {"queue length=3;", "length=3"},
      {"query_timeout never;", "\"never\""},
      {"jwt_secret short;", "at least 32 are needed"},
      {"jwt_secret_file short.key;", "short.key"},
      {"jwt_secret_file none.key;", "none.key"},
      {"jwks_file bad.jwks;", "bad.jwks"},
      {"jwks_url http://login.example.com/keys;",
       "https://..., or http:// to this machine"},
      {"jwks_url https://login.example.com/keys refresh=x;",
       "refresh=time or retry=time"},
      {"replica \"host=a bogus=1\";", "bogus"},
      {"session_scrub sometimes;", "\"sometimes\""},
      {"role_claim \"..\";", "role"},
  };
  for (const Mistake& mistake : mistakes) {
    SCOPED_TRACE(mistake.text);
    const Finished result = server_.check(
        std::string(
            "trestle_database db {\n  primary \"host=/x dbname=x\";\n") +
        mistake.text + "\n}\nserver { listen @port@; }\n");
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_NE(result.output.find(mistake.says), std::string::npos)
        << result.output;
    EXPECT_NE(result.output.find("test.conf:3"), std::string::npos)
        << result.output;
  }
}

TEST_F(Diagnostics, mistakes_in_sql_files_have_their_own_line) {
  const std::pair<const char*, const char*> mistakes[] = {
      {"typo.sql", "typo.sql:3"},
      {"two.sql", "two.sql:1"},
      {"empty.sql", "empty.sql"},
      {"mark.sql", "mark.sql:1"},
  };
  for (const auto& [file, says] : mistakes) {
    SCOPED_TRACE(file);
    const Finished result = server_.check(
        std::string(kDatabase) + "server { listen @port@; location / {\n" +
        "trestle_query db " + file + "; } }\n");
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_NE(result.output.find(says), std::string::npos) << result.output;
    EXPECT_NE(result.output.find("test.conf:3"), std::string::npos)
        << result.output;
  }
}

TEST_F(Diagnostics, a_database_named_twice_or_without_a_primary) {
  Finished result =
      server_.check(std::string(kDatabase) + kDatabase + "server {}\n");
  EXPECT_NE(result.output.find("duplicate trestle_database \"db\""),
            std::string::npos)
      << result.output;
  EXPECT_NE(result.output.find("test.conf:2"), std::string::npos);
  result = server_.check("trestle_database db {\n  pool_size 2;\n}\n");
  EXPECT_NE(result.output.find("no \"primary\" in trestle_database \"db\""),
            std::string::npos)
      << result.output;
}

}  // namespace
}  // namespace trestle::testing
