#include "sql/settings_read.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace trestle {

void SettingsRead::add(const SettingsRead& other) {
  any = any || other.any;
  for (const std::string& name : other.names) add(name);
}

void SettingsRead::add(std::string_view name) {
  std::string lower = ascii_lower(name);
  if (std::ranges::find(names, lower) == names.end())
    names.push_back(std::move(lower));
}

bool SettingsRead::reads(std::string_view name) const {
  return any || std::ranges::find(names, name) != names.end();
}

}  // namespace trestle
