#include "http/room_message.h"

namespace trestle::http {

using live::MessageKind;
using live::PhoenixVersion;

live::OutMessage* RoomMessage::in(PhoenixVersion version) {
  Made& made = made_[static_cast<std::size_t>(version)];
  if (made.message != nullptr) return made.message.get();
  if (binary_ && version == PhoenixVersion::v1) return nullptr;
  made.text =
      binary_ ? live::phoenix_binary(topic_, user_event_, bytes_)
              : live::phoenix_text(version, {}, {}, topic_, event_, payload_);
  made.message = std::make_unique<live::OutMessage>(
      binary_ ? MessageKind::binary : MessageKind::text, made.text);
  return made.message.get();
}

}  // namespace trestle::http
