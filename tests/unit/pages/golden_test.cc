// The golden cases under tests/cases/jinja: 1,400 templates whose output was
// computed by Jinja2. A file is {"contexts": {key: object}, "cases": [...]}.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "base/json.h"
#include "unit/pages/support.h"

namespace trestle::pages {
namespace {

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::filesystem::path> case_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry :
       std::filesystem::directory_iterator("tests/cases/jinja"))
    files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

class Golden : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(Golden, MatchesJinja2) {
  std::string text = read_file(GetParam());
  Result<rapidjson::Document> document = parse_json(text, {.max_depth = 200});
  ASSERT_TRUE(document.ok()) << document.error().message;
  // The contexts as values: a rapidjson number forgets that 1.0 is a float.
  Arena arena;
  Result<Value> values = parse_json_value(arena, text);
  ASSERT_TRUE(values.ok());
  for (const auto& item : (*document)["cases"].GetArray()) {
    SCOPED_TRACE(item["id"].GetString());
    std::map<std::string, std::string> files;
    for (const auto& file : item["files"].GetObject())
      files[std::string(json_text(file.name))] = json_text(file.value);
    const Value* context =
        values->dict->find("contexts")->dict->find(json_text(item["context"]));
    Rendered got = render_files(files, item["entry"].GetString(), context->dict,
                                arena, {.is_lax = true});
    const auto& expected = item["expected"];
    if (expected["ok"].GetBool()) {
      EXPECT_TRUE(got.ok) << got.error.summary();
      EXPECT_EQ(got.output, json_text(expected["output"]));
      continue;
    }
    EXPECT_FALSE(got.ok) << got.output;
    if (std::string_view(item["check"].GetString()) != "line" ||
        !expected["file"].IsString())
      continue;
    EXPECT_EQ(got.error.kind_name(), json_text(expected["kind"]));
    // Jinja2 names some lexical errors by the path on its disk.
    std::filesystem::path file(std::string(json_text(expected["file"])));
    EXPECT_EQ(got.error.file, file.filename().string());
    EXPECT_EQ(got.error.line, expected["line"].GetUint());
  }
}

std::string name_of(const testing::TestParamInfo<std::filesystem::path>& info) {
  std::string name = info.param.stem().string();
  for (char& c : name)
    if (c == '.') c = '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Jinja, Golden, testing::ValuesIn(case_files()),
                         name_of);

}  // namespace
}  // namespace trestle::pages
