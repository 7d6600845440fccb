// Rows of several levels, as a flat statement answers them, become one value.
#include "graphql/row_tree.h"

#include <gtest/gtest.h>

#include <memory>

namespace trestle::graphql {
namespace {

constexpr Oid kInt8 = 20, kInt4 = 23, kText = 25, kBool = 16;

// {"id", "orders": [{"at", "lines": [{"n"}]}], "by": {"name"}}
std::shared_ptr<const RowShape> shape(bool list) {
  RowShape shape;
  shape.list = list;
  shape.objects = {{.members = {{.key = "\"id\":", .cell = 2},
                                {.key = "\"orders\":", .level = 1},
                                {.key = "\"type\":\"customer\""},
                                {.key = "\"by\":", .object = 1}}},
                   {.members = {{.key = "\"name\":", .cell = 4}}, .mark = 3},
                   {.members = {{.key = "\"at\":", .cell = 4},
                                {.key = "\"lines\":", .level = 2}}},
                   {.members = {{.key = "\"n\":", .cell = 2}}}};
  shape.levels = {{.object = 0, .lists = {1}},
                  {.object = 2, .lists = {2}, .up = 1},
                  {.object = 3, .up = 1}};
  return std::make_shared<const RowShape>(std::move(shape));
}

class RowTreeTest : public ::testing::Test {
 protected:
  RowTreeTest() { start(true); }

  void start(bool list) {
    tree_ = std::make_unique<RowTree>(shape(list));
    const ResultColumn columns[] = {
        {"", kInt4}, {"", kInt8}, {"", kInt4}, {"", kBool}, {"", kText}};
    tree_->on_columns(columns);
  }
  void root(Cell id, Cell name) {
    row({"0", {}, id, is_null(name) ? Cell("f") : Cell("t"), name});
  }
  void order(Cell customer, Cell at) { row({"1", customer, {}, {}, at}); }
  void line(Cell order, Cell n) { row({"2", order, n, {}, {}}); }
  void row(const std::vector<Cell>& cells) { tree_->on_row(cells); }
  std::string text() {
    std::string out;
    tree_->append_to(out);
    return out;
  }

  std::unique_ptr<RowTree> tree_;
};

TEST_F(RowTreeTest, lists_stand_in_the_rows_that_they_belong_to) {
  root("7", "A\"b");
  root("8", {});
  order("1", "x");
  order("1", "y");
  order("2", {});
  line("1", "10");
  line("1", "11");
  line("3", "12");
  EXPECT_EQ(text(),
            R"([{"id":7,"orders":[{"at":"x","lines":[{"n":10},{"n":11}]},)"
            R"({"at":"y","lines":[]}],"type":"customer","by":{"name":"A\"b"}},)"
            R"({"id":8,"orders":[{"at":null,"lines":[{"n":12}]}],)"
            R"("type":"customer","by":null}])");
}

TEST_F(RowTreeTest, rows_may_come_in_any_order_of_their_parents) {
  root("7", {});
  root("8", {});
  order("2", "b");
  order("1", "a");
  order("2", "c");
  line("3", "3");
  line("1", "1");
  line("2", "2");
  EXPECT_EQ(text(),
            R"([{"id":7,"orders":[{"at":"a","lines":[{"n":2}]}],)"
            R"("type":"customer","by":null},{"id":8,"orders":[{"at":"b",)"
            R"("lines":[{"n":1}]},{"at":"c","lines":[{"n":3}]}],)"
            R"("type":"customer","by":null}])");
}

TEST_F(RowTreeTest, no_row_is_an_empty_list_or_null) {
  EXPECT_EQ(text(), "[]");
  start(false);
  EXPECT_EQ(text(), "null");
  start(false);
  root("7", {});
  EXPECT_EQ(text(), R"({"id":7,"orders":[],"type":"customer","by":null})");
}

// {"list": [{"n"}]}, whose rows say the key in the second cell.
std::string keyed(Oid type, const std::vector<std::vector<Cell>>& rows) {
  auto shape = std::make_shared<RowShape>();
  shape->objects = {{.members = {{.key = "\"list\":", .level = 1}}},
                    {.members = {{.key = "\"n\":", .cell = 2}}}};
  shape->levels = {{.object = 0, .lists = {1}},
                   {.object = 1, .up = 1, .key = 1}};
  RowTree tree(shape);
  const ResultColumn columns[] = {{"", kInt4}, {"", type}, {"", kInt4}};
  tree.on_columns(columns);
  for (const std::vector<Cell>& row : rows) tree.on_row(row);
  std::string out;
  tree.append_to(out);
  return out;
}

TEST(RowTreeKeys, rows_go_where_their_key_is) {
  const char* expected =
      R"([{"list":[{"n":3}]},{"list":[]},{"list":[{"n":1},{"n":2}]},)"
      R"({"list":[]},{"list":[{"n":3}]}])";
  EXPECT_EQ(keyed(kInt4, {{"0", "7", {}},
                          {"0", {}, {}},
                          {"0", "-5", {}},
                          {"0", "0", {}},
                          {"0", "7", {}},
                          {"1", "-5", "1"},
                          {"1", "-5", "2"},
                          {"1", "7", "3"}}),
            expected);
  constexpr Oid kUuid = 2950;
  const char* a = "00000000-0000-0000-0000-00000000000a";
  const char* b = "00000000-0000-0000-0000-00000000000b";
  const char* c = "00000000-0000-0000-0000-00000000000c";
  EXPECT_EQ(keyed(kUuid, {{"0", b, {}},
                          {"0", {}, {}},
                          {"0", a, {}},
                          {"0", c, {}},
                          {"0", b, {}},
                          {"1", a, "1"},
                          {"1", a, "2"},
                          {"1", b, "3"}}),
            expected);
}

}  // namespace
}  // namespace trestle::graphql
