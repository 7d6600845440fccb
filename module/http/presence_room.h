// Who is present in one channel, as one worker knows it of all workers. Clients
// of both dialects meet here: each member is told what changes in its own form,
// which is made once for all of them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "http/live_bus.h"
#include "http/room_message.h"
#include "live/hub.h"
#include "live/presence.h"

namespace trestle::http {

// What has changed.
class PresenceNews {
 public:
  // `room` is the channel's name and outlives it. Nothing is known any more,
  // but what comes from now on.
  explicit PresenceNews(std::string_view room);
  PresenceNews(std::string_view room, const live::PresenceChange& change);
  PresenceNews(const PresenceNews&) = delete;
  PresenceNews& operator=(const PresenceNews&) = delete;

  // One behind another.
  [[nodiscard]] std::vector<RoomMessage>& realtime() { return realtime_; }
  [[nodiscard]] live::OutMessage& plain() { return plain_; }

 private:
  std::string topic_;
  std::vector<std::string> payloads_;
  std::vector<RoomMessage> realtime_;
  std::string text_;
  live::OutMessage plain_;
};

// One client in the room.
class PresenceMember {
 public:
  virtual void on_presence(PresenceNews& news) = 0;
  // live::track_record() of itself; empty: it is not present.
  [[nodiscard]] virtual std::string presence_record() const = 0;

 protected:
  ~PresenceMember() = default;
};

class PresenceRoom final : private live::Outlet {
 public:
  PresenceRoom(live::Hub& hub, LiveBus& bus, std::string_view database,
               std::string_view name);

  void enter(PresenceMember& member) { members_.push_back(&member); }
  void leave(PresenceMember& member) { std::erase(members_, &member); }
  [[nodiscard]] bool empty() const { return members_.empty(); }

  // A record of live/presence.h, to all workers.
  void publish(std::string_view record);
  [[nodiscard]] const live::Presence& presence() const { return presence_; }

 private:
  void answer(live::MessageKind, std::string_view) override {}
  void push(live::OutMessage& message, std::string_view id) override;
  void close(std::uint16_t, std::string_view) override {}
  void resume() override {}

  void take(const rapidjson::Value& record);
  void begin_anew();
  void tell(PresenceNews&& news);

  LiveBus& bus_;
  std::string name_;
  std::string key_;  // of the bus
  live::Presence presence_;
  std::vector<PresenceMember*> members_;
  live::Subscriber subscriber_;
};

// The rooms of a worker that somebody is in.
class PresenceRooms {
 public:
  PresenceRooms(live::Hub& hub, LiveBus& bus) : hub_(hub), bus_(bus) {}

  // Made for its first member.
  [[nodiscard]] PresenceRoom& enter(std::string_view database,
                                    std::string_view name,
                                    PresenceMember& member);
  void leave(std::string_view database, std::string_view name,
             PresenceMember& member);

 private:
  live::Hub& hub_;
  LiveBus& bus_;
  std::unordered_map<std::string, std::unique_ptr<PresenceRoom>> rooms_;
};

}  // namespace trestle::http
