// The subcommands of the trestle program.
//
// A subcommand is one file in this folder, one declaration below and one line
// in the table of tools/trestle.cc.
#pragma once

#include <span>
#include <string_view>

namespace trestle::tools {

// What follows the subcommand's name on the command line.
using Arguments = std::span<const std::string_view>;

// Exit statuses of all subcommands.
inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;  // it was asked rightly and went wrong
inline constexpr int kUsage = 2;   // it was asked wrongly

struct Command {
  std::string_view name;
  std::string_view summary;  // one line of `trestle help`
  std::string_view usage;    // printed by `trestle help NAME`
  // Results go to standard output, all else to standard error.
  int (*run)(Arguments arguments);
};

extern const Command kCheckCommand;
extern const Command kExplainCommand;
extern const Command kSchemaCommand;
extern const Command kTokenCommand;
extern const Command kTypesCommand;

}  // namespace trestle::tools
