// The encoder against the server's own to_json(), value by value.
#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <memory>
#include <string>
#include <vector>

#include "base/text.h"
#include "encode/json_cell.h"
#include "support/postgres_cluster.h"

namespace trestle::testing {
namespace {

struct CloseConnection {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using ResultPtr = std::unique_ptr<PGresult, ClearResult>;

class ToJson : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    cluster_ = std::make_unique<PostgresCluster>();
    connection_.reset(PQconnectdb(cluster_->conninfo().c_str()));
    ASSERT_EQ(PQstatus(connection_.get()), CONNECTION_OK);
  }
  static void TearDownTestSuite() {
    connection_.reset();
    cluster_.reset();
  }

  static ResultPtr run(const std::string& sql) {
    return ResultPtr(PQexec(connection_.get(), sql.c_str()));
  }

  static void expect_equal(const std::string& expression) {
    ResultPtr result = run(concat(
        {"select v, to_json(v) from (select ", expression, " as v) as t"}));
    ASSERT_EQ(PQresultStatus(result.get()), PGRES_TUPLES_OK)
        << expression << "\n"
        << PQerrorMessage(connection_.get());
    Oid type = PQftype(result.get(), 0);
    EXPECT_TRUE(encode::can_encode(type)) << expression;
    std::string out, scratch;
    Cell cell;
    if (PQgetisnull(result.get(), 0, 0) == 0)
      cell = Cell(PQgetvalue(result.get(), 0, 0),
                  static_cast<std::size_t>(PQgetlength(result.get(), 0, 0)));
    encode::append_json_cell(out, encode::column_type(type), cell, scratch);
    std::string expected = PQgetisnull(result.get(), 0, 1) == 0
                               ? PQgetvalue(result.get(), 0, 1)
                               : "null";
    EXPECT_EQ(out, expected) << expression;
  }

  static std::unique_ptr<PostgresCluster> cluster_;
  static std::unique_ptr<PGconn, CloseConnection> connection_;
};

std::unique_ptr<PostgresCluster> ToJson::cluster_;
std::unique_ptr<PGconn, CloseConnection> ToJson::connection_;

// Every one is also tried in arrays of one and two dimensions.
const char* const kScalars[] = {
    "true",
    "false",
    "null::bool",
    "0::int2",
    "(-32768)::int2",
    "2147483647",
    "(-9223372036854775808)::int8",
    "0.1::float4",
    "'NaN'::float4",
    "'-Infinity'::float4",
    "1e-40::float4",
    "0.1::float8",
    "1e300::float8",
    "-0.0::float8",
    "'Infinity'::float8",
    "123456789.123456789::float8",
    "0.10::numeric",
    "'NaN'::numeric",
    "'Infinity'::numeric",
    "'-Infinity'::numeric",
    "1e100::numeric",
    "-0.000000001::numeric",
    "''::text",
    "'NULL'::text",
    "'null'::text",
    "'a\"b\\c/d'::text",
    "E'\\b\\f\\n\\r\\t\\x01\\x1f\\x7f'::text",
    "'\u00fc\u20ac\U0001f600'::text",
    "'{a,b}'::text",
    "' a , b '::varchar",
    "'x'::char(5)",
    "'x'::\"char\"",
    "''::\"char\"",
    "'\\303'::\"char\"",
    "'n'::name",
    "'\\x00ff'::bytea",
    "''::bytea",
    "gen_random_uuid()",
    "'{ \"a\" : [1 , 2] }'::json",
    "'\"x\"'::json",
    "'null'::json",
    "'{\"b\":1,\"a\":\"\\u00fc\"}'::jsonb",
    "'1.0'::jsonb",
    "'<a b=\"c\">\u00fc</a>'::xml",
    "'2026-11-25'::date",
    "'infinity'::date",
    "'-infinity'::date",
    "'0044-03-15 BC'::date",
    "'12345-01-01'::date",
    "'2026-11-25 17:00'::timestamp",
    "'2026-11-25 17:00:00.123456'::timestamp",
    "'0044-03-15 01:02:03.5 BC'::timestamp",
    "'infinity'::timestamp",
    "'-infinity'::timestamp",
    "'294276-12-31 23:59:59'::timestamp",
    "'2026-11-25 17:00+00'::timestamptz",
    "'2026-06-25 17:00:00.1+05:30'::timestamptz",
    "'1880-01-01 00:00+00'::timestamptz",
    "'0044-03-15 01:02:03.5+00 BC'::timestamptz",
    "'infinity'::timestamptz",
    "'-infinity'::timestamptz",
    "'17:00:00.5'::time",
    "'24:00:00'::time",
    "'17:00:00.5+05:30'::timetz",
    "'17:00:00-08'::timetz",
    "'1 year 2 mons -3 days 04:05:06.7'::interval",
    "'0'::interval",
    "12.34::money",
    "B'0101'",
    "''::varbit",
    "B'1'::bit(3)",
    "4294967295::oid",
    "'7'::xid",
    "'7'::xid8",
    "'7'::cid",
    "'(1,2)'::tid",
    "'10.0.0.0/8'::cidr",
    "'10.0.0.1'::inet",
    "'::1/64'::inet",
    "'08:00:2b:01:02:03'::macaddr",
    "'08:00:2b:01:02:03:04:05'::macaddr8",
    "'(1.5,2)'::point",
    "'[(1,2),(3,4)]'::lseg",
    "'(1,2),(3,4)'::box",
    "'((1,2),(3,4))'::path",
    "'[(1,2),(3,4)]'::path",
    "'((1,2),(3,4))'::polygon",
    "'{1,2,3}'::line",
    "'<(1,2),3>'::circle",
    "'a:1 b''\"c'::tsvector",
    "'a & !b'::tsquery",
    "'[1,5)'::int4range",
    "'empty'::int8range",
    "'(,1.5]'::numrange",
    "'[2026-01-01,2026-02-01)'::daterange",
    "'[2026-01-01 00:00,)'::tsrange",
    "'[2026-01-01 00:00+00,2026-02-01 00:00+00]'::tstzrange",
    "'{[1,2],[5,6]}'::int4multirange",
    "'{[2026-01-01 00:00+00,2026-02-01 00:00+00]}'::tstzmultirange",
    "'{}'::nummultirange",
    "'$.a[*] ? (@ > 1)'::jsonpath",
    "'pg_class'::regclass",
    "'int4'::regtype",
    "'now'::regproc",
    "'now()'::regprocedure",
    "'pg_catalog'::regnamespace",
    "'postgres'::regrole",
    "'english'::regconfig",
    "'simple'::regdictionary",
    "'+(integer,integer)'::regoperator",
    "'0/16B3748'::pg_lsn",
    "'1:1:'::pg_snapshot",
    "'1:1:'::txid_snapshot",
    "'c'::refcursor",
    "'postgres=r/postgres'::aclitem",
    "'1 2 3'::int2vector",
    "'1 2 3'::oidvector",
    "''::int2vector",
};

TEST_F(ToJson, scalars_are_equal) {
  for (const char* expression : kScalars) expect_equal(expression);
}

TEST_F(ToJson, times_are_equal_in_all_zones) {
  for (const char* zone :
       {"UTC", "Asia/Kolkata", "America/St_Johns", "Africa/Monrovia",
        "Europe/Dublin", "America/Los_Angeles"}) {
    run(concat({"set timezone = '", zone, "'"}));
    for (const char* expression : kScalars)
      if (std::string_view(expression).find("time") != std::string_view::npos)
        expect_equal(expression);
  }
  run("reset timezone");
}

TEST_F(ToJson, arrays_are_equal) {
  for (const char* each : kScalars) {
    std::string_view scalar = each;
    expect_equal(concat({"array[", scalar, "]"}));
    expect_equal(concat({"array[", scalar, ",null,", scalar, "]"}));
    expect_equal(
        concat({"array[[", scalar, ",null],[", scalar, ",", scalar, "]]"}));
  }
}

TEST_F(ToJson, bounds_and_empty_arrays_are_equal) {
  for (const char* expression :
       {"'{}'::int[]", "'[5:6]={1,2}'::int[]",
        "'[0:1][-1:0]={{1,2},{3,4}}'::int[]", "'{}'::text[]",
        "'{\"\",\" \",NULL,\"NULL\",\"a\\\\b\"}'::text[]",
        "array['{}'::text, '{\"a\"}', 'a,b', 'a;b']",
        "array[[[1,2],[3,4]],[[5,6],[7,8]]]"})
    expect_equal(expression);
}

TEST_F(ToJson, every_built_in_type_is_known_or_a_composite) {
  ResultPtr result =
      run("select oid, typname from pg_type where oid < 10000 and (typtype in "
          "('b', 'r', 'm')) and typelem not in (select oid from pg_type where "
          "typtype in ('c', 'p')) and typname not in ('pg_ndistinct', "
          "'pg_dependencies', 'pg_mcv_list', 'pg_brin_bloom_summary', "
          "'pg_brin_minmax_multi_summary')");
  ASSERT_GT(PQntuples(result.get()), 100);
  for (int i = 0; i < PQntuples(result.get()); i++)
    EXPECT_TRUE(encode::can_encode(
        static_cast<Oid>(std::stoul(PQgetvalue(result.get(), i, 0)))))
        << PQgetvalue(result.get(), i, 1);
}

TEST_F(ToJson, user_types_and_composites_are_left_to_the_server) {
  run("create type mood as enum ('ok'); create type pair as (a int, b text);"
      "create domain positive as int check (value > 0)");
  for (const char* expression :
       {"'ok'::mood", "array['ok'::mood]", "row(1,2)", "row(1,'x')::pair",
        "array[row(1,'x')::pair]", "array[row(1,2)]", "array[1::positive]"}) {
    ResultPtr result = run(concat({"select ", expression}));
    EXPECT_FALSE(encode::can_encode(PQftype(result.get(), 0))) << expression;
  }
  expect_equal("1::positive");  // comes as its base type
}

}  // namespace
}  // namespace trestle::testing
