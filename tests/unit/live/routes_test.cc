// Which rows a class can see at all, read from the plan of its query.
#include "live/routes.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace trestle::live {
namespace {

catalog::Relation make_table() {
  catalog::Relation table;
  table.oid = 9;
  table.schema = "api";
  table.name = "notes";
  const std::pair<const char*, Oid> kColumns[] = {
      {"id", 23}, {"owner", 25}, {"label", 1043}, {"day", 1082}};
  for (const auto& [name, type] : kColumns) {
    catalog::Column column;
    column.name = name;
    column.type = type;
    table.columns.push_back(column);
  }
  for (std::uint16_t i = 0; i < table.columns.size(); i++)
    table.column_by_name[table.columns[i].name] = i;
  return table;
}

const catalog::Relation& table() {
  static const catalog::Relation kTable = make_table();
  return kTable;
}

std::string scan(std::string_view members) {
  return concat({R"~([{"Plan":{"Node Type":"Limit","Plans":[{"Node Type":)~"
                 R"~("Seq Scan","Schema":"api","Relation Name":"notes",)~"
                 R"~("Alias":"notes",)~",
                 members, "}]}}]"});
}

// The expressions that are asked for: "a; b".
std::string asked(const RouteReader& reader) {
  if (!reader.found()) return "";
  std::string text = reader.values().sql->text;
  std::string out;
  constexpr std::string_view kBegin = "(";
  constexpr std::string_view kEnd = ")::pg_catalog.text, exists";
  for (std::size_t at = text.find(kEnd); at != std::string::npos;
       at = text.find(kEnd, at + 1)) {
    std::size_t begin = text.rfind("), (", at);
    begin = begin == std::string::npos || begin == 0 ? text.find(kBegin)
                                                     : begin + 3;
    out += concat({out.empty() ? "" : "; ",
                   std::string_view(text).substr(begin + 1, at - begin - 1)});
  }
  return out;
}

TEST(Routes, are_equalities_with_what_depends_on_settings_alone) {
  constexpr const char* kClaim =
      "((current_setting('request.jwt.claims'::text))::json ->> 'sub'::text)";
  const struct {
    std::string filter;
    std::string expression;
  } kCases[] = {
      {concat({"(notes.owner = ", kClaim, ")"}), kClaim},
      {concat({"(", kClaim, " = notes.owner)"}), kClaim},
      {concat({"((notes.label)::text = ", kClaim, ")"}), kClaim},
      {"(notes.id = 7)", "7"},
      {"((notes.id > 3) AND (notes.id = 7))", "7"},
      {"(notes.id = (NULLIF(current_setting('a.b'::text), ''::text))::integer)",
       "(NULLIF(current_setting('a.b'::text), ''::text))::integer"},
      // What may be another thing the next time, or a column, or no equality.
      {"(notes.owner = api.me())", ""},
      {"(notes.owner = (random())::text)", ""},
      {"(notes.owner = (CURRENT_DATE)::text)", ""},
      {"(notes.owner = notes.label)", ""},
      {"(notes.id = $0)", ""},
      {"(hashed SubPlan 1)", ""},
      {"(notes.owner = (SubPlan 1))", ""},
      {"(notes.id > 7)", ""},
      {"(notes.day = '2026-01-02'::date)", ""},
      {"((notes.id = 7) OR (notes.id > 8))", ""},
      {"(NOT (notes.id = 7))", ""},
      {"(other.id = 7)", ""},
  };
  for (const auto& c : kCases) {
    std::string members = R"("Filter":")" + c.filter + "\"";
    EXPECT_EQ(asked(RouteReader(table(), scan(members))), c.expression)
        << c.filter;
  }
}

TEST(Routes, a_plan_of_several_tables_has_none) {
  EXPECT_FALSE(RouteReader(table(), "").found());
  EXPECT_FALSE(RouteReader(table(), "[]").found());
  EXPECT_FALSE(
      RouteReader(table(), R"([{"Plan":{"Node Type":"Result"}}])").found());
  EXPECT_FALSE(RouteReader(table(),
                           R"~([{"Plan":{"Node Type":"Append","Plans":[)~"
                           R"~({"Relation Name":"notes","Schema":"api",)~"
                           R"~("Alias":"a","Filter":"(a.id = 7)"},{}]}}])~")
                   .found());
  EXPECT_FALSE(RouteReader(table(),
                           R"~([{"Plan":{"Relation Name":"other","Schema":)~"
                           R"~("api","Alias":"a","Filter":"(a.id = 7)"}}])~")
                   .found());
}

// Whether a row (id, owner) may be seen by the routes of a filter whose values
// are these.
bool sees(std::string_view filter, std::vector<Cell> values,
          std::string_view id, std::string_view owner) {
  const RouteReader reader(table(),
                           scan(concat({R"("Filter":")", filter, "\""})));
  std::vector<Cell> row;
  for (Cell value : values) row.insert(row.end(), {value, Cell("f")});
  FeedRelation relation;
  relation.columns = {{.name = "id", .type = 23},
                      {.name = "owner", .type = 25}};
  using Kind = FeedCell::Kind;
  const FeedCell cells[] = {
      {.kind = Kind::value, .text = id},
      {.kind = owner == "~" ? Kind::null : Kind::value, .text = owner}};
  return reader.routes(row).may_see(relation, cells);
}

TEST(Routes, a_row_must_fit_one_way_of_each_condition) {
  EXPECT_TRUE(sees("(notes.id = 7)", {"7"}, "7", "ann"));
  EXPECT_FALSE(sees("(notes.id = 7)", {"7"}, "8", "ann"));
  constexpr const char* kEither =
      "((notes.id = 7) OR ((notes.id = 8) AND (notes.owner = 'x'::text)))";
  EXPECT_TRUE(sees(kEither, {"7", "8", "x"}, "7", "y"));
  EXPECT_TRUE(sees(kEither, {"7", "8", "x"}, "8", "x"));
  EXPECT_FALSE(sees(kEither, {"7", "8", "x"}, "8", "y"));
  // NULL equals nothing.
  EXPECT_FALSE(sees("(notes.owner = 'x'::text)", {Cell()}, "7", "x"));
  EXPECT_FALSE(sees("(notes.owner = 'x'::text)", {"x"}, "7", "~"));
  // A number that cannot be read, and an answer that is too short, say nothing.
  EXPECT_TRUE(sees("(notes.id = 7)", {"seven"}, "8", "x"));
  EXPECT_TRUE(sees("(notes.id = 7)", {}, "8", "x"));
}

TEST(Routes, a_text_that_may_equal_another_is_no_key) {
  const RouteReader reader(table(),
                           scan(R"~("Filter":"(notes.owner = 'x'::text)")~"));
  const std::vector<Cell> row = {"x", "t"};
  EXPECT_TRUE(reader.routes(row).empty());
}

}  // namespace
}  // namespace trestle::live
