// `nginx -t` finds every static mistake, with file and line, in nginx's words,
// and asks no database.
#include <gtest/gtest.h>

#include "support/nginx_server.h"

namespace trestle::testing {
namespace {

// The http block's text and what nginx says of it. Line 1 is empty.
struct Mistake {
  const char* name;
  const char* text;
  const char* message;
};

class Directives : public ::testing::TestWithParam<Mistake> {};

constexpr const char* kShop =
    "trestle_database shop { primary \"host=/nowhere dbname=shop\"; }\n";

std::string with_shop(std::string_view text) {
  std::string whole = kShop;
  whole.append(text);
  return whole;
}

void write_files(NginxServer& server) {
  server.file("sql/one.sql", "select 1 as one");
  server.file("sql/bad.sql", "select :x::int as\nfrom \"item");
  server.file("sql/var.sql",
              "-- @one\nselect :var.remote_addr as a,\n"
              ":var.remote_adr as b");
  server.file("empty.key", "");
  server.file("short.key", "tooshort");
}

TEST_P(Directives, names_the_mistake_and_its_line) {
  NginxServer server;
  write_files(server);
  const Finished result = server.check(GetParam().text);
  EXPECT_EQ(result.exit_code, 1) << result.output;
  EXPECT_NE(result.output.find(GetParam().message), std::string::npos)
      << result.output;
  server.allow("[emerg]");
}

#define DATABASE "trestle_database shop { primary \"dbname=shop\"; "
#define SERVER "}\nserver { listen @port@; location / { "

INSTANTIATE_TEST_SUITE_P(
    Database, Directives,
    ::testing::Values(
        Mistake{"no_primary", "trestle_database shop {\n}\n",
                "no \"primary\" in trestle_database \"shop\" in test.conf:2"},
        Mistake{"unknown_key", DATABASE "pol_size 3; }",
                "unknown directive \"pol_size\" in \"trestle_database\", "
                "perhaps you meant \"pool_size\" in test.conf:1"},
        Mistake{"duplicate_key", DATABASE "\npool_size 3; pool_size 4; }",
                "\"pool_size\" directive is duplicate in test.conf:2"},
        Mistake{"bad_number", DATABASE "\n\npool_size many; }",
                "invalid parameter \"many\", expected a number of at least 1 "
                "in test.conf:3"},
        Mistake{"zero_pool", DATABASE "pool_size 0; }",
                "invalid parameter \"0\""},
        Mistake{"no_streaming", DATABASE "max_streaming 0; }",
                "invalid parameter \"0\", expected a number of at least 1"},
        Mistake{"bad_time", DATABASE "query_timeout soon; }",
                "invalid parameter \"soon\", expected a time"},
        Mistake{"bad_queue", DATABASE "queue length=3; }",
                "invalid parameter \"length=3\", expected size=<number>, "
                "timeout=<time> or standing=<time>"},
        Mistake{"min_idle_above_size", DATABASE "pool_size 2 min_idle=3; }",
                "\"min_idle\" is more than \"pool_size\""},
        Mistake{"too_many_words", DATABASE "pipeline 3 4; }",
                "invalid number of arguments in \"pipeline\" directive"},
        Mistake{"bad_conninfo",
                "trestle_database shop { primary \"hots=/x dbname=y\"; }",
                "hots"},
        Mistake{"duplicate_database",
                DATABASE "}\ntrestle_database shop { primary dbname=x; }",
                "duplicate trestle_database \"shop\" in test.conf:2"},
        Mistake{"short_secret", DATABASE "jwt_secret tooshort; }",
                "in test.conf:1"},
        Mistake{"missing_key_file", DATABASE "jwt_secret_file no.key; }",
                "no.key\" failed (2: No such file or directory) in "
                "test.conf:1"},
        Mistake{"empty_password_file", DATABASE "password_file empty.key; }",
                "no password in \"empty.key\""},
        Mistake{"bad_role_claim", DATABASE "role_claim role; }",
                "in test.conf:1"},
        Mistake{"bad_scrub", DATABASE "session_scrub maybe; }",
                "invalid parameter \"maybe\", expected auto, on or off"},
        Mistake{"bad_cookie_name", DATABASE "session_cookie \"a b\"; }",
                "invalid parameter \"a b\", expected a cookie's name"},
        Mistake{"bad_weight", DATABASE "replica dbname=shop weight=-1; }",
                "invalid parameter \"weight=-1\", expected weight=0 to "
                "weight=1000"},
        Mistake{"bad_server_lists",
                "trestle_database shop { primary \"host=a,b port=1,2,3\"; }",
                "\"port\" names 3 servers, \"host\" 2"},
        Mistake{"bad_read_your_writes", DATABASE "read_your_writes maybe; }",
                "invalid parameter \"maybe\", expected on or off"},
        Mistake{"unknown_host",
                "trestle_database shop { primary \"host=no.invalid\"; }",
                "host not found in \"no.invalid\""}),
    [](const auto& mistake) { return mistake.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Location, Directives,
    ::testing::Values(
        Mistake{"unknown_variable",
                DATABASE SERVER "\ntrestle_query shop sql/var.sql; } }",
                "sql/var.sql:3: unknown \"remote_adr\" variable in "
                "test.conf:3"},
        Mistake{"bad_trusted_proxy", "trestle_trusted_proxy 10.0.0.300;",
                "invalid parameter \"10.0.0.300\", expected an address, a "
                "network as 10.0.0.0/8, or unix:"},
        Mistake{"unknown_database",
                DATABASE SERVER "trestle_query shp sql/one.sql; } }",
                "unknown trestle_database \"shp\", perhaps you meant \"shop\" "
                "in test.conf:2"},
        Mistake{"missing_sql_file",
                DATABASE SERVER "trestle_query shop sql/none.sql; } }",
                "sql/none.sql\" failed (2: No such file or directory) in "
                "test.conf:2"},
        Mistake{"bad_sql_file",
                DATABASE SERVER "trestle_query shop sql/bad.sql; } }",
                "sql/bad.sql:2"},
        Mistake{"bad_option",
                DATABASE SERVER "trestle_query shop sql/one.sql foo=1; } }",
                "invalid parameter \"foo=1\" in test.conf:2"},
        Mistake{"no_file", DATABASE SERVER "\ntrestle_query shop; } }",
                "invalid number of arguments in \"trestle_query\" directive"},
        Mistake{"twice",
                DATABASE SERVER "trestle_query shop sql/one.sql;\n"
                                "trestle_query shop sql/one.sql; } }",
                "\"trestle_query\" directive is duplicate in test.conf:3"},
        Mistake{"status_and_query",
                DATABASE SERVER
                "trestle_status; trestle_query shop sql/one.sql; } }",
                "\"trestle_query\" conflicts with \"trestle_status\""},
        Mistake{"query_and_proxy",
                DATABASE SERVER
                "proxy_pass http://127.0.0.1; trestle_query shop a.sql; } }",
                "conflicts with another handler"},
        Mistake{"query_in_server",
                DATABASE "}\nserver { trestle_query shop sql/one.sql; }",
                "\"trestle_query\" directive is not allowed here"},
        Mistake{"query_in_if",
                DATABASE SERVER
                "if ($arg_x) { trestle_query shop sql/one.sql; } } }",
                "\"trestle_query\" directive is not allowed here"},
        Mistake{"auth_unknown_database",
                DATABASE SERVER "\ntrestle_auth shp; } }",
                "unknown trestle_database \"shp\", perhaps you meant \"shop\" "
                "in test.conf:3"},
        Mistake{"auth_bad_word", DATABASE SERVER "trestle_auth shop x=1; } }",
                "invalid parameter \"x=1\", expected role="},
        Mistake{"cors_no_origin", DATABASE SERVER "trestle_cors max_age=3; } }",
                "no origin in \"trestle_cors\""},
        Mistake{"cors_any_with_credentials",
                DATABASE SERVER "trestle_cors * credentials=on; } }",
                "cannot allow credentials to any origin"},
        Mistake{"cors_bad_origin",
                DATABASE SERVER "trestle_cors app.example; } }",
                "invalid parameter \"app.example\""},
        Mistake{"param_twice",
                DATABASE SERVER "trestle_param a 1; trestle_param a 2; } }",
                "duplicate trestle_param \"a\""},
        Mistake{"param_unknown_variable",
                DATABASE SERVER "trestle_param a $nonesuch; } }",
                "unknown \"nonesuch\" variable"},
        Mistake{"bad_buffer_size",
                DATABASE SERVER "trestle_buffer_size 10; } }",
                "invalid parameter \"10\""},
        Mistake{"buffer_size_twice",
                DATABASE SERVER
                "trestle_buffer_size 8k; trestle_buffer_size 8k; } }",
                "\"trestle_buffer_size\" directive is duplicate"},
        Mistake{"bad_flag", DATABASE SERVER "trestle_json_errors yes; } }",
                "invalid parameter \"yes\""},
        Mistake{"bad_trusted_origin",
                DATABASE "}\ntrestle_trusted_origin example.com;",
                "in test.conf:2"}),
    [](const auto& mistake) { return mistake.param.name; });

TEST(DirectivesCheck, a_good_configuration_connects_to_nothing) {
  NginxServer server;
  write_files(server);
  const Finished result = server.check(with_shop(R"(
trestle_trusted_origin https://app.example;
trestle_trusted_proxy 10.0.0.0/8 ::1 unix:;
trestle_cors https://app.example credentials=on;
trestle_json_errors on;
trestle_param tenant $http_x_tenant;
server {
  listen @port@;
  trestle_auth shop optional;
  location /a/ { trestle_query shop sql/one.sql methods=get,POST; }
  location ~ ^/b/(?<id>\d+)$ {
    trestle_query shop sql/one.sql;
    trestle_buffer_size 32k;
    trestle_body_timeout 5s;
    trestle_query_timeout 2s;
    trestle_max_result 10m;
    trestle_temp_path spill 1 2;
    trestle_max_temp_file_size 0;
    trestle_auth off;
    trestle_cors off;
  }
  location /status { trestle_status; }
})"));
  EXPECT_EQ(result.exit_code, 0) << result.output;
}

TEST(DirectivesCheck, too_few_worker_connections_are_a_mistake) {
  NginxServer server({.connections = 20});
  const Finished result = server.check(
      "trestle_database shop { primary dbname=shop; pool_size 16; }");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_NE(result.output.find("20 worker_connections are too few"),
            std::string::npos)
      << result.output;
  server.allow("[emerg]");
}

}  // namespace
}  // namespace trestle::testing
