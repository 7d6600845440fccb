#include "base/json.h"

#include <gtest/gtest.h>

namespace trestle {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

TEST(Json, StringsAreEscapedAsPostgresqlDoes) {
  EXPECT_EQ(escaped("a\"b\\c"), R"("a\"b\\c")");
  EXPECT_EQ(escaped("\b\f\n\r\t"), R"("\b\f\n\r\t")");
  EXPECT_EQ(escaped(std::string_view("\0\x1f\x7f", 3)),
            "\"\\u0000\\u001f\x7f\"");
  EXPECT_EQ(escaped("\xc3\xa9/"), "\"\xc3\xa9/\"");
}

TEST(Json, WriterPlacesCommas) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("a").begin_array().number(1).null().boolean(true);
  json.begin_object().end_object().end_array().key("b").string("x");
  json.end_object();
  EXPECT_EQ(out, R"({"a":[1,null,true,{}],"b":"x"})");
}

TEST(Json, ParseKeepsIntegersExact) {
  auto document = parse_json(
      R"({"a":9223372036854775807,"b":18446744073709551615,"c":1.5,"d":"\u00e9"})");
  ASSERT_TRUE(document.ok());
  std::string out;
  append_json(out, *document);
  EXPECT_EQ(
      out,
      "{\"a\":9223372036854775807,\"b\":18446744073709551615,\"c\":1.5,\"d\":"
      "\"\xc3\xa9\"}");
}

TEST(Json, NumbersAreConvertedExactly) {
  std::string zeros(400, '0');
  struct {
    std::string text;
    const char* value;
  } const cases[] = {
      {"0", "0"},
      {"-0", "0"},
      {"-0e0", "-0.0"},
      {"0e0", "0"},
      {"-1", "-1"},
      {"2147483648", "2147483648"},
      {"-9223372036854775808", "-9223372036854775808"},
      {"18446744073709551615", "18446744073709551615"},
      {"18446744073709551616", "18446744073709551616"},
      {"0.1", "0.1"},
      {"-2.5E+3", "-2500"},
      {"5e-324", "5e-324"},
      {"9007199254740993.0", "9007199254740992"},
      {"0e-222", "0"},
      {"1e-400", "0"},
      {"0." + zeros + "1", "0"},
      {"1e400", "refused"},
      {"1.9e308", "refused"},
      {"1" + zeros, "refused"},
  };
  for (const auto& c : cases) {
    auto document = parse_json(c.text);
    std::string out = "refused";
    if (document.ok()) out.clear();
    if (document.ok()) append_json(out, *document);
    EXPECT_EQ(out, c.value) << c.text;
  }
  EXPECT_TRUE(parse_json("7")->IsInt());
  EXPECT_EQ(parse_json("[1.9e308]").error().message,
            "Number too big to be stored in double. At byte 1.");
}

TEST(Json, DeepInputIsAnErrorNotACrash) {
  std::string deep(5'000'000, '[');
  auto document = parse_json(deep);
  ASSERT_FALSE(document.ok());
  EXPECT_EQ(document.error().code, "TRS101");
  EXPECT_EQ(document.error().http_status, 400);
  EXPECT_NE(document.error().message.find("deeper than 64"), std::string::npos);
}

TEST(Json, BadTextIsRefused) {
  for (std::string_view bad : {"", "{", "[1,]", "{\"a\":1,}", "nul", "\"\xff\"",
                               "1 2", "{'a':1}", "\"\\ud800\"", "01", "[1]x"})
    EXPECT_FALSE(parse_json(bad).ok()) << bad;
  EXPECT_FALSE(parse_json(std::string_view("1\0", 2)).ok());
}

// It is JSON by its grammar, but has no UTF-8 form, and PostgreSQL takes none.
TEST(Json, HalfOfASurrogatePairIsRefusedWhereverItStands) {
  for (std::string_view bad :
       {R"("\ud800")", R"("\udc00")", R"("\ud83dx")", R"("\udc00\ud83d")",
        R"(["\ud83d\u0041"])", R"({"\ud83d":1})", R"({"a":["b\udfff"]})"})
    EXPECT_FALSE(parse_json(bad).ok()) << bad;
  auto whole = parse_json(R"(["\ud83d\ude00"])");
  ASSERT_TRUE(whole.ok());
  EXPECT_EQ(json_text((*whole)[0]), "\xf0\x9f\x98\x80");
}

TEST(Json, ErrorBodyHasAllFourMembers) {
  EXPECT_EQ(error_body({.code = "TRS404", .message = "no"}),
            R"({"code":"TRS404","details":null,"hint":null,"message":"no"})");
}

TEST(Json, ErrorBodyIsUtf8WhateverItRepeats) {
  EXPECT_EQ(error_body({.code = "X", .message = "\xff\xc3\xb6\xc3"}),
            "{\"code\":\"X\",\"details\":null,\"hint\":null,\"message\":"
            "\"\xef\xbf\xbd\xc3\xb6\xef\xbf\xbd\"}");
}

}  // namespace
}  // namespace trestle
