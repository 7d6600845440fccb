// Documents of automatic persisted queries that all workers know, whichever of
// them was sent the text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace trestle::graphql {

// `sha256`: the hash of the text, 64 hexadecimal digits in lower case.
class PersistedTexts {
 public:
  virtual ~PersistedTexts() = default;
  virtual std::optional<std::string> find(std::string_view sha256) = 0;
  // May forget others, or not keep it.
  virtual void put(std::string_view sha256, std::string_view text) = 0;
};

}  // namespace trestle::graphql
