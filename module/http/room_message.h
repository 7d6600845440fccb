// A message of the realtime dialect to many: encoded once for each version of
// it, when the first wants it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "live/phoenix.h"
#include "live/session.h"

namespace trestle::http {

class RoomMessage {
 public:
  // All outlive it.
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

// The topic of a channel as clients of the dialect name it.
inline constexpr std::string_view kRealtimePrefix = "realtime:";

}  // namespace trestle::http
