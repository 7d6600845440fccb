// Links of the README and of docs/ lead somewhere: a relative one to a file of
// the project, its anchor to a heading there. Anchors are made as GitHub and
// pandoc make them.
#include <gtest/gtest.h>

#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> pages() {
  std::vector<fs::path> out = {"README.md", "CHANGELOG.md"};
  for (const auto& entry : fs::recursive_directory_iterator("docs"))
    if (entry.path().extension() == ".md") out.push_back(entry.path());
  return out;
}

// The lines of a page that are text: those of code are left out.
std::vector<std::string> text_lines(const fs::path& page) {
  std::vector<std::string> out;
  std::ifstream file(page);
  bool code = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("```"))
      code = !code;
    else if (!code)
      out.push_back(line);
  }
  return out;
}

// "## Who runs `where`?" -> "who-runs-where"
std::string anchor_of(std::string_view heading) {
  heading.remove_prefix(heading.find_first_not_of("# "));
  std::string out;
  for (const char c : heading) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == ' ')
      out.push_back('-');
    else if (std::isalnum(byte) != 0 || c == '-' || c == '_' || byte >= 0x80)
      out.push_back(static_cast<char>(std::tolower(byte)));
  }
  return out;
}

const std::set<std::string>& anchors_of(const fs::path& page) {
  static std::map<fs::path, std::set<std::string>> known;
  auto [at, is_new] = known.try_emplace(page);
  if (is_new)
    for (const std::string& line : text_lines(page))
      if (line.starts_with('#')) at->second.insert(anchor_of(line));
  return at->second;
}

// What stands in the parentheses of [text](here). Code between backticks is
// passed over.
std::vector<std::string> links_of(std::string_view line) {
  std::vector<std::string> out;
  bool code = false;
  for (std::size_t i = 0; i < line.size(); i++) {
    if (line[i] == '`') code = !code;
    if (code || !line.substr(i).starts_with("](")) continue;
    const std::size_t end = line.find(')', i);
    if (end == line.npos) break;
    out.emplace_back(line.substr(i + 2, end - i - 2));
  }
  return out;
}

void expect_leads_somewhere(const fs::path& page, const std::string& link) {
  const std::size_t hash = link.find('#');
  const std::string name = link.substr(0, hash);
  const fs::path file =
      name.empty() ? page : (page.parent_path() / name).lexically_normal();
  EXPECT_TRUE(fs::exists(file)) << page << ": " << link;
  if (hash == link.npos || file.extension() != ".md") return;
  EXPECT_TRUE(anchors_of(file).contains(link.substr(hash + 1)))
      << page << ": " << link;
}

TEST(DocsLinks, lead_to_files_and_headings_that_are_there) {
  int found = 0;
  for (const fs::path& page : pages()) {
    std::string text;
    // A link may go on in the next line.
    for (const std::string& line : text_lines(page)) text += line + " ";
    for (const std::string& link : links_of(text)) {
      if (link.find("://") != link.npos || link.starts_with("mailto:"))
        continue;
      found++;
      expect_leads_somewhere(page, link);
    }
  }
  EXPECT_GT(found, 90);
}

TEST(DocsLinks, every_page_is_linked_from_another) {
  std::set<fs::path> linked;
  for (const fs::path& page : pages()) {
    for (const std::string& line : text_lines(page))
      for (const std::string& link : links_of(line))
        linked.insert((page.parent_path() / link.substr(0, link.find('#')))
                          .lexically_normal());
  }
  linked.insert({"README.md", "CHANGELOG.md"});
  for (const fs::path& page : pages())
    EXPECT_TRUE(linked.contains(page)) << page;
}

}  // namespace
