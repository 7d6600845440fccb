// What /status/metrics tells is explained in docs/operations.md and drawn by
// docs/grafana-dashboard.json, and neither of them names anything else. The
// same for the variables of log_format.
#include <gtest/gtest.h>

#include <cctype>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <string_view>

#include "status/report.h"

namespace trestle::status {
namespace {

std::string read(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// The words of a text that stand behind `before` and begin with it.
std::set<std::string> words_with(std::string_view text,
                                 std::string_view before) {
  std::set<std::string> words;
  for (std::size_t at = text.find(before); at != text.npos;
       at = text.find(before, at)) {
    std::size_t end = at + before.size();
    while (end < text.size() && is_word(text[end])) end++;
    words.emplace(text.substr(at, end - at));
    at = end;
  }
  return words;
}

// All families that there can be.
std::set<std::string> families() {
  Report report;
  report.databases.push_back({.name = "shop"});
  report.locations.push_back({.server = "", .location = "/", .handler = "x"});
  report.feeds.emplace_back();
  report.cache.emplace();
  report.live_memory.emplace();
  std::set<std::string> names;
  for (const std::string& line :
       words_with(prometheus_report(report), "# TYPE trestle_"))
    names.insert(line.substr(line.rfind(' ') + 1));
  return names;
}

// A histogram's series without what the format adds to its name.
std::string family_of(std::string series) {
  for (const std::string_view suffix : {"_bucket", "_sum", "_count"})
    if (series.ends_with(suffix)) series.resize(series.size() - suffix.size());
  return series;
}

TEST(Metrics, each_is_explained_on_the_operations_page) {
  const std::string page = read("docs/operations.md");
  const std::set<std::string> known = families();
  EXPECT_GT(known.size(), 25u);
  for (const std::string& name : known)
    EXPECT_NE(page.find("`" + name + "`"), std::string::npos) << name;
  for (const std::string& name : words_with(page, "`trestle_"))
    if (name.ends_with("_total") || name.ends_with("_bytes") ||
        name.ends_with("_seconds")) {
      EXPECT_TRUE(known.contains(name.substr(1))) << name;
    }
}

TEST(Metrics, each_is_drawn_on_the_dashboard_and_no_other) {
  const std::string dashboard = read("docs/grafana-dashboard.json");
  const std::set<std::string> known = families();
  std::set<std::string> drawn;
  for (const std::string& series : words_with(dashboard, "trestle_"))
    drawn.insert(family_of(series));
  for (const std::string& name : drawn)
    EXPECT_TRUE(known.contains(name)) << name;
  for (const std::string& name : known) {
    // Its label is a version: nothing to draw.
    if (name != "trestle_build_info") {
      EXPECT_TRUE(drawn.contains(name)) << name;
    }
  }
}

TEST(Variables, each_is_explained_on_the_operations_page_and_shown) {
  const std::string page = read("docs/operations.md");
  const std::string example = read("nginx.conf.example");
  const auto names =
      words_with(read("module/http/variables.cc"), "{\"trestle_");
  EXPECT_GT(names.size(), 5u);
  for (const std::string& name : names) {
    const std::string variable = "$" + name.substr(2);
    EXPECT_NE(page.find("`" + variable + "`"), std::string::npos) << variable;
    EXPECT_NE(example.find(variable), std::string::npos) << variable;
  }
}

}  // namespace
}  // namespace trestle::status
