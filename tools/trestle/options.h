// Reading a subcommand's options: --name VALUE or --name=VALUE (-n VALUE when
// the name is one letter), in any order, some of them several times; all else
// is a plain argument.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tools/trestle/command.h"

namespace trestle::tools {

struct OptionSpec {
  std::string_view name;  // without the dashes
  bool takes_value = true;
  bool repeats = false;
};

// Views of the command line, which lives as long as the program.
class Options {
 public:
  // Error: which option is unknown, lacks its value or is given twice.
  [[nodiscard]] static Result<Options> parse(Arguments arguments,
                                             std::span<const OptionSpec> specs);

  [[nodiscard]] bool has(std::string_view name) const;
  [[nodiscard]] std::optional<std::string_view> value(
      std::string_view name) const;
  // Each value of an option that repeats, in order.
  [[nodiscard]] std::vector<std::string_view> values(
      std::string_view name) const;
  [[nodiscard]] const std::vector<std::string_view>& plain() const {
    return plain_;
  }

 private:
  struct Given {
    std::string_view name;
    std::string_view value;
  };

  std::vector<Given> given_;
  std::vector<std::string_view> plain_;
};

// "trestle NAME: MESSAGE" to standard error; returns `status`.
int complain(std::string_view command, std::string_view message, int status);

// The whole content of a file, "-" being standard input. Error: the system's
// reason.
[[nodiscard]] Result<std::string> read_file(std::string_view path);

}  // namespace trestle::tools
