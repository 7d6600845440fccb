// An answer as a stream of server-sent events: the location's answer to the
// request now, and again whenever it has become another one. What a GET with
// "Accept: text/event-stream" gets from a location whose answers can be
// followed.
//
//   data: the body                              of any front-end
//   data: {"name": "html"}                      of a page: its live blocks
//   event: next, data: the result; then         of GraphQL (graphql-sse,
//   event: complete                             distinct connections)
#pragma once

#include <memory>

#include "http/context.h"
#include "http/event_stream.h"
#include "http/live_operation.h"
#include "http/stream_identity.h"

namespace trestle::http {

// Whether the request asks this location for a stream.
[[nodiscard]] bool wants_stream(const Request& request,
                                const LocationConf& conf);

class AnswerStream final : public live::Session, private LiveOperation::Owner {
 public:
  // The request's body has been read and its identity is known. The request
  // must have been counted for us; false: memory is out.
  [[nodiscard]] static bool open(ngx_http_request_t* r,
                                 const RequestContext& context,
                                 const LocationConf& conf, Runtime& runtime);

  bool on_message(live::MessageKind, std::string_view) override { return true; }
  void on_end(std::uint16_t) override {}
  void on_gone() override { delete this; }

 private:
  enum class Form { plain, graphql, blocks };

  AnswerStream(EventStream& stream, Form form, Runtime& runtime,
               const Database& database)
      : stream_(stream),
        form_(form),
        who_(runtime, database, callback<&AnswerStream::on_over>(this)) {}
  [[nodiscard]] static Form form_of(const LocationConf& conf);
  ~AnswerStream() = default;

  void on_next(const AnswerBuffer& answer) override;
  void on_last(const AnswerBuffer& answer) override;
  void on_over() noexcept { stream_.end(); }

  EventStream& stream_;
  Form form_;
  std::string blocks_;  // the last ones
  std::unique_ptr<LiveOperation> operation_;
  StreamIdentity who_;
};

}  // namespace trestle::http
