// Golden case files: tests/cases/SUITE/NAME.case, made of sections
//
//   === request
//   product?id=eq.1
//   === expect
//   select ...
//
// A section's text runs to the next line that begins with "=== "; its last line
// feed does not count. A test reads some sections and compares with others;
// UPDATE_GOLDEN=1 writes what came instead of comparing, and a person reads the
// diff. Tests run from the top folder of the project.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace trestle::testing {

class GoldenCase {
 public:
  explicit GoldenCase(std::filesystem::path path) : path_(std::move(path)) {
    std::ifstream file(path_, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(file), {}};
    std::size_t at = 0;
    while (at < text.size()) {
      std::size_t end = std::min(text.find('\n', at), text.size());
      std::string line = text.substr(at, end - at);
      at = end + 1;
      if (line.starts_with("=== "))
        sections_.emplace_back(line.substr(4), "");
      else if (!sections_.empty())
        sections_.back().second.append(line).append("\n");
    }
    for (auto& section : sections_)
      if (section.second.ends_with('\n')) section.second.pop_back();
  }

  [[nodiscard]] std::string name() const { return path_.stem().string(); }

  // Empty when there is none.
  [[nodiscard]] std::string text(std::string_view section) const {
    for (const auto& each : sections_)
      if (each.first == section) return each.second;
    return {};
  }

  [[nodiscard]] bool has(std::string_view section) const {
    return std::ranges::any_of(
        sections_, [&](const auto& each) { return each.first == section; });
  }

  // Compares, or writes under UPDATE_GOLDEN=1.
  void expect(const std::string& section, const std::string& actual) {
    if (std::getenv("UPDATE_GOLDEN") == nullptr) {
      EXPECT_EQ(text(section), actual) << path_.string();
      return;
    }
    auto found = std::ranges::find_if(
        sections_, [&](const auto& each) { return each.first == section; });
    if (found == sections_.end())
      sections_.emplace_back(section, actual);
    else
      found->second = actual;
    std::ofstream file(path_, std::ios::binary | std::ios::trunc);
    for (const auto& each : sections_)
      file << "=== " << each.first << "\n" << each.second << "\n";
  }

 private:
  std::filesystem::path path_;
  std::vector<std::pair<std::string, std::string>> sections_;
};

// All cases of a suite, by name. For
//   INSTANTIATE_TEST_SUITE_P(, RestReadCase,
//                            ::testing::ValuesIn(golden_cases("rest_read")),
//                            golden_name);
inline std::vector<std::string> golden_cases(const std::string& suite) {
  std::vector<std::string> paths;
  std::filesystem::path folder =
      std::filesystem::path("tests") / "cases" / suite;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(folder, none))
    if (entry.path().extension() == ".case")
      paths.push_back(entry.path().string());
  std::ranges::sort(paths);
  return paths;
}

inline std::string golden_name(
    const ::testing::TestParamInfo<std::string>& info) {
  return std::filesystem::path(info.param).stem().string();
}

}  // namespace trestle::testing
