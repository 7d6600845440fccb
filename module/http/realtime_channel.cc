#include "http/realtime_channel.h"

#include "base/text.h"

namespace trestle::http {

namespace {

using live::PhoenixMessage;
using Value = rapidjson::Value;

constexpr std::string_view kPrefix = "realtime:";
constexpr std::size_t kMaxBindings = 50;

const Value* member(const Value& object, const char* name) {
  if (!object.IsObject()) return nullptr;
  auto found = object.FindMember(name);
  return found == object.MemberEnd() ? nullptr : &found->value;
}

std::string text_of(const Value& object, const char* name) {
  const Value* value = member(object, name);
  return value != nullptr && value->IsString() ? std::string(json_text(*value))
                                               : std::string();
}

bool flag_of(const Value& object, const char* name) {
  const Value* value = member(object, name);
  return value != nullptr && value->IsBool() && value->GetBool();
}

}  // namespace

// --- the channel -------------------------------------------------------------

RealtimeChannel::RealtimeChannel(const RealtimeContext& context,
                                 const PhoenixMessage& join,
                                 const Value& payload)
    : context_(context),
      topic_(join.topic),
      name_(join.topic.substr(kPrefix.size())),
      join_ref_(join.join_ref == "null" ? join.ref : join.join_ref),
      ref_(join.ref),
      presence_ref_(LiveWorker::new_id()) {
  const Value* config = member(payload, "config");
  if (config == nullptr) return;
  if (const Value* broadcast = member(*config, "broadcast")) {
    acknowledges_ = flag_of(*broadcast, "ack");
    hears_itself_ = flag_of(*broadcast, "self");
  }
  if (const Value* presence = member(*config, "presence")) {
    has_presence_ = member(*presence, "enabled") == nullptr ||
                    flag_of(*presence, "enabled");
    presence_key_ = text_of(*presence, "key");
  }
  if (presence_key_.empty()) presence_key_ = LiveWorker::new_id();
  const Value* changes = member(*config, "postgres_changes");
  if (changes == nullptr || !changes->IsArray()) return;
  for (const Value& wish : changes->GetArray())
    if (wish.IsObject() && bindings_.size() < kMaxBindings)
      bindings_.push_back(std::make_unique<RowBinding>(
          *this, static_cast<int>(bindings_.size()) + 1, wish));
}

RealtimeChannel::~RealtimeChannel() {
  if (room_ == nullptr) return;
  std::string record;
  JsonWriter json(record);
  json.begin_object().key("untrack").string(presence_ref_).end_object();
  if (!meta_.empty()) room_->publish_presence(record);
  context_.runtime.live().rooms().leave(context_.database.name, name_, *this);
}

void RealtimeChannel::open(const auth::Identity& identity) {
  room_ = &context_.runtime.live().rooms().room(context_.database.name, name_);
  room_->enter(*this);
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
  if (has_presence_) send("presence_state", room_->presence_state());
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
    std::string inner = "{}";
    if (const Value* value = member(*payload, "payload")) {
      inner.clear();
      append_json(inner, *value);
    }
    json.key("event").string(text_of(*payload, "event"));
    json.key("payload").raw(inner);
  }
  json.key("from").string(context_.id).end_object();
  const bool good = room_->publish(record);
  if (acknowledges_ || !good) reply(message.ref, good, "{}");
}

std::string RealtimeChannel::presence_record() const {
  if (meta_.empty()) return {};
  std::string record;
  JsonWriter json(record);
  json.begin_object().key("track").string(presence_ref_);
  json.key("key").string(presence_key_).key("meta").raw(meta_).end_object();
  return record;
}

void RealtimeChannel::take_presence(const PhoenixMessage& message) {
  Result<rapidjson::Document> payload = parse_json(message.payload);
  if (room_ == nullptr || !payload.ok()) return;
  const std::string event = text_of(*payload, "event");
  if (event == "track") {
    meta_ = "{}";
    const Value* meta = member(*payload, "payload");
    if (meta != nullptr && meta->IsObject()) {
      meta_.clear();
      append_json(meta_, *meta);
    }
    room_->publish_presence(presence_record());
  } else if (event == "untrack" && !meta_.empty()) {
    meta_.clear();
    std::string record;
    JsonWriter json(record);
    json.begin_object().key("untrack").string(presence_ref_).end_object();
    room_->publish_presence(record);
  }
  reply(message.ref, true, "{}");
}

void RealtimeChannel::on_room(RoomMessage& message) {
  if (!answered_) return;
  if (!hears_itself_ && message.from() == context_.id) return;
  if (message.event().starts_with("presence") && !has_presence_) return;
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
