// The plain dialect: the JSON objects by which a browser joins channels and
// publishes, and those that it gets. What is none of the commands belongs to
// the location's on_message.
//
//   {"join": "room:5", "since": "1f-120", "ref": 1}     {"ok": 1, "id", "ref"}
//   {"leave": "room:5", "ref": 2}                       {"ok": 1, "ref"}
//   {"pub": "room:5", "data": ..., "ref": 3}            {"ok": 1, "id", "ref"}
//   {"track": "room:5", "data": {...}, "ref": 7}        {"ok": 1, "ref"}
//   {"untrack": "room:5", "ref": 8}                     {"ok": 1, "ref"}
//   {"sub": "orders", "filter": "id=gt.7", "select": "id,total",
//    "rows": true, "since": "1f-120", "ref": 5}         {"ok": 1, "id", "ref"}
//   {"unsub": "orders", "only": 5, "ref": 6}            {"ok": 1, "ref"}
//   {"live": "/api/orders?total=gt.9", "ref": 9}        (answers, and errors)
//   {"unlive": "/api/orders?total=gt.9", "only": 9}     {"ok": 1}
//   {"auth": "<token>", "ref": 4}                       {"ok": 1, "ref"}
//   to all of a channel:               {"ch": "room:5", "data": ..., "id"}
//   who is present, with "presence": true in the join: presence.h
//   rows, and their changes:           row_event.h
//   an answer that is followed:        {"live": url, "data": ..., "ref"}
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
  enum class Kind {
    none,
    join,
    leave,
    pub,
    track,
    untrack,
    sub,
    unsub,
    live,
    unlive,
    auth
  };

  Kind kind = Kind::none;
  std::string topic;      // or table, of sub and unsub; or URL
  std::string data;       // JSON, of pub and track (an object)
  std::string token;      // of auth
  std::string ref;        // JSON; empty: none
  std::string since;      // of join and sub; empty: from now on
  bool presence = false;  // of join
  // Of sub.
  std::string filter;
  std::string select;
  bool rows = false;
  std::string only;  // of unsub and unlive: its ref; empty: all
};

// A command is an object with the members shown above and no others, each of
// its type; everything else is Kind::none.
[[nodiscard]] Command parse_command(std::string_view message);

// The message of a join or a sub: parse_command() reads it back.
[[nodiscard]] std::string command_text(const Command& command);

// 1 to 255 bytes, no control characters.
[[nodiscard]] bool is_topic(std::string_view topic);

// {"ok":1}, with id and ref where they are not empty.
[[nodiscard]] std::string ok_text(std::string_view id, std::string_view ref);
// `data` is JSON.
[[nodiscard]] std::string channel_text(std::string_view topic,
                                       std::string_view data,
                                       std::string_view id);
// An answer of `url`; what is no JSON goes as a string.
[[nodiscard]] std::string live_text(std::string_view url, std::string_view data,
                                    std::string_view ref);
// `ref`: that of the subscription, which the topic then is the table of.
[[nodiscard]] std::string resync_text(std::string_view topic,
                                      std::string_view ref = {});

}  // namespace trestle::live
