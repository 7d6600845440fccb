#include "encode/json_cell.h"

#include <gtest/gtest.h>

#include "encode/csv.h"

namespace trestle::encode {
namespace {

// Some of pg_type's numbers.
constexpr Oid kBool = 16, kBytea = 17, kInt8 = 20, kInt2Vector = 22, kText = 25,
              kOidVector = 30, kJson = 114, kFloat8 = 701, kUnknown = 705,
              kBoolArray = 1000, kInt4Array = 1007, kTextArray = 1009,
              kBoxArray = 1020, kTimestamp = 1114, kTimestampArray = 1115,
              kTimestamptz = 1184, kNumeric = 1700, kRecord = 2249,
              kRecordArray = 2287, kJsonArray = 199, kPgType = 71,
              kInt2VectorArray = 1006, kUser = 16390;

struct CellCase {
  const char* name;
  Oid type;
  const char* text;
  const char* json;
};

class JsonCell : public testing::TestWithParam<CellCase> {};

TEST_P(JsonCell, is_what_to_json_writes) {
  std::string out, scratch;
  append_json_cell(out, column_type(GetParam().type),
                   GetParam().text == nullptr ? Cell() : Cell(GetParam().text),
                   scratch);
  EXPECT_EQ(out, GetParam().json);
}

const CellCase kCells[] = {
    {"null", kText, nullptr, "null"},
    {"true", kBool, "t", "true"},
    {"false", kBool, "f", "false"},
    {"integer", kInt8, "-9223372036854775808", "-9223372036854775808"},
    {"numeric_digits", kNumeric, "0.10", "0.10"},
    {"numeric_nan", kNumeric, "NaN", R"("NaN")"},
    {"float_infinity", kFloat8, "-Infinity", R"("-Infinity")"},
    {"float_exponent", kFloat8, "1e+20", "1e+20"},
    {"text_escapes", kText, "a\"b\\c\n\x01", R"("a\"b\\c\n\u0001")"},
    {"empty_text", kText, "", R"("")"},
    {"unknown_literal", kUnknown, "x", R"("x")"},
    {"bytea", kBytea, "\\x0102", R"("\\x0102")"},
    {"json_is_itself", kJson, "{ \"a\" : 1 }", "{ \"a\" : 1 }"},
    {"timestamp", kTimestamp, "2026-01-02 03:04:05.6",
     R"("2026-01-02T03:04:05.6")"},
    {"timestamp_bc", kTimestamp, "0044-03-15 00:00:00 BC",
     R"("0044-03-15T00:00:00 BC")"},
    {"timestamp_infinity", kTimestamp, "infinity", R"("infinity")"},
    {"zone_hours", kTimestamptz, "2026-01-02 03:04:05+00",
     R"("2026-01-02T03:04:05+00:00")"},
    {"zone_minutes", kTimestamptz, "2026-01-02 03:04:05-03:30",
     R"("2026-01-02T03:04:05-03:30")"},
    {"zone_seconds", kTimestamptz, "1880-01-01 00:00:00+00:19:32 BC",
     R"("1880-01-01T00:00:00+00:19:32 BC")"},
    {"zone_hours_bc", kTimestamptz, "0044-03-15 00:00:00.5+01 BC",
     R"("0044-03-15T00:00:00.5+01:00 BC")"},
    {"array", kInt4Array, "{1,NULL,3}", "[1,null,3]"},
    {"empty_array", kInt4Array, "{}", "[]"},
    {"array_of_arrays", kInt4Array, "{{1,2},{3,4}}", "[[1,2],[3,4]]"},
    {"bounds_do_not_show", kInt4Array, "[2:3]={1,2}", "[1,2]"},
    {"bounds_of_two_dimensions", kInt4Array, "[0:1][5:5]={{1},{2}}",
     "[[1],[2]]"},
    {"quoted_elements", kTextArray, R"({a,"b c","NULL","q\"\\z","{}",""})",
     R"(["a","b c","NULL","q\"\\z","{}",""])"},
    {"booleans_in_array", kBoolArray, "{t,f,NULL}", "[true,false,null]"},
    {"box_array_has_semicolons", kBoxArray, "{(3,4),(1,2);(3,4),(1,2)}",
     R"j(["(3,4),(1,2)","(3,4),(1,2)"])j"},
    {"timestamps_in_array", kTimestampArray, R"({"2026-01-02 03:04:05"})",
     R"(["2026-01-02T03:04:05"])"},
    {"json_in_array", kJsonArray, R"({"{\"a\": 1}",2})", R"([{"a": 1},2])"},
    {"int2vector", kInt2Vector, "1 2", "[1,2]"},
    {"empty_int2vector", kInt2Vector, "", "[]"},
    {"oidvector", kOidVector, "1 2", R"(["1","2"])"},
    {"array_of_vectors", kInt2VectorArray, R"({"1 2","3"})", "[[1,2],[3]]"},
};

INSTANTIATE_TEST_SUITE_P(Types, JsonCell, testing::ValuesIn(kCells),
                         [](const auto& each) { return each.param.name; });

TEST(ColumnType, composites_and_user_types_go_to_the_server) {
  for (Oid oid : {kRecord, kRecordArray, kPgType, kUser, Oid{210}, Oid{0}})
    EXPECT_FALSE(can_encode(oid)) << oid;
  EXPECT_TRUE(can_encode(kText));
  EXPECT_TRUE(can_encode(kTextArray));
}

TEST(JsonRows, keys_are_escaped_and_repeated_names_stay) {
  std::vector<ResultColumn> columns = {
      {"a\"b", kInt8}, {"x", kText}, {"x", kBool}};
  JsonRows rows(columns);
  std::vector<Cell> cells = {"1", Cell(), "t"};
  std::string out;
  rows.append_object(out, cells);
  EXPECT_EQ(out, R"({"a\"b":1,"x":null,"x":true})");
}

TEST(JsonRows, columns_with_json_of_their_own) {
  std::vector<ResultColumn> columns = {{"id", kInt8}, {"mood", kUser}};
  JsonRows rows(columns);
  std::vector<Cell> cells = {"1", "(1,2)", R"({"a":1})"};
  std::vector<int> json_at = {-1, 2};
  std::string out;
  rows.append_mixed(out, cells, json_at);
  EXPECT_EQ(out, R"({"id":1,"mood":{"a":1}})");
}

TEST(JsonRows, a_row_without_columns) {
  JsonRows rows{std::span<const ResultColumn>()};
  std::string out;
  rows.append_object(out, {});
  EXPECT_EQ(out, "{}");
}

TEST(Csv, quotes_where_needed_and_tells_null_from_empty) {
  std::vector<ResultColumn> columns = {{"id", kInt8}, {"a,b", kText}};
  std::string out;
  append_csv_header(out, columns);
  append_csv_row(out, std::vector<Cell>{"1", "x \"y\"\n"});
  append_csv_row(out, std::vector<Cell>{Cell(), ""});
  EXPECT_EQ(out, "id,\"a,b\"\r\n1,\"x \"\"y\"\"\n\"\r\n,\"\"\r\n");
}

}  // namespace
}  // namespace trestle::encode
