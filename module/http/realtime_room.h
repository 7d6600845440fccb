// One channel of the realtime dialect (live/phoenix.h) in one worker: its
// members get what is published to the channel, encoded once for all of them.
//
// Broadcasts travel on the channel of the plain dialect of the same name, so
// that both hear each other:
//
//   {"event","payload","from"}    "binary" in place of "payload"
//
// Who is present is presence_room.h's.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "http/live_bus.h"
#include "http/room_message.h"
#include "live/hub.h"

namespace trestle::http {

// One channel of one session.
class RoomMember {
 public:
  virtual void on_room(RoomMessage& message) = 0;

 protected:
  ~RoomMember() = default;
};

class RealtimeRoom final : private live::Outlet {
 public:
  RealtimeRoom(live::Hub& hub, LiveBus& bus, std::string_view database,
               std::string_view name);

  void enter(RoomMember& member);
  void leave(RoomMember& member);
  [[nodiscard]] bool empty() const { return members_.empty(); }

  // False: it is too large.
  [[nodiscard]] bool publish(std::string_view record);

 private:
  void answer(live::MessageKind, std::string_view) override {}
  void push(live::OutMessage& message, std::string_view id) override;
  void close(std::uint16_t, std::string_view) override {}
  void resume() override {}

  void take_broadcast(const rapidjson::Value& data);
  void tell_resync();
  void tell(RoomMessage& message);

  LiveBus& bus_;
  std::string topic_;  // as clients name it
  std::string key_;    // of the bus
  std::vector<RoomMember*> members_;
  live::Subscriber subscriber_;
};

// The rooms of a worker.
class RealtimeRooms {
 public:
  RealtimeRooms(live::Hub& hub, LiveBus& bus) : hub_(hub), bus_(bus) {}

  // Made for its first member.
  [[nodiscard]] RealtimeRoom& room(std::string_view database,
                                   std::string_view name);
  void leave(std::string_view database, std::string_view name,
             RoomMember& member);

 private:
  live::Hub& hub_;
  LiveBus& bus_;
  std::unordered_map<std::string, std::unique_ptr<RealtimeRoom>> rooms_;
};

}  // namespace trestle::http
