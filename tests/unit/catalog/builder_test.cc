#include "catalog/builder.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "catalog/loader.h"

namespace trestle::catalog {
namespace {

// Feeds rows as PostgreSQL prints them: cells of a row between '|', "~" NULL.
class Rows {
 public:
  Rows& add(Query query, std::string_view line) {
    std::vector<Cell> cells;
    for (std::string_view cell : split(line, '|'))
      cells.push_back(cell == "~" ? Cell() : cell);
    builder_.add(query, cells);
    return *this;
  }
  bool link_some() { return builder_.link_some(); }
  CatalogRef finish() { return std::move(builder_).finish(); }

 private:
  CatalogBuilder builder_;
};

void add_shop(Rows& rows) {
  rows.add(Query::relations, "100|101|api|orders|r|f|28|t|~")
      .add(Query::relations, "200|201|api|products|r|f|28|f|Things")
      .add(Query::relations, "300|301|api|items|r|f|28|f|~")
      .add(Query::relations, "400|401|api|recent|v|f|28|f|~")
      .add(Query::relations, "500|501|api|latest|v|f|0|f|~");
  for (const char* column :
       {"100|1|id|23|integer|integer|t|d||~|~|~",
        "200|1|id|23|integer|integer|t||||~|~",
        "200|3|name|1043|character varying(20)|character varying|f|||~|20|~",
        "300|1|order_id|23|integer|integer|t|||~|~|~",
        "300|2|product_id|23|integer|integer|t|||~|~|~",
        "400|1|key|23|integer|integer|f|||~|~|~",
        "500|1|newest|23|integer|integer|f|||~|~|~"})
    rows.add(Query::columns, column);
  rows.add(Query::keys, "100|orders_pkey|t|[1]")
      .add(Query::keys, "200|products_pkey|t|[1]")
      .add(Query::keys, "300|items_pkey|t|[1,2]")
      .add(Query::foreign_keys, "items_order|300|100|[1]|[1]")
      .add(Query::foreign_keys, "items_product|300|200|[2]|[1]")
      .add(Query::views,
           "400|({QUERY :targetList ({TARGETENTRY :expr {VAR :varno 3} :resno "
           "1 :resname key :resorigtbl 100 :resorigcol 1 :resjunk false}) "
           ":override 0})")
      .add(Query::views,
           "500|({QUERY :targetList ({TARGETENTRY :expr {VAR} :resno 1 "
           ":resname newest :resorigtbl 400 :resorigcol 1 :resjunk false}) "
           ":rtable ({X :resno 9})})");
}

TEST(Catalog, LooksUpRelationsAndColumns) {
  Rows rows;
  add_shop(rows);
  CatalogRef catalog = rows.finish();
  const Relation* products = catalog->relation("api", "products");
  ASSERT_NE(products, nullptr);
  EXPECT_EQ(products->comment, "Things");
  EXPECT_EQ(products->find_column("name")->max_length, 20);
  EXPECT_EQ(products->find_column("nam"), nullptr);
  EXPECT_TRUE(products->in_primary_key("id"));
  EXPECT_EQ(catalog->relation("api", "nope"), nullptr);
  EXPECT_TRUE(catalog->relation("api", "orders")->row_security);
  EXPECT_EQ(catalog->relation_of_type(201), products);
}

TEST(Catalog, JoinsThroughAJunctionManyToMany) {
  Rows rows;
  add_shop(rows);
  CatalogRef catalog = rows.finish();
  const Relation* products = catalog->relation("api", "products");
  std::vector<std::string> seen;
  for (const Relationship* r : catalog->relationships(*products))
    seen.push_back(r->to->name + (r->to_one ? " one" : " many"));
  // Through items also to the views over orders.
  EXPECT_EQ(seen, (std::vector<std::string>{"orders many", "recent many",
                                            "latest many", "items many"}));
}

TEST(Catalog, ViewsHaveTheKeysTheyShowThroughOtherViews) {
  Rows rows;
  add_shop(rows);
  CatalogRef catalog = rows.finish();
  const Relation* latest = catalog->relation("api", "latest");
  EXPECT_TRUE(latest->in_primary_key("newest"));
  bool found = false;
  for (const Relationship* r : catalog->relationships(*latest))
    found = found || (r->to->name == "items" && !r->to_one &&
                      r->columns == ColumnPairs{{"newest", "order_id"}});
  EXPECT_TRUE(found);
}

TEST(Catalog, AViewOfItselfEnds) {
  Rows rows;
  rows.add(Query::relations, "400|401|api|self|v|f|0|f|~")
      .add(Query::columns, "400|1|id|23|integer|integer|f|||~|~|~")
      .add(Query::views,
           "400|({QUERY :targetList ({TARGETENTRY :resno 1 :resorigtbl 400 "
           ":resorigcol 1 :resjunk false})})");
  EXPECT_TRUE(rows.finish()->relation("api", "self")->primary_key.empty());
}

TEST(Catalog, FunctionsKnowParametersDefaultsAndSettings) {
  Rows rows;
  rows.add(Query::types, "23|pg_catalog|int4|integer|b|N|0|0|0|~")
      .add(Query::functions,
           "9|api|f|~|23|f|0|v|1|[\"a\",\"b\",\"c\"]|[\"i\",\"i\",\"o\"]|"
           "[\"23\",\"23\",\"23\"]|[\"Statement_Timeout=1s\"]");
  CatalogRef catalog = rows.finish();
  ASSERT_EQ(catalog->functions("api", "f").size(), 1u);
  const Function& f = *catalog->functions("api", "f")[0];
  ASSERT_EQ(f.parameters.size(), 2u);
  EXPECT_FALSE(f.parameters[0].has_default);
  EXPECT_TRUE(f.parameters[1].has_default);
  EXPECT_EQ(f.parameters[1].type_text, "integer");
  EXPECT_EQ(f.out_columns.size(), 1u);
  EXPECT_EQ(f.settings[0].first, "statement_timeout");
}

TEST(ViewTree, IgnoresJunkSubqueriesAndBrokenText) {
  EXPECT_TRUE(parse_view_tree("").empty());
  EXPECT_TRUE(parse_view_tree("({QUERY :targetList ({TARGETENTRY").empty());
  EXPECT_TRUE(parse_view_tree("({QUERY :targetList ({TARGETENTRY :resno 1 "
                              ":resorigtbl 4 :resorigcol 1 :resjunk true})})")
                  .empty());
  EXPECT_TRUE(
      parse_view_tree("({QUERY :rtable ({RTE :subquery {QUERY :targetList "
                      "({TARGETENTRY :resno 1 :resorigtbl 4 :resorigcol 1 "
                      ":resjunk false})}}) :targetList <>})")
          .empty());
}

TEST(LoadPlan, RunsEveryQueryReadOnly) {
  Plan plan = load_plan();
  ASSERT_EQ(plan.statements.size(), kQueryCount);
  for (const Statement& statement : plan.statements)
    EXPECT_NE(statement.sql->text.find("select"), std::string::npos);
}

// Each step does a few items, however many there are.
TEST(Catalog, IsLinkedInManySteps) {
  constexpr int kTables = 1'000;
  Rows rows;
  for (int i = 1; i <= kTables; ++i) {
    const std::string oid = std::to_string(10 * i);
    const std::string name = "t" + std::to_string(i);
    rows.add(Query::relations,
             concat({oid, "|", oid, "1|api|", name, "|r|f|28|f|~"}))
        .add(Query::columns, concat({oid, "|1|id|23|integer|integer|t||||~|~"}))
        .add(Query::keys, concat({oid, "|", name, "_pkey|t|[1]"}))
        .add(Query::foreign_keys, concat({name, "_fkey|", oid, "|10|[1]|[1]"}));
  }
  int steps = 1;
  while (rows.link_some()) ++steps;
  EXPECT_GE(steps, kTables / 10);
  CatalogRef catalog = rows.finish();
  const Relation* last = catalog->relation("api", "t1000");
  ASSERT_NE(last, nullptr);
  EXPECT_EQ(catalog->relationships(*last).size(), 1u);
  // Its own foreign key is seen from both ends.
  EXPECT_EQ(catalog->relationships(*catalog->relation("api", "t1")).size(),
            kTables + 1u);
}

}  // namespace
}  // namespace trestle::catalog
