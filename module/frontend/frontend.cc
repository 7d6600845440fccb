#include "frontend/frontend.h"

#include "auth/errors.h"
#include "base/json.h"

namespace trestle {

void Frontend::refuse(const Request& request, const Error& error,
                      ResponseSink& response) const {
  static_cast<void>(request);
  std::string body = error_body(error);
  ResponseHead head{.status = error.http_status,
                    .content_type = "application/json; charset=utf-8",
                    .content_length = body.size()};
  if (std::optional<std::string> value = auth::challenge(error))
    head.headers.push_back({"WWW-Authenticate", std::move(*value)});
  response.head(std::move(head));
  static_cast<void>(response.body(body));
  response.end();
}

}  // namespace trestle
