#include "support/docs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#ifndef TRESTLE_BUILD
#define TRESTLE_BUILD "build"
#endif

namespace trestle::testing {

namespace {

constexpr std::string_view kAnyText = "...";

struct Command {
  std::string text;
  std::string output;
};

std::vector<Command> commands_of(const std::string& console) {
  std::vector<Command> commands;
  std::size_t at = 0;
  bool goes_on = false;
  while (at < console.size()) {
    const std::size_t end = console.find('\n', at);
    const std::string line = console.substr(at, end - at);
    at = end + 1;
    const bool is_new = line.starts_with("$ ");
    if (is_new) {
      commands.push_back({line.substr(2), {}});
    } else if (commands.empty()) {
      continue;
    } else if (goes_on) {
      commands.back().text += "\n" + line;
    } else if (!line.empty()) {
      commands.back().output += line + "\n";
    }
    goes_on = (is_new || goes_on) && line.ends_with('\\');
  }
  return commands;
}

// What a page shows of an output: no carriage returns, no blanks at a line's
// end, no empty lines.
std::string as_on_a_page(std::string_view output) {
  std::string out;
  while (!output.empty()) {
    const std::size_t end = std::min(output.find('\n'), output.size());
    std::string_view line = output.substr(0, end);
    output.remove_prefix(std::min(end + 1, output.size()));
    while (line.ends_with(' ') || line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) out += std::string(line) + "\n";
  }
  return out;
}

}  // namespace

std::vector<DocsBlock> blocks_of(const std::string& page) {
  std::vector<DocsBlock> blocks;
  std::string_view rest = page;
  while (true) {
    const std::size_t begin = rest.find("\n```");
    if (begin == rest.npos) return blocks;
    rest.remove_prefix(begin + 4);
    const std::string_view head = rest.substr(0, rest.find('\n'));
    const std::size_t blank = head.find(' ');
    DocsBlock block;
    block.language = head.substr(0, blank);
    if (blank != head.npos) block.name = head.substr(blank + 1);
    rest.remove_prefix(head.size() + 1);
    const std::size_t end = rest.find("```\n");
    block.text = rest.substr(0, end);
    blocks.push_back(std::move(block));
    // The line feed before the next block may be the one behind this.
    rest.remove_prefix(end + 3);
  }
}

bool is_as_shown(std::string_view text, std::string_view shown) {
  const std::size_t first = shown.find(kAnyText);
  if (first == shown.npos) return text == shown;
  if (!text.starts_with(shown.substr(0, first))) return false;
  text.remove_prefix(first);
  shown.remove_prefix(first + kAnyText.size());
  while (true) {
    const std::size_t next = shown.find(kAnyText);
    if (next == shown.npos) return text.ends_with(shown);
    const std::string_view part = shown.substr(0, next);
    const std::size_t at = text.find(part);
    if (at == text.npos) return false;
    text.remove_prefix(at + part.size());
    shown.remove_prefix(next + kAnyText.size());
  }
}

void run_console(const std::string& console, const TempFolder& folder,
                 std::vector<std::string> environment) {
  const std::vector<Command> commands = commands_of(console);
  std::string script = read_file("tests/support/docs_shell.sh");
  for (std::size_t i = 0; i < commands.size(); i++)
    script += "{ " + commands[i].text + "\n} >output" + std::to_string(i) +
              " 2>errors" + std::to_string(i) + "\n";
  folder.write("commands.sh", script);
  Process shell({"/bin/bash", "commands.sh"},
                {.environment = std::move(environment),
                 .as_server_user = false,
                 .folder = folder.path()});
  ASSERT_TRUE(shell.wait()) << console;
  for (std::size_t i = 0; i < commands.size(); i++) {
    const std::string number = std::to_string(i);
    const std::string output = as_on_a_page(folder.read("output" + number));
    EXPECT_TRUE(is_as_shown(output, commands[i].output))
        << commands[i].text << "\nshown:\n"
        << commands[i].output << "is:\n"
        << output << folder.read("errors" + number);
  }
}

std::vector<std::string> docs_environment(int port) {
  char* path = realpath(TRESTLE_BUILD, nullptr);
  const std::string tools = path == nullptr ? "" : path;
  std::free(path);
  return {"PORT=" + std::to_string(port), "TOOLS=" + tools};
}

}  // namespace trestle::testing
