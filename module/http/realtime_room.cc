#include "http/realtime_room.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"

namespace trestle::http {

namespace {

using live::MessageKind;
using live::PhoenixVersion;
using Value = rapidjson::Value;

// No client can join a channel with a control character in its name.
constexpr std::string_view kPresence = "\x01presence ";

const Value* member(const Value& object, const char* name) {
  if (!object.IsObject()) return nullptr;
  auto found = object.FindMember(name);
  return found == object.MemberEnd() ? nullptr : &found->value;
}

std::string_view text_of(const Value& object, const char* name) {
  const Value* value = member(object, name);
  return value != nullptr && value->IsString() ? json_text(*value)
                                               : std::string_view();
}

}  // namespace

live::OutMessage* RoomMessage::in(PhoenixVersion version) {
  Made& made = made_[static_cast<std::size_t>(version)];
  if (made.message != nullptr) return made.message.get();
  if (binary_ && version == PhoenixVersion::v1) return nullptr;
  made.text =
      binary_ ? live::phoenix_binary(topic_, user_event_, bytes_)
              : live::phoenix_text(version, {}, {}, topic_, event_, payload_);
  made.message = std::make_unique<live::OutMessage>(
      binary_ ? MessageKind::binary : MessageKind::text, made.text);
  return made.message.get();
}

RealtimeRoom::RealtimeRoom(live::Hub& hub, LiveBus& bus,
                           std::string_view database, std::string_view name)
    : bus_(bus),
      topic_(concat({"realtime:", name})),
      key_(topic_key(database, name)),
      presence_key_(topic_key(database, concat({kPresence, name}))),
      subscriber_(hub, *this) {
  subscriber_.join(key_, true);
  subscriber_.join(presence_key_, true);
  publish_presence(R"({"who":1})");
}

void RealtimeRoom::enter(RoomMember& member) { members_.push_back(&member); }

void RealtimeRoom::leave(RoomMember& member) { std::erase(members_, &member); }

bool RealtimeRoom::publish(std::string_view record) {
  return bus_.publish(key_, record).has_value();
}

void RealtimeRoom::publish_presence(std::string_view record) {
  static_cast<void>(bus_.publish(presence_key_, record));
}

// What the bus has made of it for the plain dialect (live/dialect.h).
void RealtimeRoom::push(live::OutMessage& message, std::string_view) {
  Result<rapidjson::Document> document = parse_json(message.payload());
  if (!document.ok()) return;
  if (const Value* topic = member(*document, "resync"))
    return take_resync(topic->IsString() &&
                       json_text(*topic).starts_with(kPresence));
  const Value* data = member(*document, "data");
  if (data == nullptr) return;
  if (text_of(*document, "ch").starts_with(kPresence))
    take_presence(*data);
  else
    take_broadcast(*data);
}

void RealtimeRoom::tell(RoomMessage& message) {
  for (RoomMember* each : members_) each->on_room(message);
}

// Data of another form comes from the plain dialect or from SQL: then it is the
// payload of an event "message".
void RealtimeRoom::take_broadcast(const Value& data) {
  const std::string_view event = text_of(data, "event");
  const std::string_view from = text_of(data, "from");
  const std::string_view binary = text_of(data, "binary");
  if (!binary.empty()) {
    const std::string bytes = base64url_decode(binary).value_or("");
    RoomMessage message(topic_, "broadcast", {}, from);
    message.set_binary(event, bytes);
    return tell(message);
  }
  const Value* payload = event.empty() ? &data : member(data, "payload");
  std::string inner = "{}";
  if (payload != nullptr) {
    inner.clear();
    append_json(inner, *payload);
  }
  std::string text;
  JsonWriter json(text);
  json.begin_object().key("type").string("broadcast").key("event");
  json.string(event.empty() ? "message" : event).key("payload").raw(inner);
  json.end_object();
  RoomMessage message(topic_, "broadcast", text, from);
  tell(message);
}

void RealtimeRoom::take_presence(const Value& data) {
  if (member(data, "who") != nullptr) {
    for (RoomMember* each : members_)
      if (std::string record = each->presence_record(); !record.empty())
        publish_presence(record);
    return;
  }
  std::vector<std::string> diffs;
  if (const std::string_view ref = text_of(data, "untrack"); !ref.empty()) {
    diffs = presence_.untrack(ref);
  } else {
    std::string meta;
    if (const Value* value = member(data, "meta")) append_json(meta, *value);
    diffs = presence_.track(text_of(data, "track"), text_of(data, "key"), meta);
  }
  for (const std::string& diff : diffs) {
    RoomMessage message(topic_, "presence_diff", diff);
    tell(message);
  }
}

void RealtimeRoom::take_resync(bool presence) {
  if (presence) {
    presence_.clear();
    RoomMessage message(topic_, "presence_state", "{}");
    tell(message);
    return publish_presence(R"({"who":1})");
  }
  std::string text;
  JsonWriter json(text);
  json.begin_object().key("status").string("error");
  json.key("extension").string("broadcast").key("message");
  json.string("messages have been missed").end_object();
  RoomMessage message(topic_, "system", text);
  tell(message);
}

RealtimeRoom& RealtimeRooms::room(std::string_view database,
                                  std::string_view name) {
  std::unique_ptr<RealtimeRoom>& room = rooms_[topic_key(database, name)];
  if (room == nullptr)
    room = std::make_unique<RealtimeRoom>(hub_, bus_, database, name);
  return *room;
}

void RealtimeRooms::leave(std::string_view database, std::string_view name,
                          RoomMember& member) {
  auto found = rooms_.find(topic_key(database, name));
  if (found == rooms_.end()) return;
  found->second->leave(member);
  if (found->second->empty()) rooms_.erase(found);
}

}  // namespace trestle::http
