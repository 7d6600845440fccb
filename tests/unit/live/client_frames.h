// The client's side of the wire, for tests: masked frames and a recorder that
// writes down what a MessageReader reports.
#pragma once

#include <string>
#include <string_view>

#include "live/message_reader.h"

namespace trestle::live {

struct FrameOptions {
  bool final = true;
  int reserved = 0;  // the three reserved bits, RSV1 = 4
  bool masked = true;
};

inline std::string client_frame(int opcode, std::string_view payload,
                                const FrameOptions& options = {}) {
  constexpr char kMask[4] = {'\x12', '\x00', '\xfe', '\x7a'};
  std::string out;
  out += static_cast<char>((options.final ? 0x80 : 0) |
                           (options.reserved << 4) | opcode);
  const int mask_bit = options.masked ? 0x80 : 0;
  if (payload.size() < 126) {
    out += static_cast<char>(mask_bit | static_cast<int>(payload.size()));
  } else if (payload.size() < 65536) {
    out += static_cast<char>(mask_bit | 126);
    out += static_cast<char>(payload.size() >> 8);
    out += static_cast<char>(payload.size() & 0xff);
  } else {
    out += static_cast<char>(mask_bit | 127);
    for (int shift = 56; shift >= 0; shift -= 8)
      out += static_cast<char>(payload.size() >> shift & 0xff);
  }
  if (!options.masked) return out.append(payload);
  out.append(kMask, 4);
  for (std::size_t i = 0; i < payload.size(); i++)
    out += static_cast<char>(payload[i] ^ kMask[i % 4]);
  return out;
}

// "text:Hello|ping:x|close:1000:bye": one word per event.
class Recorder : public ReaderEvents {
 public:
  bool on_message(MessageKind kind, std::string_view payload) override {
    add(kind == MessageKind::text ? "text:" : "binary:", payload);
    return !pause_after_message;
  }
  bool on_ping(std::string_view payload) override {
    add("ping:", payload);
    return true;
  }
  void on_pong(std::string_view payload) override { add("pong:", payload); }
  void on_close(std::uint16_t code, std::string_view reason) override {
    add("close:" + std::to_string(code) + ":", reason);
  }

  std::string log;
  bool pause_after_message = false;

 private:
  void add(std::string_view word, std::string_view payload) {
    if (!log.empty()) log += '|';
    log += word;
    log += payload;
  }
};

// What `wire` leads to when it arrives in pieces of `step` bytes; a violation
// is the last word, as "fail:1002".
inline std::string read_all(std::string_view wire, std::size_t step,
                            const ReaderLimits& limits = {},
                            std::optional<DeflateParams> deflate = {}) {
  MessageReader reader(limits, deflate);
  Recorder recorder;
  std::string log;
  for (std::size_t at = 0; at < wire.size() && !reader.finished(); at += step) {
    // An exactly sized copy, so that ASan sees a read past its end.
    std::string piece(wire.substr(at, step));
    piece.shrink_to_fit();
    auto outcome = reader.read(piece, recorder);
    if (outcome.violation) {
      if (!recorder.log.empty()) recorder.log += '|';
      recorder.log += "fail:" + std::to_string(outcome.violation->code);
    }
  }
  return recorder.log;
}

}  // namespace trestle::live
