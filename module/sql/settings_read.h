// Which settings some SQL reads with current_setting(): those that a request
// has to set for it, and that its answer may depend on.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace trestle {

struct SettingsRead {
  bool any = false;                // or names that are not known
  std::vector<std::string> names;  // in lower case

  void add(const SettingsRead& other);
  // Of a literal argument.
  void add(std::string_view name);
  [[nodiscard]] bool reads(std::string_view name) const;
};

// Those that the text of a function's body reads. Whatever looks as if it read
// one whose name is not written out reads any.
[[nodiscard]] SettingsRead read_settings(std::string_view body);

}  // namespace trestle
