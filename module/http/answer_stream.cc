#include "http/answer_stream.h"

#include "http/handlers.h"
#include "http/request_view.h"
#include "pages/live_blocks.h"

namespace trestle::http {

namespace {

// What the location knows of the request besides its message.
void add_facts(StoredRequest& stored, ngx_http_request_t* r,
               const LocationConf& conf) {
  const NginxFacts facts(r, conf);
  for (const BindParam& param : conf.params)
    if (auto value = facts.param(param.name))
      stored.add_param(param.name, *value);
  for (const VariableIndex& capture : conf.captures)
    if (auto value = facts.capture(capture.name))
      stored.add_capture(capture.name, *value);
  for (const VariableIndex& variable : conf.variables)
    if (auto value = facts.variable(variable.name))
      stored.add_variable(variable.name, *value);
}

// A client that also takes JSON, and names it first, does not ask for a stream
// (urql's queries do).
bool prefers_events(std::string_view accept) {
  const std::size_t events = accept.find("text/event-stream");
  return events != std::string_view::npos && events < accept.find("json");
}

}  // namespace

bool wants_stream(const Request& request, const LocationConf& conf) {
  const bool graphql = conf.kind == &kGraphqlHandler;
  const bool method =
      request.method == "GET" || (graphql && request.method == "POST");
  std::optional<std::string_view> accept = request.header("Accept");
  return method && accept && conf.frontend->can_be_live() &&
         prefers_events(*accept);
}

AnswerStream::Form AnswerStream::form_of(const LocationConf& conf) {
  if (conf.kind == &kGraphqlHandler) return Form::graphql;
  return conf.frontend->answers_pages() ? Form::blocks : Form::plain;
}

bool AnswerStream::open(ngx_http_request_t* r, const RequestContext& context,
                        const LocationConf& conf, Runtime& runtime) {
  EventStream* stream = EventStream::create(runtime.live(), r, conf);
  if (stream == nullptr) return false;
  const Form form = form_of(conf);
  const bool graphql = form == Form::graphql;
  auto* session = new AnswerStream(*stream, form, runtime, *conf.database);
  stream->open(*session);
  auto request = std::make_unique<StoredRequest>(
      context.request, conf.frontend->reads_cookies());
  // It tells a page's stream from the page, for caches.
  static_cast<void>(request->take_argument("trestle_live"));
  request->set_header("Accept",
                      graphql ? "application/graphql-response+json" : "*/*");
  add_facts(*request, r, conf);
  session->who_.watch(*context.identity);
  session->operation_ = std::make_unique<LiveOperation>(
      static_cast<LiveOperation::Owner&>(*session),
      RunPlace{.runtime = runtime,
               .database = *conf.database,
               .frontend = *conf.frontend,
               .query_timeout = conf.query_timeout},
      std::move(request), *context.identity);
  if (graphql)
    session->operation_->start();
  else
    session->operation_->follow();
  return true;
}

void AnswerStream::on_next(const AnswerBuffer& answer) {
  if (form_ == Form::blocks) {
    std::string blocks = pages::live_blocks(answer.body());
    if (blocks == blocks_) return;
    blocks_ = std::move(blocks);
    return stream_.event("", blocks_);
  }
  stream_.event(form_ == Form::graphql ? "next" : "", answer.body());
}

void AnswerStream::on_last(const AnswerBuffer& answer) {
  if (form_ == Form::graphql) {
    stream_.event("next", answer.body());
    stream_.event("complete", {});
    return stream_.end();
  }
  stream_.refuse_with(answer.head(), answer.body());
}

}  // namespace trestle::http
