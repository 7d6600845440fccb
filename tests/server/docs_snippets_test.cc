// Every piece of nginx.conf on a page of documentation is one that nginx takes,
// and so is every file of SQL: the page is not where a mistake is found last.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "support/docs.h"
#include "support/nginx_server.h"

namespace trestle::testing {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> pages() {
  std::vector<std::string> out = {"README.md"};
  for (const auto& entry : fs::recursive_directory_iterator("docs"))
    if (entry.path().extension() == ".md") out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

// The words of a configuration; braces and semicolons are words of their own.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  char quote = 0;
  const auto end_word = [&] {
    if (!word.empty()) words.push_back(std::move(word));
    word.clear();
  };
  for (std::size_t i = 0; i < text.size(); i++) {
    const char c = text[i];
    if (quote != 0) {
      if (c == quote) quote = 0;
      word += c;
    } else if (c == '#' && word.empty()) {
      i = std::min(text.find('\n', i), text.size());
    } else if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      end_word();
    } else if (c == ';' || ((c == '{' || c == '}') && word.empty())) {
      end_word();
      words.emplace_back(1, c);
    } else {
      if (c == '"' || c == '\'') quote = c;
      word += c;
    }
  }
  end_word();
  return words;
}

// The directives of the outermost level.
std::set<std::string> outer_directives(const std::vector<std::string>& words) {
  std::set<std::string> out;
  int depth = 0;
  bool begins = true;
  for (const std::string& word : words) {
    if (word == "{") depth++;
    if (word == "}") depth--;
    if (begins && depth == 0 && word != "}") out.insert(word);
    begins = word == ";" || word == "{" || word == "}";
  }
  return out;
}

// Where a piece of configuration belongs, by what is in it.
enum class Place { whole, http, server, location, database };

Place place_of(const std::set<std::string>& directives) {
  constexpr std::array<std::string_view, 9> kHttp = {"server",
                                                     "trestle_database",
                                                     "log_format",
                                                     "map",
                                                     "trestle_trusted_proxy",
                                                     "trestle_trusted_origin",
                                                     "trestle_cache_zone",
                                                     "trestle_live_memory",
                                                     "trestle_graphql_memory"};
  if (directives.contains("load_module")) return Place::whole;
  for (const std::string_view name : kHttp)
    if (directives.contains(std::string(name))) return Place::http;
  if (directives.contains("location")) return Place::server;
  for (const std::string& name : directives)
    if (name.starts_with("trestle_") || name.starts_with("proxy_"))
      return Place::location;
  return Place::database;
}

void replace_all(std::string& text, std::string_view from,
                 std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != text.npos;
       at += to.size())
    text.replace(at, from.size(), to);
}

// Commands are run by docs_test.cc and demo_test.cc, or say that they are not.
TEST(Commands, of_every_page_are_run) {
  const std::string tests = read_file("tests/server/docs_test.cc") +
                            read_file("tests/server/demo_test.cc");
  for (const std::string& page : pages()) {
    for (const DocsBlock& block : blocks_of(read_file(page))) {
      if (block.language == "console" && block.name != "untested") {
        EXPECT_NE(tests.find("\"" + page + "\""), std::string::npos) << page;
      }
    }
  }
}

class Snippets : public ::testing::Test {
 protected:
  Snippets() {
    for (const char* key : {"jwt.key", "session.key", "web.password"})
      server_.file(key, "0123456789abcdef0123456789abcdef0123\n");
  }

  // The files and databases that a piece names are made for it.
  std::string completed(std::string text) {
    for (const char* listen : {"listen 127.0.0.1:8080", "listen 8080"})
      replace_all(text, listen, "listen @port@");
    replace_all(text, "/var/log/nginx/", "@folder@/");
    replace_all(text, "/etc/nginx/", "");
    const std::vector<std::string> words = words_of(text);
    const Place place = place_of(outer_directives(words));
    if (place == Place::whole)
      text = text.substr(text.find("http {") + 6,
                         text.rfind('}') - text.find("http {") - 6);
    if (place == Place::database)
      return "trestle_database shop { primary \"dbname=shop\"; " + text + "}";
    if (place == Place::location) text = "location /a/ {" + text + "}";
    if (place == Place::location || place == Place::server)
      text = "server { listen @port@; " + text + "}";
    make_files(words);
    for (const std::string& name : missing_databases(words))
      text = "trestle_database " + name +
             " { primary \"dbname=x\"; feed; anonymous_role web_anon; "
             "jwt_secret_file jwt.key; session_key_file session.key; }\n" +
             text;
    return text;
  }

  // Those that handlers name and the piece does not have.
  static std::set<std::string> missing_databases(
      const std::vector<std::string>& words) {
    constexpr std::array<std::string_view, 6> kHandlers = {
        "trestle_query", "trestle_rest",  "trestle_graphql",
        "trestle_live",  "trestle_pages", "trestle_auth"};
    std::set<std::string> named, made;
    for (std::size_t i = 0; i + 1 < words.size(); i++) {
      if (words[i] == "trestle_database") made.insert(words[i + 1]);
      const bool is_handler = std::find(kHandlers.begin(), kHandlers.end(),
                                        words[i]) != kHandlers.end();
      if (is_handler && words[i + 1] != "off") named.insert(words[i + 1]);
    }
    std::set<std::string> missing;
    std::set_difference(named.begin(), named.end(), made.begin(), made.end(),
                        std::inserter(missing, missing.end()));
    return missing;
  }

  // Files that handlers and their options name.
  void make_files(const std::vector<std::string>& words) {
    for (std::size_t i = 0; i + 2 < words.size(); i++) {
      if (words[i] == "trestle_query")
        server_.file(words[i + 2], "select 1 as id");
      if (words[i] == "trestle_pages")
        server_.file(words[i + 2] + "/index.html", "<p>Hello</p>");
      if (words[i].starts_with("template="))
        server_.file(words[i].substr(9), "<p>{{ data }}</p>");
      if (words[i].starts_with("trusted="))
        server_.file(words[i].substr(8) + "/a.graphql", "{ a }");
    }
  }

  NginxServer server_;
};

TEST_F(Snippets, of_nginx_conf_are_taken_by_nginx) {
  int seen = 0;
  for (const std::string& page : pages()) {
    for (const DocsBlock& block : blocks_of(read_file(page))) {
      if (block.language != "nginx") continue;
      seen++;
      const std::string text = completed(block.text);
      const Finished result = server_.check(text);
      EXPECT_EQ(result.exit_code, 0) << page << "\n"
                                     << text << "\n"
                                     << result.output;
    }
  }
  EXPECT_GT(seen, 50);
}

// A file of SQL has annotations; a page's needs a template beside it.
TEST_F(Snippets, of_sql_files_are_taken_by_nginx) {
  int seen = 0;
  for (const std::string& page : pages()) {
    for (const DocsBlock& block : blocks_of(read_file(page))) {
      if (block.language != "sql" || block.text.find("-- @") == block.text.npos)
        continue;
      seen++;
      const std::string folder = "site" + std::to_string(seen);
      server_.file(folder + "/[id].html", "<p>{{ data }}</p>");
      // Pages know no @token, other files none of what is of forms.
      const bool is_page = block.text.find("@token") == block.text.npos;
      const std::string text = completed(
          is_page
              ? "location / { trestle_pages shop " + folder + "; }"
              : "location / { trestle_query shop " + folder + "/[id].sql; }");
      server_.file(folder + "/[id].sql", block.text);
      const Finished result = server_.check(text);
      EXPECT_EQ(result.exit_code, 0) << page << "\n"
                                     << block.text << "\n"
                                     << result.output;
    }
  }
  EXPECT_GT(seen, 5);
}

}  // namespace
}  // namespace trestle::testing
