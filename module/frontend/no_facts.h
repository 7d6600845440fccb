// The facts of a message that came over no server: it has no trestle_param, no
// captures, no variables.
#pragma once

#include <optional>
#include <string_view>

#include "frontend/frontend.h"

namespace trestle {

class NoFacts final : public RequestFacts {
 public:
  [[nodiscard]] std::optional<std::string_view> param(
      std::string_view) const override {
    return std::nullopt;
  }
  [[nodiscard]] std::optional<std::string_view> capture(
      std::string_view) const override {
    return std::nullopt;
  }
  [[nodiscard]] std::optional<std::string_view> variable(
      std::string_view) const override {
    return std::nullopt;
  }
};

}  // namespace trestle
