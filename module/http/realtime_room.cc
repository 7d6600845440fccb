#include "http/realtime_room.h"

#include <algorithm>

#include "base/json_members.h"
#include "base/text.h"

namespace trestle::http {

RealtimeRoom::RealtimeRoom(live::Hub& hub, LiveBus& bus,
                           std::string_view database, std::string_view name)
    : bus_(bus),
      topic_(concat({kRealtimePrefix, name})),
      key_(topic_key(database, name)),
      subscriber_(hub, *this) {
  subscriber_.join(key_, true);
}

void RealtimeRoom::enter(RoomMember& member) { members_.push_back(&member); }

void RealtimeRoom::leave(RoomMember& member) { std::erase(members_, &member); }

bool RealtimeRoom::publish(std::string_view record) {
  return bus_.publish(key_, record).has_value();
}

// What the bus has made of it for the plain dialect (live/dialect.h).
void RealtimeRoom::push(live::OutMessage& message, std::string_view) {
  Result<rapidjson::Document> document = parse_json(message.payload());
  if (!document.ok()) return;
  if (find_member(*document, "resync") != nullptr) return tell_resync();
  if (const rapidjson::Value* data = find_member(*document, "data"))
    take_broadcast(*data);
}

void RealtimeRoom::tell(RoomMessage& message) {
  for (RoomMember* each : members_) each->on_room(message);
}

// Data of another form comes from the plain dialect or from SQL: then it is the
// payload of an event "message".
void RealtimeRoom::take_broadcast(const rapidjson::Value& data) {
  const std::string_view event = member_text(data, "event");
  const std::string_view from = member_text(data, "from");
  const std::string_view binary = member_text(data, "binary");
  if (!binary.empty()) {
    const std::string bytes = base64url_decode(binary).value_or("");
    RoomMessage message(topic_, "broadcast", {}, from);
    message.set_binary(event, bytes);
    return tell(message);
  }
  std::string inner;
  if (event.empty())
    append_json(inner, data);
  else
    inner = member_json(data, "payload", "{}");
  std::string text;
  JsonWriter json(text);
  json.begin_object().key("type").string("broadcast").key("event");
  json.string(event.empty() ? "message" : event).key("payload").raw(inner);
  json.end_object();
  RoomMessage message(topic_, "broadcast", text, from);
  tell(message);
}

void RealtimeRoom::tell_resync() {
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
