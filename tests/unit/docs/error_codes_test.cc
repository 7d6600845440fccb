// docs/errors.md lists every code that the module answers or logs.
#include <gtest/gtest.h>

#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <string_view>

namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// TRS and PGRST codes that stand right behind `before` in a text.
void add_codes(std::string_view text, std::string_view before,
               std::set<std::string>& codes) {
  for (const std::string_view family : {"TRS", "PGRST"}) {
    const std::string start = std::string(before) + std::string(family);
    for (std::size_t at = text.find(start); at != text.npos;
         at = text.find(start, at + 1)) {
      const std::string_view code =
          text.substr(at + before.size(), family.size() + 3);
      bool is_code = code.size() == family.size() + 3;
      for (const char c : code.substr(family.size()))
        is_code = is_code && std::isdigit(static_cast<unsigned char>(c)) != 0;
      if (is_code) codes.emplace(code);
    }
  }
}

std::set<std::string> codes_of_the_module() {
  std::set<std::string> codes;
  for (const auto& entry : fs::recursive_directory_iterator("module"))
    if (entry.path().extension() == ".cc" || entry.path().extension() == ".h")
      add_codes(read(entry.path()), "\"", codes);
  return codes;
}

TEST(ErrorCodes, each_is_explained_once) {
  const std::string page = read("docs/errors.md");
  std::set<std::string> listed;
  add_codes(page, "\n| ", listed);
  const std::set<std::string> known = codes_of_the_module();
  EXPECT_GT(known.size(), 100u);
  for (const std::string& code : known) {
    EXPECT_TRUE(listed.contains(code)) << code;
    const std::size_t row = page.find("\n| " + code + " ");
    EXPECT_EQ(page.find("\n| " + code + " ", row + 1), std::string::npos)
        << code;
  }
  // Under REST the codes of identity are PGRST's, made from ours.
  for (const std::string& code : listed)
    EXPECT_TRUE(known.contains(code) || code.starts_with("PGRST30")) << code;
}

}  // namespace
