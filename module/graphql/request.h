// A GraphQL request as HTTP carries it (GraphQL over HTTP, working draft): GET
// with a query string, POST with JSON, one request or a batch.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/http_message.h"
#include "graphql/error.h"
#include "graphql/limits.h"
#include "graphql/variables.h"

namespace trestle::graphql {

// The two media types of answers.
enum class Media : std::uint8_t { json, graphql_response };

struct GraphqlRequest {
  std::string_view query = {};           // empty: none was given
  std::string_view operation_name = {};  // empty: none was given
  const Value* variables = nullptr;
  std::string_view sha256 = {};  // of a persisted query, in hexadecimal digits
};

struct RequestBody {
  std::vector<GraphqlRequest> requests;
  bool batch = false;  // answered as a list
};

// Why a message is no GraphQL request, with the status that says so.
struct HttpRefusal {
  int status = 400;
  GraphqlError error;
};

// What the client would like to get. nullopt: neither of the two.
[[nodiscard]] std::optional<Media> negotiate(
    std::optional<std::string_view> accept);

// Reads the message; the texts live in the arena or in the message.
[[nodiscard]] std::variant<RequestBody, HttpRefusal> read_request(
    const Request& request, const Limits& limits, Arena& arena);

}  // namespace trestle::graphql
