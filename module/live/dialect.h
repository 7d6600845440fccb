// The plain dialect: the JSON objects by which a browser joins channels and
// publishes, and those that it gets. What is none of the commands belongs to
// the location's on_message.
//
//   {"join": "room:5", "since": "1f-120", "ref": 1}     {"ok": 1, "id", "ref"}
//   {"leave": "room:5", "ref": 2}                       {"ok": 1, "ref"}
//   {"pub": "room:5", "data": ..., "ref": 3}            {"ok": 1, "id", "ref"}
//   {"auth": "<token>", "ref": 4}                       {"ok": 1, "ref"}
//   to all of a channel:               {"ch": "room:5", "data": ..., "id"}
//   some were missed:                  {"resync": "room:5"}
//   refused:                           {"error": {...}, "ref"}
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "live/record.h"

namespace trestle::live {

struct Command {
  enum class Kind { none, join, leave, pub, auth };

  Kind kind = Kind::none;
  std::string topic;
  std::string data;   // JSON, of pub
  std::string token;  // of auth
  std::string ref;    // JSON; empty: none
  std::string since;  // of join; empty: from now on
};

// A command is an object with the members shown above and no others, each of
// its type; everything else is Kind::none.
[[nodiscard]] Command parse_command(std::string_view message);

// 1 to 255 bytes, no control characters.
[[nodiscard]] bool is_topic(std::string_view topic);

// {"ok":1}, with id and ref where they are not empty.
[[nodiscard]] std::string ok_text(std::string_view id, std::string_view ref);
// `data` is JSON.
[[nodiscard]] std::string channel_text(std::string_view topic,
                                       std::string_view data,
                                       std::string_view id);
[[nodiscard]] std::string resync_text(std::string_view topic);

}  // namespace trestle::live
