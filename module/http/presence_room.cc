#include "http/presence_room.h"

#include "base/json_members.h"
#include "base/text.h"

namespace trestle::http {

namespace {

std::int64_t number_of(const rapidjson::Value& value, std::string_view name) {
  const rapidjson::Value* member = find_member(value, name);
  return member != nullptr && member->IsInt64() ? member->GetInt64() : 0;
}

std::string nobody(std::string_view room) {
  return live::Presence().plain_state(room);
}

}  // namespace

// --- news
// ---------------------------------------------------------------------

PresenceNews::PresenceNews(std::string_view room)
    : topic_(concat({kRealtimePrefix, room})),
      text_(nobody(room)),
      plain_(live::MessageKind::text, text_) {
  realtime_.emplace_back(topic_, "presence_state", "{}");
}

PresenceNews::PresenceNews(std::string_view room,
                           const live::PresenceChange& change)
    : topic_(concat({kRealtimePrefix, room})),
      payloads_(change.phoenix_diffs()),
      text_(change.plain_text(room)),
      plain_(live::MessageKind::text, text_) {
  for (const std::string& payload : payloads_)
    realtime_.emplace_back(topic_, "presence_diff", payload);
}

// --- a room
// -------------------------------------------------------------------

PresenceRoom::PresenceRoom(live::Hub& hub, LiveBus& bus,
                           std::string_view database, std::string_view name)
    : bus_(bus),
      name_(name),
      key_(topic_key(database, live::presence_topic(name))),
      subscriber_(hub, *this) {
  subscriber_.join(key_, true);
  publish(live::kWhoRecord);
}

void PresenceRoom::publish(std::string_view record) {
  static_cast<void>(bus_.publish(key_, record));
}

// What the bus has made of a record for the plain dialect (live/dialect.h).
void PresenceRoom::push(live::OutMessage& message, std::string_view) {
  Result<rapidjson::Document> document = parse_json(message.payload());
  if (!document.ok()) return;
  if (find_member(*document, "resync") != nullptr) return begin_anew();
  if (const rapidjson::Value* data = find_member(*document, "data"))
    take(*data);
}

void PresenceRoom::take(const rapidjson::Value& record) {
  if (find_member(record, "who") != nullptr) {
    for (const PresenceMember* each : members_)
      if (std::string own = each->presence_record(); !own.empty()) publish(own);
    return;
  }
  if (find_member(record, "gone") != nullptr) {
    for (const live::PresenceChange& change :
         presence_.untrack_worker(number_of(record, "gone")))
      tell(PresenceNews(name_, change));
    return;
  }
  const std::string_view left = member_text(record, "untrack");
  std::optional<live::PresenceChange> change =
      !left.empty()
          ? presence_.untrack(left)
          : presence_.track(
                member_text(record, "track"), member_text(record, "key"),
                member_json(record, "meta"), number_of(record, "worker"));
  if (change) tell(PresenceNews(name_, *change));
}

// Records were missed.
void PresenceRoom::begin_anew() {
  presence_.clear();
  tell(PresenceNews(name_));
  publish(live::kWhoRecord);
}

void PresenceRoom::tell(PresenceNews&& news) {
  for (PresenceMember* each : members_) each->on_presence(news);
}

// --- all of them
// --------------------------------------------------------------

PresenceRoom& PresenceRooms::enter(std::string_view database,
                                   std::string_view name,
                                   PresenceMember& member) {
  std::unique_ptr<PresenceRoom>& room = rooms_[topic_key(database, name)];
  if (room == nullptr)
    room = std::make_unique<PresenceRoom>(hub_, bus_, database, name);
  room->enter(member);
  return *room;
}

void PresenceRooms::leave(std::string_view database, std::string_view name,
                          PresenceMember& member) {
  auto found = rooms_.find(topic_key(database, name));
  if (found == rooms_.end()) return;
  found->second->leave(member);
  if (found->second->empty()) rooms_.erase(found);
}

}  // namespace trestle::http
