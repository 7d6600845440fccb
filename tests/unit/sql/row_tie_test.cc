#include "sql/row_tie.h"

#include <gtest/gtest.h>

namespace trestle {
namespace {

using Sources = std::vector<RowSource>;

std::string tied(const std::string& text, const Sources& sources) {
  const SqlRef made = tie_rows(*make_sql(text), sources);
  return made == nullptr ? "" : made->text;
}

TEST(RowTie, names_the_relations_in_front) {
  const std::string one =
      R"("trestle_types" as (select '17'::pg_catalog.regclass))";
  const struct {
    const char* text;
    std::string expected;
  } cases[] = {
      {"select * from f()", "with " + one + " select * from f()"},
      {"(select 1) union (select 2)",
       "with " + one + " (select 1) union (select 2)"},
      {"-- all\nSELECT 1", "-- all\nwith " + one + " SELECT 1"},
      {"with a as (select 1) select 2",
       "with " + one + ", a as (select 1) select 2"},
      {"WITH /* */ RECURSIVE a as (select 1) select 2",
       "WITH /* */ RECURSIVE " + one + ", a as (select 1) select 2"},
      {"with a as (select 1) insert into t select 2",
       "with " + one + ", a as (select 1) insert into t select 2"},
      {"insert into t select * from f()",
       "insert into t with " + one + " select * from f()"},
      {"INSERT INTO t (a, b) with a as (select 1) SELECT 2 returning a",
       "INSERT INTO t (a, b) with " + one +
           ", a as (select 1) SELECT 2 returning a"},
      {"insert into t values ((select f()))", ""},
      {"insert into t (select * from f())", ""},
      {"insert into t default values", ""},
      {"explain select 1", ""},
      {"", ""},
  };
  for (const auto& [text, expected] : cases)
    EXPECT_EQ(tied(text, {{.oid = 17}}), expected) << text;
  EXPECT_EQ(tied("select 1", {{.oid = 17}, {.oid = 18}}),
            R"(with "trestle_types" as (select '17'::pg_catalog.regclass, )"
            R"('18'::pg_catalog.regclass) select 1)");
  EXPECT_EQ(tied("select 1", {{17, "my", "item"}, {18}, {19, "api", "a\"b"}}),
            R"(with "trestle_types" as (select '18'::pg_catalog.regclass )"
            R"(from "my"."item", "api"."a""b") select 1)");
}

TEST(RowTie, leaves_alone_what_needs_none) {
  EXPECT_EQ(tied("select 1", {}), "");
  Sql unprepared = *make_sql("select 1");
  unprepared.name.clear();
  EXPECT_EQ(tie_rows(unprepared, Sources{{.oid = 17}}), nullptr);
}

TEST(RowTie, is_another_statement_with_the_same_parameters) {
  const SqlRef from = make_sql("select * from f($1)", {23}, "scope");
  const SqlRef made = tie_rows(*from, Sources{{.oid = 17}});
  ASSERT_NE(made, nullptr);
  EXPECT_NE(made->name, from->name);
  EXPECT_NE(made->name, tie_rows(*make_sql("select * from f($1)", {23}),
                                 Sources{{.oid = 17}})
                            ->name);
  EXPECT_EQ(made->param_types, from->param_types);
  EXPECT_TRUE(made->columns_vary);
  EXPECT_FALSE(tie_rows(*from, Sources{{17, "api", "item"}})->columns_vary);
  EXPECT_EQ(tie_rows(*made, Sources{{.oid = 17}}), nullptr);
}

}  // namespace
}  // namespace trestle
