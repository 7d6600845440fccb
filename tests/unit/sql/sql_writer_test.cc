#include "sql/sql_writer.h"

#include <gtest/gtest.h>

namespace trestle {
namespace {

TEST(SqlWriter, ValuesBecomeParametersAndIdentifiersAreQuoted) {
  SqlWriter sql;
  sql.raw("select ").ident("na\"me").raw(" from ").qualified("api", "t");
  sql.raw(" where id = ").param("7", 20).raw(" limit ").number(10);
  Statement statement = std::move(sql).finish();
  EXPECT_EQ(statement.sql->text,
            R"(select "na""me" from "api"."t" where id = $1 limit 10)");
  EXPECT_EQ(statement.params, std::vector<Param>{"7"});
  EXPECT_EQ(statement.sql->param_types, std::vector<Oid>{20});
}

TEST(Sql, NameDependsOnTextTypesAndScope) {
  SqlRef base = make_sql("select $1", {20});
  EXPECT_EQ(base->name, make_sql("select $1", {20})->name);
  EXPECT_NE(base->name, make_sql("select $2", {20})->name);
  EXPECT_NE(base->name, make_sql("select $1", {23})->name);
  EXPECT_NE(base->name, make_sql("select $1", {20}, "role")->name);
  EXPECT_EQ(base->name.size(), 23u);
}

}  // namespace
}  // namespace trestle
