#include "sql/handler_file.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "support/golden.h"

namespace trestle {
namespace {

std::string_view word_of(ResultShape shape) {
  switch (shape) {
    case ResultShape::many:
      return "many";
    case ResultShape::one:
      return "one";
    case ResultShape::value:
      return "value";
    case ResultShape::exec:
      return "exec";
  }
  return "";
}

std::string dump_params(const FileSection& section) {
  std::string out;
  for (const FileParam& param : section.params)
    out.append(concat({"param ", param.spelling(), param.required ? "!" : "",
                       param.source == ParamSource::body ? " (body)" : "",
                       " line ", std::to_string(param.line), "\n"}));
  return out;
}

std::string dump_statement(const FileStatement& statement) {
  std::string out =
      concat({"@", word_of(statement.shape), " ", statement.name, " line ",
              std::to_string(statement.line),
              statement.facts.access == Access::read ? " read" : " write",
              statement.facts.effects == Effects::clean ? " clean" : "",
              statement.facts.calls_functions ? " calls" : "", "\n"});
  out.append(concat({statement.text, "\n"}));
  for (std::size_t i = 0; i < statement.params.size(); i++)
    out.append(concat({"  $", std::to_string(i + 1), " is param ",
                       std::to_string(statement.params[i]), "\n"}));
  return out;
}

std::string dump_answer(const FileSection& section) {
  std::string out;
  if (section.status != 0)
    out.append(concat({"status ", std::to_string(section.status), "\n"}));
  if (section.token_s)
    out.append(concat({"token ", std::to_string(*section.token_s), "\n"}));
  if (section.begins_session) out.append("session begins\n");
  if (section.ends_session) out.append("session ends\n");
  for (const HeaderTemplate& header : section.headers) {
    out.append(concat({"header ", header.name, ":"}));
    for (const TemplatePiece& piece : header.value)
      out.append(piece.statement
                     ? concat({" <", std::to_string(*piece.statement), ".",
                               piece.column, ">"})
                     : concat({" '", piece.text, "'"}));
    out.push_back('\n');
  }
  for (const Annotation& extra : section.extras)
    out.append(concat({"extra @", extra.word, " ", extra.text, " before ",
                       std::to_string(extra.before), "\n"}));
  return out;
}

std::string dump(const Result<HandlerFile>& file) {
  if (!file.ok())
    return concat({file.error().code, " ", file.error().message, "\n",
                   file.error().details.value_or("")});
  std::string out = "serves";
  for (std::string_view method : file->methods())
    out.append(concat({" ", method}));
  out.push_back('\n');
  for (const FileSection& section : file->sections) {
    out.append(concat({"--- ", section.method.empty() ? "all" : section.method,
                       section.name.empty() ? "" : " ", section.name, "\n"}));
    out.append(dump_answer(section)).append(dump_params(section));
    for (const FileStatement& statement : section.statements)
      out.append(dump_statement(statement));
  }
  if (out.ends_with('\n')) out.pop_back();
  return out;
}

class HandlerFileCase : public ::testing::TestWithParam<std::string> {};

TEST_P(HandlerFileCase, MatchesGolden) {
  testing::GoldenCase golden(GetParam());
  HandlerFileOptions options;
  std::string extras = golden.text("extras");
  if (!extras.empty()) {
    options.section_names = true;
    options.extras = split(extras, ' ');
  }
  golden.expect("expect", dump(parse_handler_file("x.sql", golden.text("file"),
                                                  options)));
}

INSTANTIATE_TEST_SUITE_P(
    Files, HandlerFileCase,
    ::testing::ValuesIn(testing::golden_cases("handler_file")),
    testing::golden_name);

TEST(HandlerFile, refuses_bytes_that_are_not_utf8) {
  Result<HandlerFile> file = parse_handler_file("x.sql", "select '\xff'");
  ASSERT_FALSE(file.ok());
  EXPECT_EQ(file.error().message, "x.sql:1: the file is not UTF-8");
}

TEST(HandlerFile, refuses_a_nul_byte_with_its_line) {
  Result<HandlerFile> file =
      parse_handler_file("x.sql", std::string("select 1;\n\0", 11));
  ASSERT_FALSE(file.ok());
  EXPECT_EQ(file.error().message, "x.sql:2: the file holds a NUL byte");
}

}  // namespace
}  // namespace trestle
