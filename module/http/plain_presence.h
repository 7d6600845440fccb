// A client of the plain dialect among those who are present in one channel
// (live/dialect.h): what it says of itself, and what it is told of the others
// if it has asked for that.
#pragma once

#include <string>
#include <string_view>

#include "http/presence_room.h"
#include "live/session.h"

namespace trestle::http {

class PlainPresence final : private PresenceMember {
 public:
  // All outlive it.
  PlainPresence(PresenceRooms& rooms, std::string_view database,
                std::string_view topic, live::Outlet& outlet);
  ~PlainPresence();
  PlainPresence(const PlainPresence&) = delete;
  PlainPresence& operator=(const PlainPresence&) = delete;

  [[nodiscard]] const std::string& topic() const { return topic_; }

  // Tells who is here, and from now on who comes and goes.
  void watch();
  // It is here; `meta` is a JSON object.
  void track(std::string_view meta);
  // False: it was not here.
  bool untrack();

 private:
  void on_presence(PresenceNews& news) override;
  [[nodiscard]] std::string presence_record() const override;

  PresenceRooms& rooms_;
  std::string database_;
  std::string topic_;
  live::Outlet& outlet_;
  std::string ref_;
  std::string meta_;  // empty: not here
  bool watches_ = false;
  PresenceRoom& room_;
};

}  // namespace trestle::http
