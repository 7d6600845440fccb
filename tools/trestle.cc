// trestle: the command line beside the server. `trestle help` lists what it
// can do; each subcommand is a file in tools/trestle/.
#include <array>
#include <cstdio>
#include <vector>

#include "base/text.h"
#include "tools/trestle/command.h"
#include "tools/trestle/options.h"

namespace trestle::tools {

namespace {

constexpr std::array kCommands = {&kCheckCommand, &kExplainCommand,
                                  &kSchemaCommand, &kTokenCommand,
                                  &kTypesCommand};

const Command* find_command(std::string_view name) {
  for (const Command* command : kCommands)
    if (command->name == name) return command;
  return nullptr;
}

void print(std::FILE* to, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), to);
}

void print_summary(std::FILE* to) {
  print(to, "usage: trestle COMMAND [OPTION]...\n\n");
  for (const Command* command : kCommands) {
    std::string name(command->name);
    name.resize(10, ' ');
    print(to, concat({"  ", name, command->summary, "\n"}));
  }
  print(to, "\n\"trestle help COMMAND\" tells the options of one.\n");
}

int help(Arguments arguments) {
  if (arguments.empty()) {
    print_summary(stdout);
    return kDone;
  }
  const Command* command = find_command(arguments.front());
  if (command == nullptr)
    return complain("help", concat({"no command \"", arguments.front(), "\""}),
                    kUsage);
  print(stdout, command->usage);
  return kDone;
}

bool asks_for_help(Arguments arguments) {
  for (std::string_view word : arguments)
    if (word == "--help" || word == "-h") return true;
  return false;
}

int run(Arguments arguments) {
  if (arguments.empty()) {
    print_summary(stderr);
    return kUsage;
  }
  std::string_view name = arguments.front();
  Arguments rest = arguments.subspan(1);
  if (name == "help") return help(rest);
  if (name == "--help" || name == "-h") return help({});
  const Command* command = find_command(name);
  if (command == nullptr) {
    std::vector<std::string_view> names;
    for (const Command* known : kCommands) names.push_back(known->name);
    std::string_view nearest = nearest_word(name, names);
    std::string hint = nearest.empty()
                           ? "; \"trestle help\" lists them"
                           : concat({"; perhaps you meant \"", nearest, "\""});
    std::string line =
        concat({"trestle: no command \"", name, "\"", hint, "\n"});
    print(stderr, line);
    return kUsage;
  }
  if (asks_for_help(rest)) return help(arguments.first(1));
  return command->run(rest);
}

}  // namespace
}  // namespace trestle::tools

int main(int argc, char** argv) {
  std::vector<std::string_view> arguments(argv + 1, argv + argc);
  return trestle::tools::run(arguments);
}
