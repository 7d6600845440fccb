// The request as front-ends see it, made of nginx's structures without copying.
#pragma once

#include "base/http_message.h"
#include "frontend/frontend.h"
#include "http/config.h"
#include "http/nginx.h"

namespace trestle::http {

// Everything but the body. Views live as long as the request; false: memory is
// out.
[[nodiscard]] bool view_request(ngx_http_request_t* r, Request& request);

// Seconds since 1970, as of this turn of the event loop.
[[nodiscard]] inline std::int64_t now_s() {
  return static_cast<std::int64_t>(ngx_time());
}

// trestle_param, captures and variables of one request.
class NginxFacts final : public RequestFacts {
 public:
  NginxFacts(ngx_http_request_t* r, const LocationConf& conf)
      : r_(r), conf_(conf) {}

  std::optional<std::string_view> param(std::string_view name) const override;
  std::optional<std::string_view> capture(std::string_view name) const override;
  std::optional<std::string_view> variable(
      std::string_view name) const override;

 private:
  [[nodiscard]] std::optional<std::string_view> indexed(
      const std::vector<VariableIndex>& table, std::string_view name) const;

  ngx_http_request_t* r_;
  const LocationConf& conf_;
};

}  // namespace trestle::http
