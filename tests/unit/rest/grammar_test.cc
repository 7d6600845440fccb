// The grammars of query parameters and headers, by tables.
#include <gtest/gtest.h>

#include "rest/body.h"
#include "rest/hints.h"
#include "rest/media.h"
#include "rest/parse.h"
#include "rest/preferences.h"
#include "rest/query_string.h"
#include "rest/range.h"

namespace trestle::rest {
namespace {

std::string shown(const std::vector<SelectItem>& items) {
  std::string out;
  for (const SelectItem& item : items) {
    if (!out.empty()) out += " ";
    if (item.spread) out += "...";
    if (!item.alias.empty()) out += item.alias + "=";
    out += item.embed ? item.relation : item.field.name;
    if (!item.hint.empty()) out += "!" + item.hint;
    if (item.join == JoinKind::inner) out += "!inner";
    for (const JsonStep& step : item.field.path)
      out += (step.as_text ? "->>" : "->") +
             (step.is_index ? std::to_string(step.index) : step.key);
    if (!item.cast.empty()) out += "::" + item.cast;
    if (item.aggregate != Aggregate::none) out += "()";
    if (item.embed) out += "(" + shown(item.items) + ")";
  }
  return out;
}

struct SelectCase {
  const char* text;
  const char* expect;
};

class SelectGrammar : public ::testing::TestWithParam<SelectCase> {};

TEST_P(SelectGrammar, Parses) {
  Result<std::vector<SelectItem>> items = parse_select(GetParam().text);
  ASSERT_TRUE(items.ok()) << items.error().message;
  EXPECT_EQ(shown(*items), GetParam().expect);
}

INSTANTIATE_TEST_SUITE_P(
    , SelectGrammar,
    ::testing::Values(
        SelectCase{"*", "*"}, SelectCase{"id, name ,x", "id name x"},
        SelectCase{"a:id", "a=id"}, SelectCase{"id::text", "id::text"},
        SelectCase{"field-with_sep", "field-with_sep"},
        SelectCase{"\"a,b\"", "a,b"}, SelectCase{"a->b->>c", "a->b->>c"},
        SelectCase{"a->-1", "a->-1"}, SelectCase{"a->1x", "a->1x"},
        SelectCase{"id.sum()", "id()"}, SelectCase{"count()", "()"},
        SelectCase{"c:count()", "c=()"}, SelectCase{"t(*)", "t(*)"},
        SelectCase{"t()", "t()"},
        SelectCase{"x:t!h!inner(id)", "x=t!h!inner(id)"},
        SelectCase{"...t(a,...u(b))", "...t(a ...u(b))"},
        SelectCase{"t(u(v(id)))", "t(u(v(id)))"},
        SelectCase{"\xd9\x85\xd9\x88", "\xd9\x85\xd9\x88"}));

struct Refusal {
  const char* query;
  const char* message;
  const char* details;
};

class QueryRefusal : public ::testing::TestWithParam<Refusal> {};

TEST_P(QueryRefusal, SaysWhereAndWhat) {
  Result<Query> query = parse_query(GetParam().query, false);
  ASSERT_FALSE(query.ok());
  EXPECT_EQ(query.error().code, "PGRST100");
  EXPECT_EQ(query.error().http_status, 400);
  EXPECT_EQ(query.error().message, GetParam().message);
  EXPECT_EQ(query.error().details, GetParam().details);
}

INSTANTIATE_TEST_SUITE_P(
    , QueryRefusal,
    ::testing::Values(
        Refusal{"id=0", "\"failed to parse filter (0)\" (line 1, column 1)",
                "unexpected \"0\" expecting \"not\" or operator (eq, gt, ...)"},
        Refusal{"select=data->(x",
                "\"failed to parse select parameter (data->(x)\" (line 1, "
                "column 7)",
                "unexpected \"(\" expecting \"-\", digit or any non reserved "
                "character different from: .,>()"},
        Refusal{"order=id.asc.nullslasttt",
                "\"failed to parse order (id.asc.nullslasttt)\" (line 1, "
                "column 17)",
                "unexpected 't' expecting \",\" or end of input"},
        Refusal{"limit=9223372036854775808",
                "\"failed to parse limit parameter (9223372036854775808)\"",
                "The number does not fit into 64 bits."},
        Refusal{"id=eq.%00", "The query string is not valid",
                "It must be percent-encoded UTF-8 without NUL bytes."},
        Refusal{"id=eq.%ff", "The query string is not valid",
                "It must be percent-encoded UTF-8 without NUL bytes."}));

TEST(QueryString, PathsNameEmbeddedResources) {
  Result<Query> query = parse_query(
      "a.b.id=eq.1&a.limit=3&a.offset=2&a.order=x&a.not.or=(x.eq.1,y.is.null)",
      false);
  ASSERT_TRUE(query.ok()) << query.error().message;
  EXPECT_EQ(query->filters[0].path, (EmbedPath{"a", "b"}));
  EXPECT_EQ(query->ranges[0].what.limit, 3);
  EXPECT_EQ(query->ranges[0].what.offset, 2);
  EXPECT_EQ(query->orders[0].path, (EmbedPath{"a"}));
  EXPECT_TRUE(query->logic[0].what.negated);
  EXPECT_EQ(query->logic[0].what.children.size(), 2u);
}

TEST(QueryString, OfAFunctionHasArguments) {
  Result<Query> query = parse_query("a=1&b=eq.2", true);
  ASSERT_TRUE(query.ok());
  ASSERT_EQ(query->arguments.size(), 1u);
  EXPECT_EQ(query->arguments[0].first, "a");
  EXPECT_EQ(query->filters.size(), 1u);
}

TEST(QueryString, DeepNestingIsRefused) {
  std::string select = "select=";
  for (int i = 0; i < 1000; ++i) select += "t(";
  EXPECT_FALSE(parse_query(select, false).ok());
  std::string logic = "or=";
  for (int i = 0; i < 1000; ++i) logic += "(and";
  EXPECT_FALSE(parse_query(logic, false).ok());
}

TEST(Filter, ListsHoldQuotedValues) {
  Result<Filter> filter =
      parse_filter("in.(a,\"b,c\",\"d\\\"e\",\"say \"hi\" (x)\")", false);
  ASSERT_TRUE(filter.ok());
  EXPECT_EQ(filter->values,
            (std::vector<std::string>{"a", "b,c", "d\"e", "say \"hi\" (x)"}));
}

Request with_headers(const std::vector<HeaderView>& headers) {
  Request request;
  request.headers = headers;
  return request;
}

TEST(Prefer, FirstOfAKindWinsAndUnknownIsIgnored) {
  std::vector<HeaderView> headers = {{"Prefer", "return=minimal, foo"},
                                     {"prefer", "return=representation"}};
  Result<Preferences> p = parse_preferences(with_headers(headers), true);
  ASSERT_TRUE(p.ok());
  EXPECT_EQ(p->return_, Preferences::Return::minimal);
}

TEST(Prefer, StrictNamesWhatIsUnknown) {
  std::vector<HeaderView> headers = {
      {"Prefer", "handling=strict, anything, tx=commit"}};
  Result<Preferences> p = parse_preferences(with_headers(headers), false);
  ASSERT_FALSE(p.ok());
  EXPECT_EQ(p.error().code, "PGRST122");
  EXPECT_EQ(p.error().details, "Invalid preferences: anything, tx=commit");
}

TEST(Accept, IsSortedByWeight) {
  std::vector<MediaType> types = parse_accept(
      "text/csv;q=0.5, application/vnd.pgrst.object+json;nulls=stripped, */*;"
      "q=0");
  ASSERT_EQ(types.size(), 2u);
  EXPECT_EQ(types[0].kind, MediaType::Kind::object_strip);
  EXPECT_EQ(types[1].kind, MediaType::Kind::csv);
}

TEST(Accept, PlanEchoesItsOptionsInOrder) {
  MediaType type = parse_media_type(
      "application/vnd.pgrst.plan+json; for=\"text/csv\"; "
      "options=wal|analyze");
  EXPECT_EQ(content_type_of(type),
            "application/vnd.pgrst.plan+json; for=\"text/csv\"; "
            "options=analyze|wal; charset=utf-8");
}

TEST(RangeHeader, IsCutByLimitAndOffset) {
  Result<std::optional<Range>> range = parse_range_header("5-14");
  ASSERT_TRUE(range.ok());
  Range both = intersect(**range, {.offset = 0, .limit = 8});
  EXPECT_EQ(both.offset, 5);
  EXPECT_EQ(both.limit, 3);
  EXPECT_EQ(parse_range_header("9-5").error().code, "PGRST103");
  EXPECT_FALSE(parse_range_header("x")->has_value());
}

TEST(Body, JsonKeysMustMatch) {
  EXPECT_EQ(parse_json_body("[{\"a\":1},{\"b\":1}]", false).error().code,
            "PGRST102");
  EXPECT_TRUE(parse_json_body("[{\"a\":1},{\"b\":1}]", true).ok());
  EXPECT_EQ(parse_json_body("}{", false).error().message,
            "Empty or invalid json");
  EXPECT_FALSE(parse_json_body(std::string(100000, '['), false).ok());
}

TEST(Body, CsvBecomesJson) {
  Result<Body> body = parse_csv_body("a,b\r\n1,\"x\"\"y\"\nNULL,\n");
  ASSERT_TRUE(body.ok());
  EXPECT_EQ(body->text,
            "[{\"a\":\"1\",\"b\":\"x\\\"y\"},{\"a\":null,\"b\":\"\"}]");
  EXPECT_EQ(parse_csv_body("a,b\n1\n").error().message,
            "All lines must have same number of fields");
  EXPECT_FALSE(parse_csv_body("a\n\"x").ok());
}

TEST(Hints, NearestByEditsAmongThoseThatShareLetters) {
  std::vector<std::string> names = {"clients", "projects", "tasks"};
  ASSERT_FALSE(nearest_guesses("client", names).empty());
  EXPECT_EQ(nearest_guesses("client", names)[0].word, "clients");
  EXPECT_TRUE(nearest_guesses("zzz", names).empty());
  EXPECT_TRUE(nearest_guesses(std::string(100000, 'a'), names).empty());
}

}  // namespace
}  // namespace trestle::rest
