// The REST front-end: PostgREST's API (docs/rest.md, docs/compatibility.md).
//
//   request.h -> plan.h -> sql.h -> run (pg/) -> answer.h
#pragma once

#include "frontend/frontend.h"
#include "rest/config.h"

namespace trestle::rest {

class RestFrontend final : public Frontend {
 public:
  explicit RestFrontend(RestConfig config) : config_(std::move(config)) {}

  [[nodiscard]] std::optional<Work> begin(
      const Exchange& exchange) const override;
  [[nodiscard]] bool needs_catalog() const override { return true; }
  void refuse(const Request& request, const Error& error,
              ResponseSink& response) const override;

  [[nodiscard]] const RestConfig& config() const { return config_; }

 private:
  RestConfig config_;
};

}  // namespace trestle::rest
