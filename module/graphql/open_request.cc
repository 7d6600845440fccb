#include "graphql/open_request.h"

#include "graphql/answer.h"

namespace trestle::graphql {

std::optional<OpenRequest> open_request(const Exchange& exchange,
                                        const Limits& limits, Arena& arena) {
  const Request& request = exchange.request;
  ResponseSink& response = exchange.response;
  std::optional<Media> media = negotiate(request.header("accept"));
  auto send = [&](int status, const GraphqlError& error) {
    send_json(response, media.value_or(Media::json), status,
              error_document({error}), error.code);
    return std::nullopt;
  };
  if (request.method != "GET" && request.method != "POST") {
    std::string body =
        error_document({{.message = "the method must be GET or POST",
                         .code = code::kBadRequest}});
    response.head({.status = 405,
                   .content_type = "application/json; charset=utf-8",
                   .headers = {{"Allow", "GET, POST"}},
                   .content_length = body.size(),
                   .error_code = std::string(code::kBadRequest)});
    static_cast<void>(response.body(body));
    response.end();
    return std::nullopt;
  }
  if (!media)
    return send(406, {.message = "answers are application/json or "
                                 "application/graphql-response+json",
                      .code = code::kBadRequest});
  std::variant<RequestBody, HttpRefusal> read =
      read_request(request, limits, arena);
  if (auto* refusal = std::get_if<HttpRefusal>(&read))
    return send(refusal->status, refusal->error);
  return OpenRequest{.media = *media,
                     .body = std::move(std::get<RequestBody>(read))};
}

}  // namespace trestle::graphql
