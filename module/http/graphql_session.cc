#include "http/graphql_session.h"

#include <algorithm>

#include "auth/authenticator.h"
#include "base/text.h"
#include "http/read_position.h"
#include "http/request_view.h"
#include "http/send_answer.h"
#include "http/upgrade.h"

namespace trestle::http {

namespace {

using live::MessageKind;

// Operations under way that stop the input.
constexpr std::size_t kMaxRunning = 64;
constexpr std::uint16_t kNotAcceptable = 4406;

// The value of an object's member, whatever the case of its name.
const rapidjson::Value* find_member(const rapidjson::Value& object,
                                    std::string_view name) {
  for (const auto& member : object.GetObject())
    if (ascii_iequals(json_text(member.name), name)) return &member.value;
  return nullptr;
}

// {"headers": {"Authorization": ...}} or {"Authorization": ...}.
const rapidjson::Value* find_authorization(const rapidjson::Value& payload) {
  const rapidjson::Value* headers = find_member(payload, "headers");
  if (headers != nullptr && headers->IsObject())
    if (const auto* value = find_member(*headers, "authorization"))
      return value;
  return find_member(payload, "authorization");
}

std::string too_many_operations() {
  std::string errors;
  JsonWriter json(errors);
  json.begin_array().begin_object().key("message");
  json.string("this connection has as many operations as it may");
  json.key("extensions").begin_object().key("path").string("$");
  json.key("code").string("limit-exceeded").end_object();
  json.end_object().end_array();
  return errors;
}

}  // namespace

// One id.
class GraphqlSession::Operation final : private LiveOperation::Owner {
 public:
  Operation(GraphqlSession& session, std::string_view id,
            std::unique_ptr<StoredRequest> request)
      : session_(session),
        id_(id),
        operation_(*this,
                   {.runtime = session.runtime_,
                    .database = *session.conf_.database,
                    .frontend = *session.conf_.frontend,
                    .query_timeout = session.conf_.query_timeout,
                    .written = has_position_cookie(*session.conf_.database)
                                   ? &session.written_
                                   : nullptr},
                   std::move(request), *session.identity_) {}

  void start() { operation_.start(); }

 private:
  void on_next(const AnswerBuffer& answer) override {
    session_.protocol_.next(id_, answer.body(), true);
  }
  void on_last(const AnswerBuffer& answer) override {
    session_.finish(id_, answer);
  }

  GraphqlSession& session_;
  std::string id_;
  LiveOperation operation_;
};

GraphqlSession::GraphqlSession(Runtime& runtime, const LocationConf& conf,
                               live::Outlet& outlet,
                               Result<auth::Identity> identity,
                               StoredRequest request)
    : runtime_(runtime),
      conf_(conf),
      outlet_(outlet),
      identity_(std::move(identity)),
      request_(std::move(request)),
      written_(required_position(request_.view(), *conf.database)),
      protocol_(outlet, *this),
      who_(runtime, *conf.database, callback<&GraphqlSession::on_over>(this)) {
  timer_ = runtime.loop().make_timer(
      callback<&GraphqlSession::on_init_timeout>(this),
      pg::Loop::TimerKind::idle);
  timer_->start(conf.live_init_timeout);
  if (identity_.ok()) who_.watch(*identity_);
}

GraphqlSession::~GraphqlSession() = default;

bool GraphqlSession::on_message(MessageKind kind, std::string_view payload) {
  protocol_.on_message(kind, payload);
  stopped_ = operations_.size() >= std::max(kMaxRunning, conf_.live_channels);
  return !stopped_;
}

void GraphqlSession::on_end(std::uint16_t code) { outlet_.close(code, {}); }

// --- who it is ---------------------------------------------------------------

Result<auth::Identity> GraphqlSession::identify(
    const rapidjson::Value* payload) const {
  const rapidjson::Value* value =
      payload != nullptr ? find_authorization(*payload) : nullptr;
  if (value == nullptr || !value->IsString()) return identity_;
  return conf_.database->auth->authenticate_authorization(
      json_text(*value), now_s(), runtime_.tokens());
}

Result<void> GraphqlSession::on_init(const rapidjson::Value* payload) {
  identity_ = identify(payload);
  if (!identity_.ok()) return identity_.error();
  timer_.reset();
  who_.watch(*identity_);
  return {};
}

// --- operations --------------------------------------------------------------

void GraphqlSession::on_subscribe(std::string_view id, std::string request) {
  if (operations_.size() >= conf_.live_channels)
    return protocol_.error(id, too_many_operations());
  auto stored = std::make_unique<StoredRequest>(request_);
  stored->set_body(std::move(request));
  auto operation = std::make_unique<Operation>(*this, id, std::move(stored));
  Operation& started = *operation;
  operations_.emplace(id, std::move(operation));
  started.start();
}

void GraphqlSession::on_complete(std::string_view id) {
  operations_.erase(std::string(id));
}

// An answer without data says that nothing was run. The operation, whose `id`
// is, goes.
// NOLINTNEXTLINE(performance-unnecessary-value-param)
void GraphqlSession::finish(std::string id, const AnswerBuffer& answer) {
  constexpr std::string_view kErrors = "{\"errors\":";
  std::string_view body = answer.body();
  if (!answer.whole()) {
    protocol_.error(id, R"([{"message":"the answer was left unfinished"}])");
  } else if (body.starts_with(kErrors)) {
    body = body.substr(kErrors.size());
    protocol_.error(id, body.substr(0, body.size() - 1));
  } else {
    protocol_.next(id, body, false);
    protocol_.complete(id);
  }
  operations_.erase(id);
  if (!stopped_) return;
  stopped_ = false;
  outlet_.resume();
}

// --- the handshake -----------------------------------------------------------

ngx_int_t open_graphql_socket(ngx_http_request_t* r, RequestContext& context,
                              const LocationConf& conf, Runtime& runtime) {
  constexpr std::string_view kProtocols[] = {live::kGraphqlTransportWs};
  Result<live::Handshake> handshake =
      check_upgrade(r, context.request, conf, runtime.conf(), kProtocols);
  if (!handshake.ok()) return send_error(r, handshake.error());
  // connection_init may still say who it is.
  Result<void> known = authenticate(context, *conf.database);
  Result<auth::Identity> identity =
      known.ok() ? Result<auth::Identity>(*context.identity)
                 : Result<auth::Identity>(known.error());
  WebSocketConnection* connection =
      switch_protocols(runtime.live(), r, conf, *handshake);
  if (connection == nullptr) return NGX_ERROR;
  StoredRequest request(context.request);
  request.set_method("POST");
  request.set_header("Accept", "application/graphql-response+json");
  request.set_header("Content-Type", "application/json");
  connection->open(*new GraphqlSession(
      runtime, conf, *connection, std::move(identity), std::move(request)));
  if (handshake->subprotocol.empty())
    connection->close(kNotAcceptable, "Subprotocol not acceptable");
  return NGX_DONE;
}

}  // namespace trestle::http
