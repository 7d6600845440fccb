// Supabase's dialect of Phoenix channels (npm @supabase/realtime-js): the form
// of its messages, serializer versions 1.0.0 and 2.0.0.
//
//   2.0.0  text: [join_ref, ref, topic, event, payload]
//          binary: broadcasts (kind 3 from clients, kind 4 to them)
//   1.0.0  text: {"topic", "event", "payload", "ref", "join_ref"}
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "live/frame.h"

namespace trestle::live {

enum class PhoenixVersion { v1, v2 };

struct PhoenixMessage {
  std::string join_ref = {};  // JSON: a string or null
  std::string ref = {};       // likewise
  std::string topic = {};
  std::string event = {};
  std::string payload = {};  // JSON; of a binary broadcast: its bytes
  // Of a broadcast whose payload is bytes; `event` is the user's then.
  bool binary = false;
};

// What a client has sent. A binary broadcast of JSON is the same as one that
// came as text. nullopt: it is no message.
[[nodiscard]] std::optional<PhoenixMessage> parse_phoenix(
    PhoenixVersion version, MessageKind kind, std::string_view message);

// The text of a message to a client; refs as in PhoenixMessage, empty: null.
[[nodiscard]] std::string phoenix_text(
    PhoenixVersion version, std::string_view join_ref, std::string_view ref,
    std::string_view topic, std::string_view event, std::string_view payload);

// A broadcast of bytes to clients of version 2. Topic and event of up to 255
// bytes.
[[nodiscard]] std::string phoenix_binary(std::string_view topic,
                                         std::string_view event,
                                         std::string_view bytes);

}  // namespace trestle::live
