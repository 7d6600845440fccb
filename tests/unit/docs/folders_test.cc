// The table of folders in docs/architecture.md says what each may include: the
// code keeps to it.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace fs = std::filesystem;
using Names = std::set<std::string>;

std::vector<std::string> cells_of(const std::string& row) {
  std::vector<std::string> cells;
  std::istringstream text(row);
  for (std::string cell; std::getline(text, cell, '|');) cells.push_back(cell);
  return cells;
}

// "`module/rest`, `pages`" -> {rest, pages}
Names words_of(std::string_view cell) {
  Names words;
  std::string word;
  for (const char c : std::string(cell) + ' ') {
    if (c >= 'a' && c <= 'z') {
      word += c;
      continue;
    }
    if (c != '/' && !word.empty()) words.insert(word);
    word.clear();
  }
  return words;
}

// What each folder of module/ may include, itself aside.
std::map<std::string, Names> table() {
  std::map<std::string, Names> allowed;
  std::ifstream page("docs/architecture.md");
  for (std::string line; std::getline(page, line);) {
    if (!line.starts_with("| `module/")) continue;
    const std::vector<std::string> cells = cells_of(line);
    Names may = words_of(cells[3]);
    if (may.contains("above"))
      for (const auto& [name, of_it] : allowed) may.insert(name);
    const Names names = words_of(cells[1]);
    for (const std::string& name : names) allowed[name] = may;
  }
  return allowed;
}

// The folder in `#include "folder/file.h"`; "": the line is none.
std::string folder_in(const std::string& line) {
  constexpr std::string_view kStart = "#include \"";
  if (!line.starts_with(kStart)) return {};
  const std::size_t slash = line.find('/');
  return slash == line.npos ? ""
                            : line.substr(kStart.size(), slash - kStart.size());
}

TEST(Folders, include_what_the_architecture_says) {
  const std::map<std::string, Names> allowed = table();
  std::size_t seen = 0;
  for (const auto& file : fs::recursive_directory_iterator("module")) {
    if (file.is_directory()) continue;
    const std::string own = file.path().parent_path().filename();
    ASSERT_TRUE(allowed.contains(own)) << own;
    const Names& may = allowed.at(own);
    std::ifstream text(file.path());
    for (std::string line; std::getline(text, line);) {
      const std::string folder = folder_in(line);
      if (folder.empty() || folder == own || may.contains("all")) continue;
      seen++;
      EXPECT_TRUE(may.contains(folder)) << file.path() << ": " << line;
    }
  }
  EXPECT_GT(seen, 500u);
}

}  // namespace
