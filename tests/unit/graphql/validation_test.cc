// Documents against a small schema: what is refused, with which message and
// where; and what is accepted although it looks odd.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "graphql/limits.h"
#include "graphql/parser.h"
#include "graphql/schema_file.h"
#include "graphql/validate.h"

namespace trestle::graphql {
namespace {

constexpr std::string_view kSchema = R"(
schema { query: query_root mutation: mutation_root }
type query_root {
  author(where: author_bool_exp, limit: Int): [author!]!
  author_by_pk(id: Int!): author
}
type mutation_root { delete_author(where: author_bool_exp!): Int }
type author { id: Int! name: String articles: [article!]! }
type article { id: Int! title(upper: Boolean): String author: author }
enum colour { red green }
input author_bool_exp { id: Int_comparison_exp _not: author_bool_exp
                        colour: colour }
input Int_comparison_exp { _eq: Int _in: [Int!] }
)";

std::unique_ptr<Schema> test_schema() {
  Arena arena;
  Outcome<Document> document = parse_document(kSchema, arena);
  return std::move(*schema_of(*document));
}

std::string judge(std::string_view text) {
  static const std::unique_ptr<Schema> schema = test_schema();
  Arena arena;
  Outcome<Document> document = parse_document(text, arena);
  if (!document.ok()) return document.error().message;
  std::vector<GraphqlError> errors = validate(*schema, *document);
  return errors.empty() ? "ok" : errors[0].path + " " + errors[0].message;
}

struct Case {
  const char* document;
  const char* verdict;
};

TEST(Validation, tells_what_is_wrong_and_where) {
  const Case cases[] = {
      {"{ author { id } }", "ok"},
      {"{ authors { id } }",
       "$.selectionSet.authors field 'authors' not found in type: "
       "'query_root'"},
      {"{ author { nope } }",
       "$.selectionSet.author.selectionSet.nope field 'nope' not found in "
       "type: 'author'"},
      {"{ author(where: {id: {_ne: 1}}) { id } }",
       "$.selectionSet.author.args.where.id._ne field '_ne' not found in type: "
       "'Int_comparison_exp'"},
      {"{ author(where: {id: {_in: [1, \"2\"]}}) { id } }",
       "$.selectionSet.author.args.where.id._in[1] expected a 32-bit integer "
       "for type 'Int', but found a string"},
      {"{ author(where: {colour: blue}) { id } }",
       "$.selectionSet.author.args.where.colour expected one of the values "
       "['red', 'green'] for type 'colour', but found 'blue'"},
      {"{ author(where: {colour: \"red\"}) { id } }",
       "$.selectionSet.author.args.where.colour expected an enum value for "
       "type 'colour', but found a string"},
      {"mutation { delete_author(where: null) }",
       "$.selectionSet.delete_author.args.where expected an object for type "
       "'author_bool_exp', but found null"},
      {"{ author_by_pk { id } }",
       "$.selectionSet.author_by_pk.args.id missing required field 'id'"},
      {"{ author(first: 1) { id } }",
       "$.selectionSet.author 'author' has no argument named 'first'"},
      {"{ author }",
       "$.selectionSet.author missing selection set for "
       "'author'"},
      {"{ author { id { x } } }",
       "$.selectionSet.author.selectionSet.id unexpected subselection set for "
       "non-object field"},
      {"{ author { id @nope } }",
       "$.selectionSet.author.selectionSet directive 'nope' is not defined in "
       "the schema"},
      {"query @include(if: true) { author { id } }",
       "$ directive 'include' is not allowed on a query"},
      {"query ($n: Int!) { author(where: {colour: $n}) { id } }",
       "$.selectionSet.author.args.where.colour variable 'n' is declared as "
       "'Int!', but used where 'colour' is expected"},
      {"query ($n: Int) { author { id } }", "$ variable 'n' is never used"},
      {"{ author { ...a } } fragment a on author { articles { ...b } } "
       "fragment b on article { author { ...a } }",
       "$ the fragment definition(s) a and b form a cycle"},
      {"subscription { author { id } }", "$ no subscriptions exist"},
      {"{ author { x: id x: name } }",
       "$ cannot merge different fields under the same alias 'x': they return "
       "different types"},
      {"{ author { ...a } } fragment a on author { articles { title title("
       "upper: true) } }",
       "$ cannot merge different fields under the same alias 'title': they "
       "have different arguments"},
      {"{ author { id ",
       "not a valid graphql query: expected a name, found "
       "<EOF>"},
  };
  for (const Case& c : cases) EXPECT_EQ(judge(c.document), c.verdict);
}

TEST(Validation, accepts_what_only_looks_wrong) {
  for (const char* document :
       {"{ author { id id } author { id } }",
        "\xef\xbb\xbf,,{ author,{,id # comment\n} }",
        "{ query: __typename on: __typename null: __typename }",
        "query ($i: Int = 1) { author_by_pk(id: $i) { id } }",
        "{ author(where: {id: {_in: 1}}) { id } }",
        "{ author(where: {id: null}) { id } }",
        "{ author { ... { id } ... on author { name } } }",
        "query A { __typename } query B { __typename }"})
    EXPECT_EQ(judge(document), "ok") << document;
}

// --- limits
// --------------------------------------------------------------------

std::string limited(const std::string& text, const Limits& limits = {}) {
  Arena arena;
  Outcome<Document> document =
      parse_document(text, arena, {.max_tokens = limits.max_tokens});
  if (!document.ok()) return std::string(document.error().code);
  std::optional<GraphqlError> error = check_limits(*document, limits);
  return error ? error->message : "ok";
}

TEST(Limits, fragments_that_double_are_counted_not_expanded) {
  std::string bomb = "{ ...f0 }";
  for (int i = 0; i < 30; i++) {
    std::string next = "...f" + std::to_string(i + 1) + " ";
    bomb += " fragment f" + std::to_string(i) + " on query_root { " + next +
            next + "}";
  }
  bomb += " fragment f30 on query_root { author { id } }";
  EXPECT_EQ(limited(bomb, {.max_root_fields = 1ULL << 60}),
            "the document has too many fields: 2147483648, at most 1000 "
            "are allowed");
}

TEST(Limits, each_has_its_own) {
  EXPECT_EQ(limited("{ a { b { c } } }", {.max_depth = 2}),
            "the document has too many levels: 3, at most 2 are allowed");
  EXPECT_EQ(limited("{ a b c }", {.max_root_fields = 2}),
            "the document has too many root fields: 3, at most 2 are allowed");
  EXPECT_EQ(limited("{ a: b c: d }", {.max_aliases = 1}),
            "the document has too many aliases: 2, at most 1 are allowed");
  EXPECT_EQ(limited("{ a @b @c }", {.max_directives = 1}),
            "the document has too many directives: 2, at most 1 are allowed");
  EXPECT_EQ(limited("{ a { b } }", {.max_tokens = 5}), "limit-exceeded");
  EXPECT_EQ(limited("{ __schema { types { name } } a }", {.max_depth = 1}),
            "ok");
}

// Every one of them must end at once, in an error or in "ok", never in a crash.
TEST(BadInput, is_refused_without_growing) {
  auto repeat = [](std::string_view part, int n) {
    std::string out;
    for (int i = 0; i < n; i++) out += part;
    return out;
  };
  std::vector<std::string> corpus;
  for (std::string_view unit : {"{",
                                "[",
                                "(",
                                "\"",
                                "{a",
                                "{a:",
                                "{a(b:[",
                                "{a(b:{c:",
                                "...",
                                "...{",
                                "@a",
                                "@a(",
                                "$",
                                "#",
                                ",",
                                "query(",
                                "{a(b:\"\\u",
                                "fragment a on b{",
                                "\"\"\"",
                                "\\",
                                "-",
                                "1",
                                "1.",
                                "1e",
                                "!",
                                "|",
                                "&",
                                "=",
                                "a ",
                                "type a{b:",
                                "extend ",
                                "schema{",
                                "enum a{",
                                "union a=",
                                "input a{b:[",
                                "directive@a on ",
                                "{...on a",
                                "{a{...b}}",
                                "subscription{",
                                "\x01",
                                "\xff",
                                "\xc3\xa9",
                                "\xef\xbb\xbf",
                                "{a@include(if:"})
    for (int n : {1, 2, 63, 100, 10'000}) corpus.push_back(repeat(unit, n));
  for (std::string_view number :
       {"1e999999999", "-0", "00", "9223372036854775808", "1e-400", "0x1"})
    corpus.push_back("{ author(limit: " + std::string(number) + ") { id } }");
  corpus.push_back("{ author(limit: " + repeat("9", 20'000) + ") { id } }");
  corpus.push_back("{ " + repeat("a: author { id } ", 900) + "}");
  corpus.push_back("{ author(where: " + repeat("{_not: ", 60) + "{}" +
                   repeat("}", 60) + ") { id } }");
  corpus.push_back(repeat("query Q { author { id } } ", 500));
  corpus.push_back(repeat("fragment f on author { ...f } ", 500));
  EXPECT_GE(corpus.size(), 150u);
  for (const std::string& document : corpus) {
    // An exactly sized copy, so that a read behind the end is seen.
    std::unique_ptr<char[]> bytes(new char[document.size()]);
    std::copy(document.begin(), document.end(), bytes.get());
    EXPECT_FALSE(judge({bytes.get(), document.size()}).empty());
  }
}

}  // namespace
}  // namespace trestle::graphql
