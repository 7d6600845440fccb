// Any bytes are a message of the realtime dialect or they are not; what is
// written of one is JSON, and reads as the same.
#include <cstdlib>

#include "base/json.h"
#include "base/text.h"
#include "live/phoenix.h"
#include "live/presence.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace trestle;
  using namespace trestle::live;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (PhoenixVersion version : {PhoenixVersion::v1, PhoenixVersion::v2})
    for (MessageKind kind : {MessageKind::text, MessageKind::binary}) {
      std::optional<PhoenixMessage> message =
          parse_phoenix(version, kind, text);
      if (!message || message->binary) continue;
      const std::string again =
          phoenix_text(version, message->join_ref, message->ref, message->topic,
                       message->event, message->payload);
      if (!is_utf8(again)) std::abort();
      std::optional<PhoenixMessage> back =
          parse_phoenix(version, MessageKind::text, again);
      if (!back || back->topic != message->topic ||
          back->event != message->event || back->payload != message->payload)
        std::abort();
      Presence presence;
      const std::optional<PresenceChange> change = presence.track(
          message->topic, message->event,
          message->payload.starts_with('{') ? message->payload : "{}", 1);
      if (!change) std::abort();
      for (const std::string& diff : change->phoenix_diffs())
        if (!parse_json(diff).ok()) std::abort();
      for (const std::string& told :
           {change->plain_text(message->topic), presence.phoenix_state(),
            presence.plain_state(message->topic)})
        if (!parse_json(told).ok()) std::abort();
    }
  return 0;
}
