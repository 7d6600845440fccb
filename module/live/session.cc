#include "live/session.h"

namespace trestle::live {
namespace {

Opcode opcode_of(MessageKind kind) {
  return kind == MessageKind::text ? Opcode::text : Opcode::binary;
}

}  // namespace

// Every line of the data begins with "data: "; CR, LF and CRLF end a line.
void append_event_data(std::string& out, std::string_view data) {
  out += "data: ";
  for (std::size_t i = 0; i < data.size(); i++) {
    if (data[i] == '\r' || data[i] == '\n') {
      if (data[i] == '\r' && i + 1 < data.size() && data[i + 1] == '\n') i++;
      out += "\ndata: ";
    } else {
      out += data[i];
    }
  }
  out += "\n\n";
}

Deflater* Deflaters::get(int bits) {
  std::unique_ptr<Deflater>& deflater =
      by_bits_[static_cast<std::size_t>(bits)];
  if (deflater == nullptr) deflater = Deflater::create(bits);
  return deflater.get();
}

const FrameRef& OutMessage::plain() {
  if (plain_ == nullptr) {
    std::string frame;
    frame.reserve(payload_.size() + 10);
    append_frame(frame, opcode_of(kind_), payload_);
    plain_ = std::make_shared<const std::string>(std::move(frame));
  }
  return plain_;
}

const FrameRef& OutMessage::deflated(int bits, Deflaters& deflaters) {
  for (const auto& [made_for, frame] : deflated_)
    if (made_for == bits) return frame;
  Deflater* deflater = deflaters.get(bits);
  std::string packed;
  if (deflater == nullptr || !deflater->compress(payload_, packed))
    return plain();
  std::string frame;
  frame.reserve(packed.size() + 10);
  append_frame(frame, opcode_of(kind_), packed, true);
  deflated_.emplace_back(bits,
                         std::make_shared<const std::string>(std::move(frame)));
  return deflated_.back().second;
}

const FrameRef& OutMessage::event(std::string_view id) {
  if (event_ == nullptr) {
    std::string text;
    text.reserve(payload_.size() + id.size() + 16);
    if (!id.empty()) text.append("id: ").append(id) += '\n';
    append_event_data(text, payload_);
    event_ = std::make_shared<const std::string>(std::move(text));
  }
  return event_;
}

}  // namespace trestle::live
