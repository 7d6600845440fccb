// The messages that a parse tree consists of, whatever their kinds: for code
// that has to see every node. libpg_query hands trees over as protobuf-c
// messages, whose descriptors tell their kinds and members.
#pragma once

#include <protobuf-c/protobuf-c.h>

#include <cstdint>
#include <vector>

namespace trestle {

inline const char* member_at(const ProtobufCMessage* message, unsigned offset) {
  return reinterpret_cast<const char*>(message) + offset;
}

// Every message of the tree, by protobuf-c's own descriptors, so that no kind
// of node can be forgotten. An explicit stack: the tree may be deep.
template <class Visit>
void each_message(const ProtobufCMessage* root, Visit visit) {
  std::vector<const ProtobufCMessage*> stack = {root};
  while (!stack.empty()) {
    const ProtobufCMessage* message = stack.back();
    stack.pop_back();
    visit(*message);
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
      const ProtobufCFieldDescriptor& field = message->descriptor->fields[i];
      if (field.type != PROTOBUF_C_TYPE_MESSAGE) continue;
      const char* member = member_at(message, field.offset);
      if (field.label == PROTOBUF_C_LABEL_REPEATED) {
        std::size_t count = *reinterpret_cast<const std::size_t*>(
            member_at(message, field.quantifier_offset));
        auto* items =
            *reinterpret_cast<ProtobufCMessage* const* const*>(member);
        for (std::size_t n = count; n > 0; n--)
          if (items[n - 1] != nullptr) stack.push_back(items[n - 1]);
        continue;
      }
      bool is_oneof = (field.flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
      if (is_oneof && *reinterpret_cast<const std::uint32_t*>(member_at(
                          message, field.quantifier_offset)) != field.id)
        continue;
      const auto* child = *reinterpret_cast<ProtobufCMessage* const*>(member);
      if (child != nullptr) stack.push_back(child);
    }
  }
}

// The message as what it is; null: it is of another kind.
template <class T>
const T* as(const ProtobufCMessage& message,
            const ProtobufCMessageDescriptor& kind) {
  return message.descriptor == &kind ? reinterpret_cast<const T*>(&message)
                                     : nullptr;
}

}  // namespace trestle
