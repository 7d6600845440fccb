// What may be followed of a table, asked for in REST's language.
#include "rest/row_query.h"

#include <gtest/gtest.h>

#include "unit/rest/shop_catalog.h"

namespace trestle::testing {
namespace {

constexpr const char* kCatalog = R"(
  table orders
    id integer pk default
    customer_id integer
    total numeric
    tags text[]
    data jsonb
  table bare
    id integer
  table lines
    order_id integer pk
    name text pk
  view open_orders
    id integer pk
)";

Result<std::shared_ptr<const RowQuery>> plan(const RowRequest& request) {
  rest::RestConfig config;
  config.schemas = {"api"};
  static const catalog::CatalogRef catalog = CatalogText(kCatalog).make();
  return rest::RestRowPlanner(config).plan_rows(catalog, request, "web_anon");
}

std::string text_of(const Statement& statement) {
  std::string text = statement.sql->text;
  for (const auto& param : statement.params)
    text += " | " + param.value_or("(null)");
  return text;
}

TEST(RestRowPlanner, writes_reads_whose_last_columns_are_the_key) {
  auto query = plan({.table = "orders",
                     .filter = "customer_id=eq.7&total=gt.5",
                     .select = "id,total"});
  ASSERT_TRUE(query.ok()) << query.error().message;
  EXPECT_EQ(text_of((*query)->all(11)),
            R"(select "orders"."id", "orders"."total", )"
            R"(cast("orders"."id" as "text") as "trestle_key_1" )"
            R"(from "api"."orders" where "orders"."customer_id" = $1 )"
            R"(and "orders"."total" > $2 limit 11 | 7 | 5)");
  const RowKey keys[] = {{"1"}, {"2"}};
  EXPECT_NE(text_of((*query)->of_keys(keys)).find("\"id\" = any"),
            std::string::npos)
      << text_of((*query)->of_keys(keys));
}

TEST(RestRowPlanner, a_key_of_several_columns_is_asked_for_by_all) {
  auto query = plan({.table = "lines", .filter = "", .select = ""});
  ASSERT_TRUE(query.ok()) << query.error().message;
  EXPECT_EQ((*query)->key().size(), 2u);
  const RowKey keys[] = {{"1", "a"}, {"2", "b"}};
  const std::string text = text_of((*query)->of_keys(keys));
  EXPECT_NE(text.find(" or "), std::string::npos) << text;
}

TEST(RestRowPlanner, knows_what_the_log_alone_can_decide) {
  const struct {
    const char* filter;
    std::size_t equalities;
    bool only;
  } kCases[] = {
      {"", 0, true},
      {"customer_id=eq.7", 1, true},
      {"customer_id=eq.7&id=eq.1", 2, true},
      {"customer_id=eq.7&total=gt.5", 1, false},
      {"total=eq.5", 0, false},  // 5 and 5.0 are equal
      {"customer_id=not.eq.7", 0, false},
      {"or=(id.eq.1,id.eq.2)", 0, false},
  };
  for (const auto& c : kCases) {
    auto query = plan({.table = "orders", .filter = c.filter, .select = ""});
    ASSERT_TRUE(query.ok()) << c.filter;
    EXPECT_EQ((*query)->equalities().size(), c.equalities) << c.filter;
    EXPECT_EQ((*query)->has_only_equalities(), c.only) << c.filter;
  }
}

TEST(RestRowPlanner, knows_which_columns_are_the_tables_own) {
  const std::pair<const char*, const char*> kCases[] = {
      {"", "id customer_id total tags data"},
      {"id,total", "id total"},
      {"sum:total", "total"},
      {"id,total::text", ""},
      {"id,data->a", ""},
  };
  for (const auto& [select, shown] : kCases) {
    auto query = plan({.table = "orders", .filter = "", .select = select});
    ASSERT_TRUE(query.ok()) << select;
    std::string text;
    for (const std::string& name : (*query)->shown())
      text += (text.empty() ? "" : " ") + name;
    EXPECT_EQ(text, shown) << select;
  }
}

TEST(RestRowPlanner, says_what_cannot_be_followed) {
  const struct {
    RowRequest request;
    const char* code;
  } kCases[] = {
      {{.table = "nothing", .filter = "", .select = ""}, "PGRST205"},
      {{.table = "bare", .filter = "", .select = ""}, "TRS630"},
      {{.table = "open_orders", .filter = "", .select = ""}, "TRS630"},
      {{.table = "orders", .filter = "order=id", .select = ""}, "TRS630"},
      {{.table = "orders", .filter = "limit=1", .select = ""}, "TRS630"},
      {{.table = "orders", .filter = "id=nonsense", .select = ""}, "PGRST100"},
      {{.table = "orders", .filter = "", .select = "id.sum()"}, "TRS630"},
  };
  for (const auto& c : kCases) {
    auto query = plan(c.request);
    ASSERT_FALSE(query.ok()) << c.request.table << c.request.filter;
    EXPECT_EQ(query.error().code, c.code) << c.request.filter;
  }
}

}  // namespace
}  // namespace trestle::testing
