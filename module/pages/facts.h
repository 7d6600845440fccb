// Where a page's parameters come from: trestle_param, then the placeholders of
// its route, then the location's captures, and last what the request brings.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "frontend/frontend.h"
#include "pages/visit.h"
#include "sql/handler_file.h"

namespace trestle::pages {

// The server's facts with the route's placeholders among the captures.
class RouteFacts final : public RequestFacts {
 public:
  RouteFacts(const RequestFacts& facts, const RouteParams& params)
      : facts_(facts), params_(params) {}

  std::optional<std::string_view> param(std::string_view name) const override {
    return facts_.param(name);
  }
  std::optional<std::string_view> capture(
      std::string_view name) const override {
    for (const auto& [param, value] : params_)
      if (param == name) return value;
    return facts_.capture(name);
  }
  std::optional<std::string_view> variable(
      std::string_view name) const override {
    return facts_.variable(name);
  }

 private:
  const RequestFacts& facts_;
  const RouteParams& params_;
};

// The values of a page that is shown: beside the route, the query string's,
// also below a form that was refused.
[[nodiscard]] Result<std::vector<Param>> page_values(const FileSection& section,
                                                     const Visit& visit,
                                                     const RequestFacts& facts);

// The values of a section that a form has sent.
[[nodiscard]] Result<std::vector<Param>> action_values(
    const FileSection& section, const Visit& visit, const RequestFacts& facts);

[[nodiscard]] std::vector<Param> statement_params(
    const FileStatement& statement, const std::vector<Param>& values);

}  // namespace trestle::pages
