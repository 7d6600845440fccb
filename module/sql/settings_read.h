// The settings that some SQL reads with current_setting(): of those that a
// request could have, only these need to be set for it.
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

}  // namespace trestle
