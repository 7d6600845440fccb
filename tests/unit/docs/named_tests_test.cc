// The tables of docs/security.md and docs/reliability.md name tests: each of
// them must be there.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// The second argument of every TEST, TEST_F and TEST_P.
std::set<std::string> names_of_tests() {
  std::set<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator("tests")) {
    if (entry.path().extension() != ".cc") continue;
    const std::string text = read(entry.path());
    for (std::size_t at = text.find("\nTEST"); at != std::string::npos;
         at = text.find("\nTEST", at + 1)) {
      std::size_t begin = text.find(',', at) + 1;
      while (begin < text.size() && !is_word(text[begin])) begin++;
      std::size_t end = begin;
      while (end < text.size() && is_word(text[end])) end++;
      names.insert(text.substr(begin, end - begin));
    }
  }
  return names;
}

bool is_there(const std::set<std::string>& names, std::string_view name) {
  const bool prefix = name.ends_with('*');
  if (prefix) name.remove_suffix(1);
  if (!prefix) return names.contains(std::string(name));
  const auto first = names.lower_bound(std::string(name));
  return first != names.end() && first->starts_with(name);
}

// What a table's row has between backticks in the column `column` (from 0).
std::vector<std::string> quoted(std::string_view row, int column) {
  std::vector<std::string> words;
  for (; column >= 0 && !row.empty(); column--)
    row.remove_prefix(std::min(row.find('|') + 1, row.size()));
  row = row.substr(0, row.find('|'));
  while (true) {
    const std::size_t begin = row.find('`');
    if (begin == row.npos) return words;
    const std::size_t end = row.find('`', begin + 1);
    words.emplace_back(row.substr(begin + 1, end - begin - 1));
    row.remove_prefix(end + 1);
  }
}

void expect_tests_of(const char* page, std::string_view head) {
  static const std::set<std::string> names = names_of_tests();
  std::ifstream file(page);
  std::string line;
  int column = -1, found = 0;
  while (std::getline(file, line)) {
    if (!line.starts_with('|')) column = -1;
    if (const std::size_t at = line.find(head);
        line.starts_with('|') && at != line.npos) {
      column = static_cast<int>(
          std::count(line.begin(), line.begin() + static_cast<long>(at), '|'));
    }
    if (column < 0) continue;
    for (std::string name : quoted(line, column)) {
      if (const std::size_t dot = name.find('.'); dot != name.npos)
        name.erase(0, dot + 1);
      // A suite as a whole, a program, a command.
      if (name.ends_with("Test") || name == "pg_faults" ||
          name.find(' ') != name.npos)
        continue;
      found++;
      EXPECT_TRUE(is_there(names, name)) << page << ": " << name;
    }
  }
  EXPECT_GT(found, 20) << page;
}

TEST(NamedTests, of_the_security_page_are_there) {
  expect_tests_of("docs/security.md", "| shown by |");
}

TEST(NamedTests, of_the_reliability_page_are_there) {
  expect_tests_of("docs/reliability.md", "| test |");
}

}  // namespace
