// Rows inserted together with rows that refer to them, in one request.
#include <gtest/gtest.h>

#include "support/server_test.h"

namespace trestle::testing {
namespace {

class RestNestedInsert : public ServerTest {
 protected:
  void SetUp() override {
    sql("create schema api; grant usage on schema api to web_anon;"
        "create table api.orders (id int generated always as identity primary"
        " key, note text);"
        "create table api.items (order_id int not null references api.orders,"
        " line int not null, price numeric not null check (price > 0),"
        " primary key (order_id, line));"
        "create table api.tags (id int generated always as identity,"
        " order_id int, line int, tag text not null,"
        " foreign key (order_id, line) references api.items);"
        // Who inserts an item must see its order.
        "alter table api.items enable row level security;"
        "create policy shown on api.items for select using (true);"
        "create policy own on api.items for insert with check (exists"
        " (select from api.orders o where o.id = order_id));"
        "grant all on api.orders, api.items, api.tags to web_anon");
    start(
        "trestle_database db {\n  primary \"@postgres@\";\n"
        "  anonymous_role web_anon;\n}\n"
        "server {\n  listen @port@;\n"
        "  location /api/ { trestle_rest db schema=api; }\n}\n");
  }

  Response post(const std::string& target, const std::string& body,
                Headers headers = {}) {
    headers.emplace_back("Content-Type", "application/json");
    HttpClient client(nginx().address());
    return client.request("POST", "/api/" + target, headers, body);
  }
};

TEST_F(RestNestedInsert, a_tree_of_rows_is_inserted_and_shown) {
  const Response made = post(
      "orders?select=note,items(line,price,tags(tag))&order=note"
      "&items.order=line",
      R"([{"note":"a","items":[{"line":1,"price":5,"tags":[{"tag":"x"},)"
      R"({"tag":"y"}]},{"line":2,"price":7,"tags":[]}]},)"
      R"({"note":"b","items":null},)"
      R"({"note":"c","items":[{"line":1,"price":9,"tags":{"tag":"z"}}]}])",
      {{"Prefer", "return=representation"}});
  EXPECT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(
      made.body,
      R"([{"note":"a","items":[{"line": 1, "tags": [{"tag": "x"}, )"
      R"({"tag": "y"}], "price": 5}, {"line": 2, "tags": [], "price": 7}]}, )"
      "\n "
      R"({"note":"b","items":[]}, )"
      "\n "
      R"({"note":"c","items":[{"line": 1, "tags": [{"tag": "z"}], "price": 9}]}])");
}

TEST_F(RestNestedInsert, the_row_is_named_and_nothing_shown) {
  const Response made =
      post("orders", R"({"items":[{"line":1,"price":5}],"note":"n"})",
           {{"Prefer", "return=headers-only"}});
  EXPECT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.header("Location"), "/api/orders?id=eq.1");
  EXPECT_EQ(post("orders", R"({"items":[{"line":1,"price":6}]})").status, 201);
  EXPECT_EQ(sql("select string_agg(order_id || ':' || price, ',' order by"
                " order_id) from api.items"),
            "1:5,2:6");
}

TEST_F(RestNestedInsert, an_error_below_undoes_all) {
  EXPECT_EQ(post("orders", R"({"note":"a","items":[{"line":1,"price":5},)"
                           R"({"line":2,"price":-1}]})")
                .status,
            400);
  EXPECT_EQ(post("orders", R"({"note":"a","items":[{"line":1,"price":5},)"
                           R"({"line":1,"price":6}]})")
                .status,
            409);
  EXPECT_EQ(sql("select count(*) from api.orders"), "0");
}

TEST_F(RestNestedInsert, many_rows_keep_their_children) {
  std::string body = "[";
  for (int i = 0; i < 500; ++i) {
    if (i > 0) body += ",";
    body += R"({"note":")" + std::to_string(i) +
            R"(","items":[{"line":1,"price":)" + std::to_string(i + 1) +
            R"(},{"line":2,"price":)" + std::to_string(i + 1) + "}]}";
  }
  EXPECT_EQ(post("orders", body + "]").status, 201);
  EXPECT_EQ(sql("select count(*) from api.items i join api.orders o on"
                " o.id = i.order_id where i.price = o.note::int + 1"),
            "1000");
}

TEST_F(RestNestedInsert, a_parent_that_a_trigger_leaves_out_is_an_error) {
  sql("create function api.skip() returns trigger language plpgsql as"
      " $$ begin return case when new.note = 'skip' then null else new end;"
      " end $$;"
      "create trigger skip before insert on api.orders for each row execute"
      " function api.skip()");
  const Response refused =
      post("orders", R"([{"note":"skip","items":[{"line":1,"price":5}]},)"
                     R"({"note":"b","items":[{"line":1,"price":6}]}])");
  EXPECT_EQ(refused.status, 409) << refused.body;
  EXPECT_NE(refused.body.find("TRS251"), std::string::npos) << refused.body;
  EXPECT_EQ(sql("select count(*) from api.orders"), "0");
}

}  // namespace
}  // namespace trestle::testing
