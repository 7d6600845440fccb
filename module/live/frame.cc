#include "live/frame.h"

namespace trestle::live {
namespace {

// Control frames carry at most 125 bytes, two of them the code (RFC 6455 5.5).
constexpr std::size_t kMaxReason = 123;

void append_big_endian(std::string& out, std::uint64_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8)
    out += static_cast<char>(value >> shift & 0xff);
}

std::string_view cut_reason(std::string_view reason) {
  if (reason.size() <= kMaxReason) return reason;
  std::size_t end = kMaxReason;
  while (end > 0 && (static_cast<std::uint8_t>(reason[end]) & 0xc0) == 0x80)
    end--;
  return reason.substr(0, end);
}

}  // namespace

bool is_valid_close_code(std::uint16_t code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
         (code >= 3000 && code <= 4999);
}

void append_frame_header(std::string& out, Opcode opcode, std::size_t length,
                         bool compressed) {
  constexpr int kFinal = 0x80;
  constexpr int kRsv1 = 0x40;
  out += static_cast<char>(kFinal | (compressed ? kRsv1 : 0) |
                           static_cast<int>(opcode));
  if (length < 126) {
    out += static_cast<char>(length);
  } else if (length < 65536) {
    out += static_cast<char>(126);
    append_big_endian(out, length, 2);
  } else {
    out += static_cast<char>(127);
    append_big_endian(out, length, 8);
  }
}

void append_frame(std::string& out, Opcode opcode, std::string_view payload,
                  bool compressed) {
  append_frame_header(out, opcode, payload.size(), compressed);
  out += payload;
}

void append_close_frame(std::string& out, std::uint16_t code,
                        std::string_view reason) {
  if (code == 0) {
    append_frame_header(out, Opcode::close, 0);
    return;
  }
  reason = cut_reason(reason);
  append_frame_header(out, Opcode::close, 2 + reason.size());
  append_big_endian(out, code, 2);
  out += reason;
}

}  // namespace trestle::live
