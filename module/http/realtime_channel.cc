#include "http/realtime_channel.h"

#include "base/json_members.h"
#include "base/text.h"

namespace trestle::http {

namespace {

using live::PhoenixMessage;

constexpr std::size_t kMaxBindings = 50;

}  // namespace

// --- the channel -------------------------------------------------------------

RealtimeChannel::RealtimeChannel(const RealtimeContext& context,
                                 const PhoenixMessage& join,
                                 const rapidjson::Value& payload)
    : context_(context),
      topic_(join.topic),
      name_(join.topic.substr(kRealtimePrefix.size())),
      join_ref_(join.join_ref == "null" ? join.ref : join.join_ref),
      ref_(join.ref),
      presence_ref_(LiveWorker::new_id()) {
  const rapidjson::Value* config = find_member(payload, "config");
  if (config == nullptr) return;
  if (const rapidjson::Value* broadcast = find_member(*config, "broadcast")) {
    acknowledges_ = member_flag(*broadcast, "ack");
    hears_itself_ = member_flag(*broadcast, "self");
  }
  if (const rapidjson::Value* presence = find_member(*config, "presence")) {
    has_presence_ = find_member(*presence, "enabled") == nullptr ||
                    member_flag(*presence, "enabled");
    presence_key_ = member_text(*presence, "key");
  }
  if (presence_key_.empty()) presence_key_ = LiveWorker::new_id();
  const rapidjson::Value* changes = find_member(*config, "postgres_changes");
  if (changes == nullptr || !changes->IsArray()) return;
  for (const rapidjson::Value& wish : changes->GetArray())
    if (wish.IsObject() && bindings_.size() < kMaxBindings)
      bindings_.push_back(std::make_unique<RowBinding>(
          *this, static_cast<int>(bindings_.size()) + 1, wish));
}

RealtimeChannel::~RealtimeChannel() {
  if (room_ == nullptr) return;
  if (!meta_.empty()) presence_->publish(live::untrack_record(presence_ref_));
  LiveWorker& live = context_.runtime.live();
  live.presence().leave(context_.database.name, name_, *this);
  live.rooms().leave(context_.database.name, name_, *this);
}

void RealtimeChannel::open(const auth::Identity& identity) {
  room_ = &context_.runtime.live().rooms().room(context_.database.name, name_);
  room_->enter(*this);
  presence_ = &context_.runtime.live().presence().enter(context_.database.name,
                                                        name_, *this);
  for (std::unique_ptr<RowBinding>& binding : bindings_)
    binding->subscribe(identity);
  on_binding_ready();
}

void RealtimeChannel::renew(const auth::Identity& identity) {
  for (std::unique_ptr<RowBinding>& binding : bindings_)
    binding->subscribe(identity);
}

void RealtimeChannel::on_binding_ready() {
  if (answered_) return;
  for (std::unique_ptr<RowBinding>& binding : bindings_)
    if (!binding->is_ready()) return;
  answer_join();
}

void RealtimeChannel::on_binding_refused(std::string_view reason) {
  if (answered_) return send_system(false, "postgres_changes", reason);
  refuse(reason);
}

void RealtimeChannel::refuse(std::string_view reason) {
  if (std::exchange(answered_, true)) return;
  std::string response;
  JsonWriter json(response);
  json.begin_object().key("reason").string(reason).end_object();
  reply(ref_, false, response);
}

void RealtimeChannel::answer_join() {
  answered_ = true;
  std::string response = "{\"postgres_changes\":[";
  for (std::unique_ptr<RowBinding>& binding : bindings_) {
    if (binding != bindings_.front()) response += ',';
    response += binding->echo();
  }
  reply(ref_, true, response + "]}");
  if (!bindings_.empty())
    send_system(true, "postgres_changes", "Subscribed to PostgreSQL");
  if (has_presence_)
    send("presence_state", presence_->presence().phoenix_state());
}

// --- messages ----------------------------------------------------------------

void RealtimeChannel::broadcast(const PhoenixMessage& message) {
  if (room_ == nullptr) return;
  std::string record;
  JsonWriter json(record);
  json.begin_object();
  if (message.binary) {
    json.key("event").string(message.event);
    json.key("binary").string(base64url_encode(message.payload));
  } else {
    Result<rapidjson::Document> payload = parse_json(message.payload);
    if (!payload.ok()) return;
    json.key("event").string(member_text(*payload, "event"));
    json.key("payload").raw(member_json(*payload, "payload", "{}"));
  }
  json.key("from").string(context_.id).end_object();
  const bool good = room_->publish(record);
  if (acknowledges_ || !good) reply(message.ref, good, "{}");
}

std::string RealtimeChannel::presence_record() const {
  if (meta_.empty()) return {};
  return live::track_record(presence_ref_, presence_key_, meta_, ngx_pid);
}

void RealtimeChannel::take_presence(const PhoenixMessage& message) {
  Result<rapidjson::Document> payload = parse_json(message.payload);
  if (room_ == nullptr || !payload.ok()) return;
  const std::string_view event = member_text(*payload, "event");
  if (event == "track") {
    const rapidjson::Value* meta = find_member(*payload, "payload");
    meta_ = meta != nullptr && meta->IsObject()
                ? member_json(*payload, "payload")
                : "{}";
    presence_->publish(presence_record());
  } else if (event == "untrack" && !meta_.empty()) {
    meta_.clear();
    presence_->publish(live::untrack_record(presence_ref_));
  }
  reply(message.ref, true, "{}");
}

void RealtimeChannel::on_presence(PresenceNews& news) {
  if (!answered_ || !has_presence_) return;
  for (RoomMessage& message : news.realtime())
    if (live::OutMessage* out = message.in(context_.version))
      context_.outlet.push(*out, {});
}

void RealtimeChannel::on_room(RoomMessage& message) {
  if (!answered_) return;
  if (!hears_itself_ && message.from() == context_.id) return;
  live::OutMessage* out = message.in(context_.version);
  if (out != nullptr) context_.outlet.push(*out, {});
}

void RealtimeChannel::send(std::string_view event, std::string_view payload) {
  const std::string text = live::phoenix_text(context_.version, join_ref_, {},
                                              topic_, event, payload);
  live::OutMessage message(live::MessageKind::text, text);
  context_.outlet.push(message, {});
}

void RealtimeChannel::send_system(bool good, std::string_view extension,
                                  std::string_view text) {
  std::string payload;
  JsonWriter json(payload);
  json.begin_object().key("channel").string(name_);
  json.key("extension").string(extension).key("message").string(text);
  json.key("status").string(good ? "ok" : "error").end_object();
  send("system", payload);
}

void RealtimeChannel::reply(std::string_view ref, bool good,
                            std::string_view response) {
  context_.outlet.answer(
      live::MessageKind::text,
      live::phoenix_text(context_.version, join_ref_, ref, topic_, "phx_reply",
                         concat({"{\"status\":\"", good ? "ok" : "error",
                                 "\",\"response\":", response, "}"})));
}

}  // namespace trestle::http
