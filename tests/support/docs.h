// Pages of documentation, run as their reader would: the fenced blocks of a
// page, and a shell for the commands in them.
//
// A block of `console` holds commands behind "$ ", each with its output; a
// command goes on in the next line behind a backslash. In an output "..."
// stands for any text; empty lines and blanks at a line's end count for
// nothing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "support/process.h"

namespace trestle::testing {

// "```nginx server" has the language `nginx` and the name `server`.
struct DocsBlock {
  std::string language;
  std::string name;
  std::string text;
};

[[nodiscard]] std::vector<DocsBlock> blocks_of(const std::string& page);

// Whether a text is what a page shows of it.
[[nodiscard]] bool is_as_shown(std::string_view text, std::string_view shown);

// Runs the commands of one block in one shell, so that variables stay, and
// expects of each the output that is shown. `folder` is where it runs;
// `environment` tells tests/support/docs_shell.sh what stands in place of the
// page's port, database and programs.
void run_console(const std::string& console, const TempFolder& folder,
                 std::vector<std::string> environment);

// NAME=value for a page's port, and for the programs of `make tools`.
[[nodiscard]] std::vector<std::string> docs_environment(int port);

}  // namespace trestle::testing
