// Results of SQL as values: cells keep their bytes and get their type when a
// template reads them.
#include <gtest/gtest.h>

#include <vector>

#include "unit/pages/support.h"

namespace trestle::pages {
namespace {

class RowsTest : public testing::Test {
 protected:
  const std::vector<ResultColumn> columns_ = {
      {"id", 20},        {"name", 25},     {"price", 1700}, {"active", 16},
      {"score", 701},    {"data", 3802},   {"tags", 1009},  {"items", 25},
      {"numbers", 1007}, {"created", 1184}};
  const std::vector<Cell> cells_ = {"1",
                                    "Tea <green>",
                                    "12.50",
                                    "t",
                                    "1.5",
                                    R"({"a": [1, "<"]})",
                                    R"({x,"a\"b",NULL})",
                                    "column",
                                    "{1,2,{3,4}}",
                                    "2026-01-02 03:04:05+00",
                                    "9223372036854775807",
                                    "Cup",
                                    "0.10",
                                    "f",
                                    "1e+20",
                                    "null",
                                    "{}",
                                    Cell(),
                                    "{}",
                                    Cell()};
  const Rows rows_{columns_, cells_.data(), 2};

  std::string page(std::string_view text) {
    TemplateSet set;
    set.add("main.html", text);
    set.link();
    Arena arena;
    Dict* context = arena.make<Dict>();
    context->set(arena, "rows", rows_value(&rows_));
    context->set(arena, "row", row_value(&rows_, 0));
    StringSink sink;
    auto error = render(set, *set.find("main.html"), context, arena, sink);
    return error ? error->summary() : sink.text;
  }
};

TEST_F(RowsTest, CellsPrintAsTheirType) {
  EXPECT_EQ(page("{% for r in rows %}{{ r.id }}|{{ r.name }}|{{ r.price }}|"
                 "{{ r.active }}|{{ r.score }};{% endfor %}"),
            "1|Tea &lt;green&gt;|12.50|True|1.5;"
            "9223372036854775807|Cup|0.10|False|1e+20;");
}

TEST_F(RowsTest, ColumnsWinOverMethods) {
  EXPECT_EQ(page("{{ row.items }} {{ row['items'] }}"), "column column");
  EXPECT_EQ(page("{{ row.keys() | list | length }}"), "10");
  EXPECT_EQ(page("{{ rows[1].items is none }}"), "True");
}

TEST_F(RowsTest, JsonAndArraysAreStructures) {
  EXPECT_EQ(page("{{ row.data.a[1] }}{{ row.tags[1] }}{{ row.tags[2] }}"),
            "&lt;a&#34;bNone");
  EXPECT_EQ(page("{{ row.numbers[2] | sum }} {{ rows[1].numbers }}"), "7 []");
  EXPECT_EQ(page("{{ row.data | tojson }}"), R"({"a": [1, "\u003c"]})");
}

TEST_F(RowsTest, NumbersCount) {
  EXPECT_EQ(page("{{ row.price * 2 }} {{ row.price > 12 }} {{ row.id + 1 }}"),
            "25.0 True 2");
  EXPECT_EQ(page("{{ rows | sum(attribute='score') }}"), "1e+20");
  EXPECT_EQ(page("{{ '%.1f' | format(row.price) }} {{ row.price == 12.5 }}"),
            "12.5 True");
}

TEST_F(RowsTest, FiltersTakeRows) {
  EXPECT_EQ(page("{{ rows | length }}{{ (rows | first).id }}"
                 "{{ (rows | last).name }}"),
            "21Cup");
  EXPECT_EQ(page("{{ rows | sort(attribute='name') | map(attribute='name') | "
                 "join(',') }}"),
            "Cup,Tea &lt;green&gt;");
  EXPECT_EQ(page("{{ rows | selectattr('active') | list | length }}"), "1");
  EXPECT_EQ(page("{{ rows[:1] | length }}{{ rows[-1].name }}"), "1Cup");
}

TEST_F(RowsTest, AnUnknownColumnIsUndefined) {
  EXPECT_EQ(page("[{{ row.nmae }}]"), "[]");
  EXPECT_EQ(
      page("{{ row.nmae.x }}"),
      "main.html:1: undefined error: UndefinedError: 'dict object' has no "
      "attribute 'nmae'");
}

TEST_F(RowsTest, ContextNamesTellWhatABlockReads) {
  TemplateSet set;
  set.add("layout.html", "{{ site }}{% block main %}{{ dflt }}{% endblock %}");
  set.add("main.html",
          "{% extends 'layout.html' %}{% block main %}{% set x = 1 %}{{ x }}"
          "{% for r in reviews %}{{ r.body }}{% endfor %}{% endblock %}"
          "{% block side %}{{ product.name }}{% endblock %}");
  set.link();
  using Names = std::vector<std::string_view>;
  const Program& entry = *set.find("main.html");
  EXPECT_EQ(context_names(set, entry, "main"), (Names{"dflt", "reviews"}));
  EXPECT_EQ(context_names(set, entry, "side"), (Names{"product"}));
  EXPECT_EQ(context_names(set, entry),
            (Names{"dflt", "product", "reviews", "site"}));
}

TEST_F(RowsTest, BlocksRenderAlone) {
  TemplateSet set;
  set.add("layout.html", "<html>{% block main %}base{% endblock %}</html>");
  set.add("main.html",
          "{% extends 'layout.html' %}{% block main %}[{{ super() }}:{{ x }}]"
          "{% endblock %}");
  set.link();
  Arena arena;
  Dict* context = arena.make<Dict>();
  context->set(arena, "x", integer(3));
  StringSink sink;
  auto error = render_blocks(set, *set.find("main.html"), {"main"}, context,
                             arena, sink);
  EXPECT_FALSE(error.has_value());
  EXPECT_EQ(sink.text, "[base:3]");
  error = render_blocks(set, *set.find("main.html"), {"nope"}, context, arena,
                        sink);
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->kind, TemplateError::Kind::notfound);
}

}  // namespace
}  // namespace trestle::pages
