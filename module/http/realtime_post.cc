#include "http/realtime_post.h"

#include "base/json_members.h"
#include "base/text.h"
#include "frontend/errors.h"
#include "frontend/settings.h"
#include "http/errors.h"
#include "http/send_answer.h"
#include "live/calls.h"
#include "live/dialect.h"
#include "live/peer.h"

namespace trestle::http {

namespace {

constexpr std::string_view kPath = "/api/broadcast";

Error not_a_broadcast() {
  return {.code = "TRS623",
          .http_status = 400,
          .message = "The body is no list of messages with topic and event"};
}

Error may_not() {
  return {.code = "TRS616",
          .http_status = 403,
          .message = "Nothing may be published to the channel"};
}

bool is_text(const rapidjson::Value* value) {
  return value != nullptr && value->IsString() && is_utf8(json_text(*value));
}

std::string record_of(std::string_view event, std::string_view member,
                      std::string_view value) {
  std::string record;
  JsonWriter json(record);
  json.begin_object().key("event").string(event).key(member).raw(value);
  json.end_object();
  return record;
}

std::string json_string(std::string_view text) {
  std::string json;
  append_json_string(json, text);
  return json;
}

}  // namespace

ngx_int_t RealtimePost::handle(ngx_http_request_t* r, RequestContext& context,
                               const LocationConf& conf, Runtime& runtime) {
  if (context.request.path.find(kPath) == std::string_view::npos)
    return NGX_HTTP_NOT_FOUND;
  context.database = conf.live->database;
  Result<void> known = authenticate(context, *conf.live->database);
  if (!known.ok()) return send_error(r, known.error());
  auto* post = pool_new<RealtimePost>(r->pool, r, context, conf, runtime);
  ngx_http_cleanup_t* cleanup = ngx_http_cleanup_add(r, 0);
  if (post == nullptr || cleanup == nullptr)
    return NGX_HTTP_INTERNAL_SERVER_ERROR;
  context.exchange = post;
  cleanup->data = post;
  cleanup->handler = [](void* self) noexcept {
    static_cast<RealtimePost*>(self)->let_go();
  };
  const ngx_int_t rc = ngx_http_read_client_request_body(r, on_body_read);
  return rc >= NGX_HTTP_SPECIAL_RESPONSE ? rc : NGX_DONE;
}

RealtimePost::RealtimePost(ngx_http_request_t* r, RequestContext& context,
                           const LocationConf& conf, Runtime& runtime)
    : r_(r),
      context_(context),
      conf_(conf),
      runtime_(runtime),
      body_(runtime.loop(), callback<&RealtimePost::on_body_ready>(this)) {
  turn_ = runtime.loop().make_timer(callback<&RealtimePost::on_turn>(this),
                                    pg::Loop::TimerKind::holding);
  runtime_.add(*this);
}

RealtimePost::~RealtimePost() {
  let_go();
  runtime_.remove(*this);
  context_.exchange = nullptr;
}

void RealtimePost::let_go() noexcept {
  body_.forget();
  turn_->stop();
  run_.reset();
}

void RealtimePost::on_body_read(ngx_http_request_t* r) noexcept {
  auto* self = static_cast<RealtimePost*>(find_context(r)->exchange);
  guard(r->connection->log, [&] {
    if (self->body_.collect(r) != BodyReader::State::reading) self->begin();
  });
}

void RealtimePost::on_body_ready() noexcept {
  ngx_connection_t* c = r_->connection;
  guard(c->log, [&] { begin(); });
  ngx_http_run_posted_requests(c);
}

void RealtimePost::begin() {
  if (body_.state() == BodyReader::State::failed)
    return finish(errors::body_unreadable());
  Result<void> read = read_messages();
  if (!read.ok()) return finish(read.error());
  if (conf_.live->functions.on_join) return ask();
  publish();
}

Result<void> RealtimePost::read_messages() {
  std::string_view path = context_.request.path;
  path.remove_prefix(path.find(kPath) + kPath.size());
  if (path.empty() || path == "/") return read_list(body_.bytes());
  // The path is decoded: a topic may hold slashes, an event does not.
  constexpr std::string_view kEvents = "/events/";
  const std::size_t at = path.rfind(kEvents);
  if (at == std::string_view::npos || at == 0) return not_a_broadcast();
  const std::string_view event = path.substr(at + kEvents.size());
  const bool bytes = context_.request.header("Content-Type")
                         .value_or("")
                         .starts_with("application/octet-stream");
  if (!bytes && !parse_json(body_.bytes()).ok()) return not_a_broadcast();
  messages_.push_back(
      {.topic = std::string(path.substr(1, at - 1)),
       .record = bytes ? record_of(event, "binary",
                                   json_string(base64url_encode(body_.bytes())))
                       : record_of(event, "payload", body_.bytes())});
  if (!is_utf8(path) || !live::is_topic(messages_.back().topic))
    return not_a_broadcast();
  return {};
}

Result<void> RealtimePost::read_list(std::string_view body) {
  Result<rapidjson::Document> document = parse_json(body);
  if (!document.ok() || !document->IsObject()) return not_a_broadcast();
  const rapidjson::Value* list = find_member(*document, "messages");
  if (list == nullptr || !list->IsArray()) return not_a_broadcast();
  for (const rapidjson::Value& each : list->GetArray()) {
    if (!each.IsObject() || !is_text(find_member(each, "topic")) ||
        !is_text(find_member(each, "event")) ||
        !live::is_topic(json_text(*find_member(each, "topic"))))
      return not_a_broadcast();
    std::string payload = "{}";
    if (const rapidjson::Value* value = find_member(each, "payload")) {
      payload.clear();
      append_json(payload, *value);
    }
    if (!is_utf8(payload)) return not_a_broadcast();
    messages_.push_back(
        {.topic = std::string(json_text(*find_member(each, "topic"))),
         .record = record_of(json_text(*find_member(each, "event")), "payload",
                             payload)});
  }
  return {};
}

// One question for each message, in one transaction.
void RealtimePost::ask() {
  live::Peer peer(LiveWorker::new_id(), *context_.identity, context_.request,
                  view(r_->connection->addr_text));
  Plan plan;
  for (const Message& message : messages_)
    plan.statements.push_back(live::call_join(*conf_.live->functions.on_join,
                                              message.topic, peer.json()));
  if (plan.statements.empty()) return publish();
  r_->read_event_handler = ngx_http_test_reading;
  run_ = runtime_.pool(*conf_.live->database)
             .submit(std::move(plan),
                     request_settings(*context_.identity, context_.request),
                     *this, {.query_timeout = conf_.query_timeout});
}

bool RealtimePost::on_row(std::size_t, std::span<const Cell> cells) {
  if (!cells.empty() && cells[0] == "t") allowed_++;
  return true;
}

void RealtimePost::on_error(const RunError& error) {
  error_ = error_of(error, Access::write, context_.identity->authenticated());
  turn_->start(0);
}

void RealtimePost::on_turn() noexcept {
  ngx_connection_t* c = r_->connection;
  guard(c->log, [&] {
    run_.reset();
    if (!error_ && allowed_ < messages_.size()) error_ = may_not();
    if (error_)
      finish(error_);
    else
      publish();
  });
  ngx_http_run_posted_requests(c);
}

void RealtimePost::publish() {
  LiveBus& bus = *runtime_.live().bus();
  for (const Message& message : messages_)
    if (!bus.publish(topic_key(conf_.live->database->name, message.topic),
                     message.record))
      return finish(Error{.code = "TRS618",
                          .http_status = 413,
                          .message = "The message is too large"});
  finish(std::nullopt);
}

// The request, and this, may be gone when it returns.
void RealtimePost::finish(const std::optional<Error>& error) {
  ngx_http_request_t* r = r_;
  const ngx_int_t rc = error ? send_error(r, *error)
                             : send_answer(r,
                                           {.status = NGX_HTTP_ACCEPTED,
                                            .content_type = "application/json"},
                                           "{}");
  ngx_http_finalize_request(r, rc);
}

}  // namespace trestle::http
