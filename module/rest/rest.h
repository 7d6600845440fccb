// The REST front-end: PostgREST's API (docs/rest.md, docs/compatibility.md).
//
//   request.h -> plan.h -> sql.h -> run (pg/) -> answer.h
#pragma once

#include "frontend/frontend.h"
#include "rest/answer.h"
#include "rest/config.h"
#include "rest/shape.h"

namespace trestle::rest {

class RestFrontend final : public Frontend {
 public:
  explicit RestFrontend(RestConfig config)
      : config_(std::move(config)), shapes_(kShapeCacheBytes) {}

  [[nodiscard]] std::optional<Work> begin(
      const Exchange& exchange) const override;
  [[nodiscard]] bool needs_catalog() const override { return true; }
  [[nodiscard]] bool can_be_live() const override { return true; }
  [[nodiscard]] bool reads_header(std::string_view name) const override;
  void refuse(const Request& request, const Error& error,
              ResponseSink& response) const override;

  [[nodiscard]] const RestConfig& config() const { return config_; }

 private:
  static constexpr std::size_t kShapeCacheBytes = 4 * 1024 * 1024;

  [[nodiscard]] Result<Plan> plan(const Exchange& exchange,
                                  RequestState& state) const;
  [[nodiscard]] Result<ShapeRef> shape_of(const Exchange& exchange,
                                          ApiRequest begun, RequestParts parts,
                                          const ShapeKey& key,
                                          Timing& timing) const;

  RestConfig config_;
  // A cache of this process, touched from its event loop alone.
  mutable ShapeCache shapes_;
};

}  // namespace trestle::rest
