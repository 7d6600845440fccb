// WebSocket frames as bytes (RFC 6455 5.2): what a server writes, and the words
// that reader, writer and dialects share.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace trestle::live {

enum class Opcode : std::uint8_t {
  continuation = 0,
  text = 1,
  binary = 2,
  close = 8,
  ping = 9,
  pong = 10,
};

enum class MessageKind { text, binary };

// Close codes that Trestle sends (RFC 6455 7.4.1).
namespace close_code {
inline constexpr std::uint16_t kNormal = 1000;
inline constexpr std::uint16_t kProtocolError = 1002;
inline constexpr std::uint16_t kUnsupportedData = 1003;
inline constexpr std::uint16_t kInvalidPayload = 1007;
inline constexpr std::uint16_t kPolicyViolation = 1008;
inline constexpr std::uint16_t kMessageTooBig = 1009;
inline constexpr std::uint16_t kInternalError = 1011;
inline constexpr std::uint16_t kServiceRestart = 1012;
inline constexpr std::uint16_t kTryAgainLater = 1013;
}  // namespace close_code

// True when a peer may send `code` in a Close frame (RFC 6455 7.4.2).
[[nodiscard]] bool is_valid_close_code(std::uint16_t code);

// Appends the header of an unmasked, final frame with `length` bytes of payload
// to follow. `compressed` sets RSV1 (RFC 7692 6).
void append_frame_header(std::string& out, Opcode opcode, std::size_t length,
                         bool compressed = false);

// Appends a whole frame.
void append_frame(std::string& out, Opcode opcode, std::string_view payload,
                  bool compressed = false);

// Appends a Close frame. A code of 0 sends none; a reason is cut at 123 bytes,
// never inside a code point.
void append_close_frame(std::string& out, std::uint16_t code,
                        std::string_view reason = {});

}  // namespace trestle::live
