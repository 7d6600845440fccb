// The part of GraphQL over HTTP that comes before any document is read: method,
// media types, the shape of the message.
#pragma once

#include <optional>

#include "frontend/frontend.h"
#include "graphql/request.h"

namespace trestle::graphql {

struct OpenRequest {
  Media media = Media::json;
  RequestBody body;
};

// nullopt: it is no GraphQL request, and has been answered. Texts live in the
// arena or in the message.
[[nodiscard]] std::optional<OpenRequest> open_request(const Exchange& exchange,
                                                      const Limits& limits,
                                                      Arena& arena);

}  // namespace trestle::graphql
