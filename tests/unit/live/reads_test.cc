// What a plan of PostgreSQL reads, and which changes concern it.
#include "live/reads.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace trestle::live {
namespace {

// "schema.table(column=value,...) ... everything", sorted as in the plan.
std::string reads_of(std::string_view plan) {
  Reads reads;
  add_reads(reads, plan);
  std::string text;
  for (const TableRead& table : reads.tables) {
    if (!text.empty()) text += ' ';
    text += concat({table.schema, ".", table.name});
    for (const ReadKey& key : table.keys)
      text += concat({" ", key.column, "=", key.value});
  }
  if (reads.everything) text += text.empty() ? "everything" : " everything";
  return text;
}

std::string scan(std::string_view members) {
  return concat({R"~([{"Plan":{"Node Type":"Seq Scan","Schema":"api",)~"
                 R"~("Relation Name":"t","Alias":"t1",)~",
                 members, "}}]"});
}

TEST(Reads, names_every_table_of_the_plan) {
  EXPECT_EQ(
      reads_of(
          R"~([{"Plan":{"Node Type":"Nested Loop","Output":["t1.id"],"Plans":[)~"
          R"~({"Node Type":"Seq Scan","Schema":"api","Relation Name":"a",)~"
          R"~("Alias":"a"},)~"
          R"~({"Node Type":"Index Scan","Schema":"api","Relation Name":"b",)~"
          R"~("Alias":"b","Index Cond":"(b.a_id = a.id)","Plans":[)~"
          R"~({"Node Type":"Seq Scan","Schema":"pg_catalog",)~"
          R"~("Relation Name":"pg_class","Alias":"pg_class"}]}]}}])~"),
      "api.b api.a");
  EXPECT_EQ(reads_of(R"~([{"Plan":{"Node Type":"Result"}}])~"), "");
}

TEST(Reads, takes_equalities_of_integers_and_uuids_as_keys) {
  const struct {
    const char* members;
    const char* reads;
  } kCases[] = {
      {R"~("Index Cond":"(t1.id = 7)")~", "api.t id=7"},
      {R"~("Filter":"(t1.id = '-7'::bigint)")~", "api.t id=-7"},
      {R"~("Recheck Cond":"((t1.id = 7) AND (t1.n > 3))")~", "api.t id=7"},
      {R"~("Index Cond":"(t1.id = 7)","Filter":"(t1.o = '8'::smallint)")~",
       "api.t id=7 o=8"},
      {R"~("Filter":"((t1.id = 7) OR (t1.id = 8))")~", "api.t"},
      {R"~("Filter":"(NOT (t1.id = 7))")~", "api.t"},
      {R"~("Filter":"(t1.name = 'it''s AND (so'::text)")~", "api.t"},
      {R"~("Filter":"((t1.a = 'x AND y'::text) AND (t1.id = 7))")~",
       "api.t id=7"},
      {R"~("Filter":"(t1.price = '7'::numeric)")~", "api.t"},
      {R"~("Filter":"(t2.id = 7)")~", "api.t"},
      {R"~("Filter":"(t1.id = t1.parent)")~", "api.t"},
      {R"~("Filter":"(t1.\"Or der\" = 7)")~", "api.t Or der=7"},
      {R"~("Filter":"(t1.u = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid)")~",
       "api.t u=a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
      {R"~("Filter":"(t1.u = 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'::uuid)")~",
       "api.t"},
  };
  for (const auto& [members, reads] : kCases)
    EXPECT_EQ(reads_of(scan(members)), reads) << members;
}

TEST(Reads, a_function_that_it_cannot_see_into_may_read_everything) {
  const struct {
    const char* expression;
    bool everything;
  } kCases[] = {
      {"(api.visible(t1.*))", true},
      {"visible(t1.id)", true},
      {"api.\\\"f\\\"(1)", true},
      {"(lower(t1.name) = 'x'::text)", false},
      {"(pg_catalog.lower(t1.name) = 'x'::text)", false},
      {"COALESCE(json_agg(ROW(t1.id)), '[]'::json)", false},
      {"(t1.name = 'visible(1)'::text)", false},
      {"(t1.name)::character varying(20)", false},
      {"(t1.id = ANY ('{1,2}'::integer[]))", false},
      {"(SubPlan 1)", false},
      {"(t1.owner = (current_setting('a.b'::text))::uuid)", false},
      {"count(*) FILTER (WHERE (t1.id > 1))", false},
  };
  for (const auto& [expression, everything] : kCases)
    EXPECT_EQ(reads_of(scan(concat({R"~("Filter":")~", expression, R"~(")~"}))),
              everything ? "api.t everything" : "api.t")
        << expression;
  EXPECT_EQ(reads_of(scan(R"~("Output":["t1.id","api.f(t1.id)"])~")),
            "api.t everything");
  EXPECT_EQ(reads_of(R"~([{"Plan":{"Node Type":"Foreign Scan"}}])~"),
            "everything");
}

TEST(Reads, what_is_no_plan_reads_everything) {
  for (const char* text : {"", "[]", "{}", "[1]", R"~([{"Pla":1}])~"})
    EXPECT_EQ(reads_of(text), "everything") << text;
}

TEST(Reads, explains_with_the_statements_own_parameters) {
  const Statement statement = explain(
      {.sql = make_sql("select 1 where $1 = 2", {23}), .params = {"7"}});
  EXPECT_EQ(statement.sql->text,
            "explain (verbose, costs off, format json) select 1 where $1 = 2");
  EXPECT_EQ(statement.sql->param_types, std::vector<Oid>{23});
  EXPECT_EQ(statement.params, std::vector<Param>{"7"});
}

// --- changes -----------------------------------------------------------------

// Columns: id (the key), o. A cell: "" unknown, "-" null.
struct Row {
  std::vector<FeedCell> cells;
  Row(std::initializer_list<std::string_view> texts) {
    for (std::string_view text : texts)
      cells.push_back(
          text.empty() ? FeedCell{.kind = FeedCell::Kind::unchanged, .text = {}}
          : text == "-"
              ? FeedCell{}
              : FeedCell{.kind = FeedCell::Kind::value, .text = text});
  }
};

bool concerns_o_7(RowChange::Kind kind, const Row& before, bool whole,
                  const Row& after, char identity = 'd') {
  FeedRelation relation;
  relation.columns = {{.name = "id", .type = 23, .key = identity != 'n'},
                      {.name = "o", .type = 23, .key = false}};
  return concerns({.kind = kind,
                   .relation = relation,
                   .before = before.cells,
                   .before_is_whole_row = whole,
                   .after = after.cells},
                  {{.column = "o", .value = "7"}});
}

TEST(Reads, changes_that_miss_a_key_before_and_after_concern_nobody) {
  using Kind = RowChange::Kind;
  EXPECT_TRUE(concerns_o_7(Kind::insert, {}, false, {"1", "7"}));
  EXPECT_FALSE(concerns_o_7(Kind::insert, {}, false, {"1", "8"}));
  EXPECT_FALSE(concerns_o_7(Kind::insert, {}, false, {"1", "-"}));
  EXPECT_TRUE(concerns_o_7(Kind::insert, {}, false, {"1", ""}));
  // The old value of a column that is not in the key is not known...
  EXPECT_TRUE(concerns_o_7(Kind::update, {}, false, {"1", "8"}));
  EXPECT_TRUE(concerns_o_7(Kind::update, {"1", "-"}, false, {"2", "8"}));
  EXPECT_TRUE(concerns_o_7(Kind::erase, {"1", "-"}, false, {}));
  // ... unless the whole row is.
  EXPECT_FALSE(concerns_o_7(Kind::update, {"1", "9"}, true, {"1", "8"}, 'f'));
  EXPECT_TRUE(concerns_o_7(Kind::update, {"1", "7"}, true, {"1", "8"}, 'f'));
  EXPECT_FALSE(concerns_o_7(Kind::erase, {"1", "9"}, true, {}, 'f'));
}

TEST(Reads, a_key_that_an_update_leaves_alone_is_known) {
  FeedRelation relation;
  relation.columns = {{.name = "id", .type = 23, .key = true}};
  const Row after = {"8"};
  const RowChange change = {.kind = RowChange::Kind::update,
                            .relation = relation,
                            .before = {},
                            .after = after.cells};
  EXPECT_FALSE(concerns(change, {{.column = "id", .value = "7"}}));
  EXPECT_TRUE(concerns(change, {{.column = "id", .value = "8"}}));
  EXPECT_TRUE(concerns(change, {}));
  EXPECT_TRUE(concerns(change, {{.column = "unheard_of", .value = "7"}}));
}

}  // namespace
}  // namespace trestle::live
