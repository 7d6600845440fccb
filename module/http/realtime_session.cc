#include "http/realtime_session.h"

#include "auth/authenticator.h"
#include "base/text.h"
#include "frontend/errors.h"
#include "frontend/settings.h"
#include "http/request_view.h"
#include "live/calls.h"
#include "live/dialect.h"

namespace trestle::http {

namespace {

using live::MessageKind;
using live::PhoenixMessage;
using live::PhoenixVersion;

constexpr std::uint16_t kOver = 4401;

PhoenixVersion version_of(const Request& request) {
  for (std::string_view pair : split(request.query, '&'))
    if (pair == "vsn=2.0.0") return PhoenixVersion::v2;
  return PhoenixVersion::v1;
}

// Role and claims, without the facts of a message.
Settings session_settings(const auth::Identity& identity) {
  Settings settings;
  for (Setting& setting : request_settings(identity, Request{}))
    if (setting.name == "role" || setting.name == "request.jwt.claims")
      settings.push_back(std::move(setting));
  return settings;
}

bool is_plain_key(std::string_view value) {
  return value.find('.') == std::string_view::npos;
}

bool is_plain_key(const HeaderView& header) {
  if (ascii_iequals(header.name, "apikey")) return is_plain_key(header.value);
  return ascii_iequals(header.name, "Authorization") &&
         ascii_iequals(header.value.substr(0, 7), "Bearer ") &&
         is_plain_key(header.value);
}

}  // namespace

bool forget_plain_keys(RequestContext& context) {
  Request& request = context.request;
  std::string query;
  for (std::string_view pair : split(request.query, '&')) {
    if (pair.starts_with("apikey=") && is_plain_key(pair)) continue;
    if (!query.empty()) query += '&';
    query += pair;
  }
  ngx_pool_t* pool = context.r->pool;
  ngx_str_t kept = pool_copy(pool, query);
  auto* headers = static_cast<HeaderView*>(
      ngx_palloc(pool, (request.headers.size() + 1) * sizeof(HeaderView)));
  if (kept.data == nullptr || headers == nullptr) return false;
  std::size_t count = 0;
  for (const HeaderView& header : request.headers)
    if (!is_plain_key(header)) headers[count++] = header;
  request.query = view(kept);
  request.headers = {headers, count};
  return true;
}

// One call of on_join.
class RealtimeSession::JoinCall final : private RowSink, private RunHolder {
 public:
  JoinCall(RealtimeSession& session, std::string topic, std::string_view name)
      : session_(session), topic_(std::move(topic)) {
    Runtime& runtime = session_.context_.runtime;
    runtime.add(*this);
    turn_ = runtime.loop().make_timer(callback<&JoinCall::on_turn>(this),
                                      pg::Loop::TimerKind::holding);
    Plan plan;
    plan.statements.push_back(live::call_join(
        *session_.location_.functions.on_join, name, session_.peer_.json()));
    run_ = runtime.pool(session_.context_.database)
               .submit(std::move(plan), session_settings(session_.identity_),
                       *this, {.query_timeout = session_.query_timeout_});
  }
  ~JoinCall() override {
    run_.reset();
    if (linked_) session_.context_.runtime.remove(*this);
  }

 private:
  void on_columns(std::size_t, std::span<const ResultColumn>) override {}
  bool on_row(std::size_t, std::span<const Cell> cells) override {
    may_ = !cells.empty() && cells[0] == "t";
    return true;
  }
  void on_statement_done(std::size_t, std::uint64_t) override {}
  void on_done() override { turn_->start(0); }
  void on_error(const RunError& error) override {
    may_ = false;
    problem_ =
        error_of(error, Access::write, session_.identity_.authenticated())
            .message;
    turn_->start(0);
  }
  void let_go() noexcept override {
    linked_ = false;
    run_.reset();
  }
  void on_turn() noexcept { session_.on_decided(topic_, may_, problem_); }

  RealtimeSession& session_;
  std::string topic_;
  std::unique_ptr<pg::Timer> turn_;
  std::unique_ptr<pg::Run> run_;
  std::string problem_ = "The channel may not be joined";
  bool may_ = false;
  bool linked_ = true;
};

RealtimeSession::RealtimeSession(Runtime& runtime, const LiveLocation& location,
                                 const LocationConf& conf, live::Outlet& outlet,
                                 const auth::Identity& identity,
                                 const Request& request,
                                 std::string_view address)
    : location_(location),
      max_channels_(conf.live_channels),
      query_timeout_(conf.query_timeout),
      identity_(identity),
      peer_(LiveWorker::new_id(), identity, request, address),
      context_{.runtime = runtime,
               .database = *location.database,
               .outlet = outlet,
               .version = version_of(request),
               .id = peer_.id(),
               .max_rows = conf.live_rows},
      who_(runtime, *location.database,
           callback<&RealtimeSession::on_over>(this)) {
  who_.watch(identity_);
}

RealtimeSession::~RealtimeSession() = default;

bool RealtimeSession::on_message(MessageKind kind, std::string_view payload) {
  std::optional<PhoenixMessage> message =
      live::parse_phoenix(context_.version, kind, payload);
  if (message) take(*message);
  return true;
}

void RealtimeSession::take(const PhoenixMessage& message) {
  if (message.topic == "phoenix") return reply(message, true, {});
  if (message.event == "phx_join") return take_join(message);
  auto found = channels_.find(message.topic);
  if (found == channels_.end()) return reply(message, false, "unmatched topic");
  RealtimeChannel& channel = *found->second.channel;
  if (message.event == "phx_leave") {
    reply(message, true, {});
    channels_.erase(found);
  } else if (message.event == "access_token") {
    take_token(message);
  } else if (message.event == "presence") {
    channel.take_presence(message);
  } else if (message.event == "broadcast" || message.binary) {
    channel.broadcast(message);
  } else {
    reply(message, false, "unknown event");
  }
}

// A topic that is joined again is left first.
void RealtimeSession::take_join(const PhoenixMessage& message) {
  Result<rapidjson::Document> payload = parse_json(message.payload);
  if (!payload.ok() || !message.topic.starts_with(kRealtimePrefix) ||
      !live::is_topic(message.topic.substr(kRealtimePrefix.size())))
    return reply(message, false, "unmatched topic");
  channels_.erase(message.topic);
  if (channels_.size() >= max_channels_)
    return reply(message, false, "too many channels");
  if (payload->IsObject()) {
    auto token = payload->FindMember("access_token");
    std::string problem;
    if (token != payload->MemberEnd() && token->value.IsString() &&
        !set_token(json_text(token->value), problem))
      return reply(message, false, problem);
  }
  Joined& joined = channels_[message.topic];
  joined.channel =
      std::make_unique<RealtimeChannel>(context_, message, *payload);
  if (location_.functions.on_join)
    joined.call = std::make_unique<JoinCall>(
        *this, message.topic, message.topic.substr(kRealtimePrefix.size()));
  else
    joined.channel->open(identity_);
}

void RealtimeSession::on_decided(const std::string& topic, bool may,
                                 std::string_view problem) {
  auto found = channels_.find(topic);
  if (found == channels_.end()) return;
  const std::string reason(problem);
  // The call owns the text.
  // NOLINTNEXTLINE(performance-unnecessary-copy-initialization)
  const std::string name = topic;
  found->second.call.reset();
  if (may) return found->second.channel->open(identity_);
  found->second.channel->refuse(reason);
  channels_.erase(name);
}

// --- who it is ---------------------------------------------------------------

// An API key that is no token says nothing.
bool RealtimeSession::set_token(std::string_view token, std::string& problem) {
  if (is_plain_key(token)) return true;
  Result<auth::Identity> identity =
      location_.database->auth->authenticate_token(token, now_s(),
                                                   context_.runtime.tokens());
  if (!identity.ok()) {
    problem = identity.error().message;
    return false;
  }
  identity_ = std::move(identity).value();
  peer_.set_identity(identity_);
  who_.watch(identity_);
  return true;
}

void RealtimeSession::take_token(const PhoenixMessage& message) {
  Result<rapidjson::Document> payload = parse_json(message.payload);
  if (!payload.ok() || !payload->IsObject()) return;
  auto token = payload->FindMember("access_token");
  if (token == payload->MemberEnd() || !token->value.IsString()) return;
  const std::string role = identity_.role;
  const auto claims = identity_.claims;
  std::string problem;
  if (!set_token(json_text(token->value), problem))
    return context_.outlet.close(kOver, problem);
  if (role == identity_.role && claims == identity_.claims) return;
  for (auto& [topic, joined] : channels_) joined.channel->renew(identity_);
}

void RealtimeSession::on_over() noexcept {
  context_.outlet.close(kOver, who_.reason());
}

void RealtimeSession::reply(const PhoenixMessage& message, bool good,
                            std::string_view reason) {
  std::string payload;
  JsonWriter json(payload);
  json.begin_object().key("status").string(good ? "ok" : "error");
  json.key("response").begin_object();
  if (!reason.empty()) json.key("reason").string(reason);
  json.end_object().end_object();
  context_.outlet.answer(
      MessageKind::text,
      live::phoenix_text(context_.version, message.join_ref, message.ref,
                         message.topic, "phx_reply", payload));
}

}  // namespace trestle::http
