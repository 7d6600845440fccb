#include "http/live_handler.h"

#include "base/json.h"
#include "base/text.h"
#include "frontend/named_values.h"
#include "http/config.h"
#include "http/context.h"
#include "http/event_stream.h"
#include "http/realtime_post.h"
#include "http/realtime_session.h"
#include "http/request_view.h"
#include "http/runtime.h"
#include "http/send_answer.h"
#include "http/sql_session.h"
#include "http/upgrade.h"
#include "live/echo.h"

namespace trestle::http {

namespace {

Error no_topic() {
  return {.code = "TRS620",
          .http_status = 400,
          .message = "The stream names neither a channel nor a table",
          .hint = "Add ?topic=NAME or ?sub=TABLE, once for each"};
}

ngx_int_t open_websocket(ngx_http_request_t* r, RequestContext& context,
                         const LocationConf& conf, Runtime& runtime) {
  Result<live::Handshake> handshake =
      check_upgrade(r, context.request, conf, runtime.conf(), {});
  if (!handshake.ok()) return send_error(r, handshake.error());
  const LiveLocation& location = *conf.live;
  if (location.database != nullptr) {
    context.database = location.database;
    Result<void> known = authenticate(context, *location.database);
    if (!known.ok()) return send_error(r, known.error());
  }
  WebSocketConnection* connection =
      switch_protocols(runtime.live(), r, conf, *handshake);
  if (connection == nullptr) return NGX_ERROR;
  if (location.database == nullptr) {
    connection->open(*new live::EchoSession(*connection));
  } else if (location.realtime) {
    connection->open(*new RealtimeSession(runtime, location, conf, *connection,
                                          *context.identity, context.request,
                                          view(r->connection->addr_text)));
  } else {
    auto* session = new SqlSession(runtime, location, *connection, conf);
    connection->open(*session);
    session->set_place(
        {.connection = r->connection,
         .address = r->http_connection->addr_conf,
         .host = std::string(context.request.header("Host").value_or(""))});
    session->begin(*context.identity, context.request,
                   view(r->connection->addr_text));
  }
  return NGX_DONE;
}

// What the query string asks for: "topic=room:5" and "sub=orders", the latter
// with its "filter", "select" and "rows" behind it.
std::vector<live::Command> commands_of(const Request& request) {
  std::vector<live::Command> commands;
  Result<NamedValues> values = NamedValues::from_form(request.query);
  if (!values.ok()) return commands;
  for (const NamedValues::Entry& entry : values->entries()) {
    if (!entry.value || !is_utf8(*entry.value)) continue;
    if (entry.name == "topic" || entry.name == "sub") {
      live::Command& command = commands.emplace_back();
      command.kind = entry.name == "sub" ? live::Command::Kind::sub
                                         : live::Command::Kind::join;
      command.topic = *entry.value;
      append_json_string(command.ref, *entry.value);
    } else if (!commands.empty()) {
      live::Command& last = commands.back();
      if (last.kind != live::Command::Kind::sub) continue;
      if (entry.name == "filter") last.filter = *entry.value;
      if (entry.name == "select") last.select = *entry.value;
      if (entry.name == "rows") last.rows = *entry.value != "0";
    }
  }
  return commands;
}

bool wants_events(const Request& request) {
  std::optional<std::string_view> accept = request.header("Accept");
  return request.method == "GET" && !live::wants_websocket(request) && accept &&
         accept->find("text/event-stream") != std::string_view::npos;
}

ngx_int_t open_events(ngx_http_request_t* r, RequestContext& context,
                      const LocationConf& conf, Runtime& runtime) {
  const LiveLocation& location = *conf.live;
  Result<void> origin = check_origin(context.request, conf, runtime.conf());
  if (!origin.ok()) return send_error(r, origin.error());
  context.database = location.database;
  Result<void> known = authenticate(context, *location.database);
  if (!known.ok()) return send_error(r, known.error());
  std::vector<live::Command> commands = commands_of(context.request);
  if (commands.empty()) return send_error(r, no_topic());
  ngx_int_t rc = ngx_http_discard_request_body(r);
  if (rc != NGX_OK) return rc;
  EventStream* stream = EventStream::create(runtime.live(), r, conf);
  if (stream == nullptr) return NGX_HTTP_INTERNAL_SERVER_ERROR;
  r->main->count++;
  auto* session = new SqlSession(runtime, location, *stream, conf);
  stream->open(*session);
  session->begin(*context.identity, context.request,
                 view(r->connection->addr_text));
  const std::string_view since =
      context.request.header("Last-Event-ID").value_or("");
  for (live::Command& command : commands) {
    command.since = since;
    session->take(command);
  }
  return NGX_DONE;
}

}  // namespace

ngx_int_t live_handler(ngx_http_request_t* r) noexcept {
  return guard(r->connection->log, ngx_int_t{NGX_HTTP_INTERNAL_SERVER_ERROR},
               [&]() -> ngx_int_t {
                 if (r != r->main) return NGX_HTTP_NOT_FOUND;
                 RequestContext* context = get_context(r);
                 if (context == nullptr || !view_request(r, context->request))
                   return NGX_HTTP_INTERNAL_SERVER_ERROR;
                 Runtime* runtime = Runtime::get();
                 if (runtime == nullptr) return NGX_HTTP_SERVICE_UNAVAILABLE;
                 const LocationConf& conf = location_conf(r);
                 if (conf.live->realtime) {
                   if (!forget_plain_keys(*context))
                     return NGX_HTTP_INTERNAL_SERVER_ERROR;
                   if (context->request.method == "POST")
                     return RealtimePost::handle(r, *context, conf, *runtime);
                   return open_websocket(r, *context, conf, *runtime);
                 }
                 return conf.live->database != nullptr &&
                                wants_events(context->request)
                            ? open_events(r, *context, conf, *runtime)
                            : open_websocket(r, *context, conf, *runtime);
               });
}

}  // namespace trestle::http
