// One channel of the realtime dialect (live/phoenix.h) in one worker: its
// members get what is published to the channel, encoded once for all of them,
// and the channel knows who is present in all workers.
//
// Broadcasts travel on the channel of the plain dialect of the same name, so
// that both hear each other; presence on one beside it.
//
//   {"event","payload","from"}    broadcast; "binary" in place of "payload"
//   {"track":ref,"key","meta"}    present, or still present
//   {"untrack":ref}
//   {"who":1}                     a worker has its first member: all tell
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "http/live_bus.h"
#include "live/hub.h"
#include "live/phoenix.h"
#include "live/presence.h"

namespace trestle::http {

// A message to all members of a room, encoded when the first wants it.
class RoomMessage {
 public:
  // All outlive it. `bytes` null: the payload is JSON.
  RoomMessage(std::string_view topic, std::string_view event,
              std::string_view payload, std::string_view from = {})
      : topic_(topic), event_(event), payload_(payload), from_(from) {}

  // A broadcast of bytes under the user's event.
  void set_binary(std::string_view event, std::string_view bytes) {
    user_event_ = event;
    bytes_ = bytes;
    binary_ = true;
  }
  // Who has sent it; empty: nobody in particular.
  [[nodiscard]] std::string_view from() const { return from_; }
  [[nodiscard]] std::string_view event() const { return event_; }
  // Null: that version has no form for it.
  [[nodiscard]] live::OutMessage* in(live::PhoenixVersion version);

 private:
  struct Made {
    std::string text;
    std::unique_ptr<live::OutMessage> message;
  };

  std::string_view topic_;
  std::string_view event_;
  std::string_view payload_;
  std::string_view from_;
  std::string_view user_event_;
  std::string_view bytes_;
  bool binary_ = false;
  Made made_[2];
};

// One channel of one session.
class RoomMember {
 public:
  virtual void on_room(RoomMessage& message) = 0;
  // Presence under its own ref; empty: none.
  [[nodiscard]] virtual std::string presence_record() const = 0;

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
  void publish_presence(std::string_view record);
  [[nodiscard]] std::string presence_state() const { return presence_.state(); }

 private:
  void answer(live::MessageKind, std::string_view) override {}
  void push(live::OutMessage& message, std::string_view id) override;
  void close(std::uint16_t, std::string_view) override {}
  void resume() override {}

  void take_broadcast(const rapidjson::Value& data);
  void take_presence(const rapidjson::Value& data);
  void take_resync(bool presence);
  void tell(RoomMessage& message);

  LiveBus& bus_;
  std::string topic_;         // as clients name it
  std::string key_;           // of the bus
  std::string presence_key_;  // likewise
  live::Presence presence_;
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
