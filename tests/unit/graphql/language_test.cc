// Tokens, strings, variables and introspection.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "base/text.h"
#include "graphql/introspection.h"
#include "graphql/lexer.h"
#include "graphql/parser.h"
#include "graphql/schema_file.h"

namespace trestle::graphql {
namespace {

std::string lexed(std::string_view text) {
  Arena arena;
  Lexer lexer(text, arena, 100);
  Token token = lexer.next();
  return token.kind == TokenKind::error ? "error" : std::string(token.text);
}

TEST(Lexer, strings_stand_for_their_text) {
  EXPECT_EQ(lexed(R"("a\n\"\u00e9\u{1F600}\ud83d\ude00")"),
            "a\n\"\xc3\xa9\xf0\x9f\x98\x80\xf0\x9f\x98\x80");
  EXPECT_EQ(lexed("\"\"\"\n    one\n      two \\\"\"\"\n    \"\"\""),
            "one\n  two \"\"\"");
  for (const char* bad : {"\"\\q\"", "\"\\u12\"", "\"\\ud800\"", "\"a\nb\"",
                          "\"\\u{110000}\"", "\"abc", "\"\"\"abc\"\""})
    EXPECT_EQ(lexed(bad), "error") << bad;
}

TEST(Lexer, numbers_follow_the_grammar) {
  for (const char* good : {"0", "-1", "12", "1.5", "-0.5e+10", "1E3"})
    EXPECT_EQ(lexed(good), good);
  for (const char* bad : {"01", "1.", ".5", "1e", "1x", "1.5.2", "-", "+1"})
    EXPECT_EQ(lexed(bad), "error") << bad;
}

TEST(Json, numbers_keep_their_digits) {
  Arena arena;
  std::string out;
  std::string_view text =
      R"({"a":[1,2.50,12345678901234567890,null,true],"":{"b":"\u00e9"}})";
  append_value(out, *parse_json_value(text, arena));
  EXPECT_EQ(out,
            "{\"a\":[1,2.50,12345678901234567890,null,true],\"\":{\"b\":\"\xc3"
            "\xa9\"}}");
  EXPECT_FALSE(parse_json_value("{\"a\":", arena).ok());
  EXPECT_FALSE(parse_json_value("\"\xff\"", arena).ok());
  EXPECT_FALSE(parse_json_value(std::string(100, '['), arena).ok());
}

std::unique_ptr<Schema> schema_from(std::string_view text) {
  Arena arena;
  Outcome<Document> document = parse_document(text, arena);
  return std::move(*schema_of(*document));
}

std::string coerced(std::string_view definitions, std::string_view given) {
  static const std::unique_ptr<Schema> schema = schema_from(
      "type Query { a: Int } enum E { X Y } "
      "input P { x: Int! y: Int = 7 e: E l: [Int!] } scalar any");
  Arena arena;
  std::string text = "query (" + std::string(definitions) + ") { a }";
  Outcome<Document> document = parse_document(text, arena);
  Outcome<Value> object = parse_json_value(given, arena);
  const Operation& operation = document->operations[0];
  Outcome<Variables> variables =
      coerce_variables(*schema, operation, &*object, arena);
  if (!variables.ok()) return variables.error().message;
  std::string out;
  for (const VariableDefinition& definition : operation.variables) {
    const Value* value = variables->find(definition.name);
    if (value == nullptr)
      out += "absent ";
    else
      append_value(out, *value), out += ' ';
  }
  return out;
}

TEST(Variables, are_coerced_to_their_types) {
  EXPECT_EQ(coerced("$a: Int, $b: Int = 3, $c: Int", R"({"a": 1.0})"),
            "1.0 3 absent ");
  EXPECT_EQ(coerced("$p: P!", R"({"p": {"x": 1, "e": "X", "l": 5}})"),
            R"({"x":1,"e":"X","l":[5],"y":7} )");
  EXPECT_EQ(coerced("$l: [Int!]", R"({"l": [1, null]})"),
            "variable 'l': null value found for non-nullable type: \"Int!\"");
  EXPECT_EQ(coerced("$a: Int", R"({"a": "1"})"),
            "variable 'a': expected a 32-bit integer for type 'Int', but found "
            "a string");
  EXPECT_EQ(coerced("$a: Int", R"({"a": 2147483648})"),
            "variable 'a': expected a 32-bit integer for type 'Int', but found "
            "an integer");
  EXPECT_EQ(coerced("$a: Int!", "{}"),
            "expecting a value for non-nullable variable: \"a\"");
  EXPECT_EQ(coerced("$e: E", R"({"e": "Z"})"),
            "variable 'e': expected one of the values ['X', 'Y'] for type 'E', "
            "but found 'Z'");
  EXPECT_EQ(coerced("$v: any", R"({"v": {"deep": [1]}})"), R"({"deep":[1]} )");
}

TEST(SchemaFile, interfaces_are_implemented_as_they_say) {
  const struct {
    std::string_view types;
    std::string_view message;  // empty: none
  } cases[] = {
      {"interface I { a: Int } type T implements I { a: Int b: Int }", ""},
      {"interface I { a: Int } type T implements I { a: Int! }", ""},
      {"interface I { a: [I] } type T implements I { a: [T!] }", ""},
      {"interface I { a: Int } type T implements I { a(x: Int): Int }", ""},
      {"interface J { a: Int } interface I implements J { a: Int } "
       "type T implements I & J { a: Int }",
       ""},
      {"interface I { a: Int! } type T implements I { a: Int }",
       "field \"T.a\" must be of type Int! as in interface \"I\""},
      {"interface I { a: [Int] } type T implements I { a: Int }",
       "field \"T.a\" must be of type [Int] as in interface \"I\""},
      {"interface I { a(x: Int): Int } type T implements I { a: Int }",
       "field \"T.a\" must have argument \"x\" of type Int as in interface "
       "\"I\""},
      {"interface I { a: Int } type T implements I { a(x: Int!): Int }",
       "field \"T.a\" must not require argument \"x\", which is unknown as "
       "in interface \"I\""},
      {"interface J { a: Int } interface I implements J { a: Int } "
       "type T implements I { a: Int }",
       "type \"T\" must implement \"J\", which \"I\" does"},
      {"type I { a: Int } type T implements I { a: Int }",
       "\"I\" is no interface"},
      {"interface I implements I { a: Int } type T implements I { a: Int }",
       "interface \"I\" implements itself"},
      {"interface I { a: Int } type T { a: Int } union U = T | I",
       "\"I\" is no object type, as members of union \"U\" must be"},
  };
  for (const auto& one : cases) {
    std::string text = concat({"type Query { t: T } ", one.types});
    Arena arena;
    Outcome<Document> document = parse_document(text, arena);
    ASSERT_TRUE(document.ok()) << one.types;
    Outcome<std::unique_ptr<Schema>> schema = schema_of(*document);
    EXPECT_EQ(schema.ok() ? "" : schema.error().message, one.message)
        << one.types;
  }
}

TEST(Introspection, describes_a_type_sorted_by_name) {
  std::unique_ptr<Schema> schema = schema_from(
      "type Query { b(x: Int = 2): [Int!]! a: E @deprecated(reason: \"old\") } "
      "enum E { Y X }");
  Arena arena;
  std::string_view text =
      "{ __type(name: \"Query\") { n: name fields(includeDeprecated: true) { "
      "name isDeprecated args { name defaultValue } type { kind ofType { kind "
      "} } } } }";
  Outcome<Document> document = parse_document(text, arena);
  Variables variables;
  CollectContext context{*schema, *document, variables};
  std::vector<CollectedField> fields = collect_fields(
      context, *schema->query, {document->operations[0].selections});
  std::string out;
  append_introspection(out, context, fields[0]);
  EXPECT_EQ(
      out,
      R"({"n":"Query","fields":[{"name":"a","isDeprecated":true,"args":[],)"
      R"("type":{"kind":"ENUM","ofType":null}},{"name":"b","isDeprecated":)"
      R"(false,"args":[{"name":"x","defaultValue":"2"}],"type":{"kind":)"
      R"("NON_NULL","ofType":{"kind":"LIST"}}}]})");
}

}  // namespace
}  // namespace trestle::graphql
