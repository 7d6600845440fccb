// nginx.conf.example is a configuration that nginx takes, and it shows every
// directive that the module has.
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

}  // namespace
}  // namespace trestle::testing
