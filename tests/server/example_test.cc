// nginx.conf.example is a configuration that nginx takes, and it shows every
// directive that the module has; so do the pages of docs/directives.
#include <dirent.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "support/nginx_server.h"

namespace trestle::testing {
namespace {

std::string read(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The inside of the http block: the harness puts its own around it.
std::string http_block(const std::string& example) {
  const std::size_t start = example.find("http {") + 6;
  return example.substr(start, example.rfind('}') - start);
}

TEST(Example, is_a_good_configuration) {
  NginxServer server;
  server.file("sql/products.sql", "select 1 as id");
  server.file("sql/product.sql", "-- @one\nselect :id::int as id");
  server.file("pages/index.html", "<p>Hello</p>");
  const Finished result = server.check(http_block(read("nginx.conf.example")));
  EXPECT_EQ(result.exit_code, 0) << result.output;
}

TEST(Example, has_every_directive_that_has_a_page) {
  const std::string example = read("nginx.conf.example");
  DIR* folder = opendir("docs/directives");
  ASSERT_NE(folder, nullptr);
  while (const dirent* entry = readdir(folder)) {
    const std::string name = entry->d_name;
    if (name.size() < 4 || !name.ends_with(".md")) continue;
    const std::string directive = name.substr(0, name.size() - 3);
    const bool shown = example.find(directive + " ") != std::string::npos ||
                       example.find(directive + ";") != std::string::npos;
    EXPECT_TRUE(shown) << directive;
  }
  closedir(folder);
}

// What stands behind `before` up to the next quote, at each place in the text.
std::vector<std::string> quoted_behind(const std::string& text,
                                       std::string_view before) {
  std::vector<std::string> found;
  for (std::size_t at = 0; (at = text.find(before, at)) != std::string::npos;) {
    at += before.size();
    found.push_back(text.substr(at, text.find('"', at) - at));
  }
  return found;
}

TEST(Example, every_directive_of_the_code_is_shown_and_has_a_page) {
  const std::string example = read("nginx.conf.example");
  const auto names = quoted_behind(read("module/http/directives.cc"), "(\"");
  std::size_t directives = 0;
  for (const std::string& name : names) {
    if (!name.starts_with("trestle_")) continue;
    directives++;
    EXPECT_NE(example.find(name), std::string::npos) << name;
    const std::string page = read("docs/directives/" + name + ".md");
    EXPECT_TRUE(page.starts_with("# " + name + "\n\n**Syntax** `" + name))
        << name;
    for (const char* head : {"**Default**", "**Context**", "**Since**"})
      EXPECT_NE(page.find(head), std::string::npos) << name << " " << head;
  }
  EXPECT_GT(directives, 20u);
}

TEST(Example, every_key_of_a_database_is_shown_and_explained) {
  const std::string example = read("nginx.conf.example");
  const std::string page = read("docs/directives/trestle_database.md");
  for (const char* file :
       {"module/http/pool_keys.cc", "module/http/identity_keys.cc"}) {
    const auto keys = quoted_behind(read(file), "\n    {\"");
    EXPECT_GT(keys.size(), 5u) << file;
    for (const std::string& key : keys) {
      EXPECT_NE(example.find(key + " "), std::string::npos) << key;
      EXPECT_NE(page.find("`" + key + " "), std::string::npos) << key;
    }
  }
}

}  // namespace
}  // namespace trestle::testing
