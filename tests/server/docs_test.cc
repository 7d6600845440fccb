// docs/tutorial.md, run as a reader would: files are written, SQL is run,
// locations are added to nginx.conf, and each command's output is what the page
// says.
//
// Of a fenced block the second word tells what it is: a file's name, or the
// block of nginx.conf that it belongs to (`nginx.conf` is all of it). Blocks of
// `console` hold commands behind "$ ", each with its output.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "support/server_test.h"

#ifndef TRESTLE_BUILD
#define TRESTLE_BUILD "build"
#endif

namespace trestle::testing {
namespace {

std::string read(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct Block {
  std::string language;
  std::string name;
  std::string text;
};

std::vector<Block> blocks_of(const std::string& page) {
  std::vector<Block> blocks;
  std::string_view rest = page;
  while (true) {
    std::size_t begin = rest.find("\n```");
    if (begin == rest.npos) return blocks;
    rest.remove_prefix(begin + 4);
    const std::string_view head = rest.substr(0, rest.find('\n'));
    const std::size_t blank = head.find(' ');
    Block block;
    block.language = head.substr(0, blank);
    if (blank != head.npos) block.name = head.substr(blank + 1);
    rest.remove_prefix(head.size() + 1);
    const std::size_t end = rest.find("```\n");
    block.text = rest.substr(0, end);
    blocks.push_back(std::move(block));
    rest.remove_prefix(end + 3);
  }
}

struct Command {
  std::string text;
  std::string output;
};

std::vector<Command> commands_of(const std::string& console) {
  std::vector<Command> commands;
  std::size_t at = 0;
  while (at < console.size()) {
    const std::size_t end = console.find('\n', at);
    const std::string line = console.substr(at, end - at);
    if (line.starts_with("$ "))
      commands.push_back({line.substr(2), {}});
    else if (!commands.empty())
      commands.back().output += line + "\n";
    at = end + 1;
  }
  return commands;
}

void replace(std::string& text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  if (at != text.npos) text.replace(at, from.size(), to);
}

class Docs : public ServerTest {
 protected:
  void run(const std::string& page) {
    nginx().file("sql/trestle.sql", read("sql/trestle.sql"));
    for (const Block& block : blocks_of(page)) {
      if (block.language == "console")
        run_console(block.text);
      else if (block.language == "nginx")
        configure_nginx(block);
      else if (!block.name.empty())
        nginx().file(block.name, block.text);
      if (HasFatalFailure()) return;
      ran_++;
    }
  }

  int ran_ = 0;

 private:
  // Starts nginx, or has it read its new configuration.
  void configure_nginx(const Block& block) {
    const bool is_first = configuration_.empty();
    if (is_first) {
      configuration_ = block.text;
      replace(configuration_, "host=/run/postgresql dbname=notes user=web",
              "@postgres@");
      replace(configuration_, "listen 8080", "listen @port@");
      start(configuration_);
      return;
    }
    const std::size_t opening =
        configuration_.find('{', configuration_.find(block.name));
    ASSERT_NE(opening, std::string::npos) << block.name;
    configuration_.insert(opening + 1, "\n" + block.text);
    nginx().reload(filled(configuration_));
  }

  // One shell for all commands of a block, so that variables stay.
  void run_console(const std::string& console) {
    const std::vector<Command> commands = commands_of(console);
    std::string script = read("tests/support/docs_shell.sh");
    for (std::size_t i = 0; i < commands.size(); i++)
      script += "{ " + commands[i].text + "\n} >output" + std::to_string(i) +
                " 2>errors" + std::to_string(i) + "\n";
    nginx().file("commands.sh", script);
    const std::string here = nginx().folder().path();
    Process shell(
        {"/bin/bash", "commands.sh"},
        {.environment = {"PORT=" + std::to_string(nginx().port()),
                         "PGHOST=" + cluster().socket_folder(),
                         "PGPORT=" + std::to_string(cluster().port()),
                         "PGUSER=postgres", "PGDATABASE=" + database(),
                         "TOOLS=" + tools()},
         .as_server_user = false,
         .folder = here});
    ASSERT_TRUE(shell.wait());
    for (std::size_t i = 0; i < commands.size(); i++) {
      const std::string number = std::to_string(i);
      std::string output = nginx().folder().read("output" + number);
      if (!output.empty() && !output.ends_with('\n')) output += "\n";
      const std::string errors = nginx().folder().read("errors" + number);
      EXPECT_EQ(output, commands[i].output) << commands[i].text << "\n"
                                            << errors;
    }
  }

  static std::string tools() {
    char* path = realpath(TRESTLE_BUILD, nullptr);
    std::string text = path == nullptr ? "" : path;
    std::free(path);
    return text;
  }

  std::string configuration_;
};

TEST_F(Docs, the_tutorial_does_what_it_says) {
  run(read("docs/tutorial.md"));
  EXPECT_GT(ran_, 15);
}

}  // namespace
}  // namespace trestle::testing
