// What a client sends over a WebSocket, bytes in, messages and control frames
// out (RFC 6455 5 and 7, RFC 7692). Every limit is a number given here, and a
// frame is refused by its header before any of its payload is kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "live/deflate.h"
#include "live/frame.h"
#include "live/utf8_checker.h"

namespace trestle::live {

struct ReaderLimits {
  std::size_t max_message = 64 * 1024;  // bytes, after inflating
  std::size_t max_fragments = 1024;     // frames of one message; 0: no limit
  // A compressed message may grow to this many times its size on the wire;
  // small ones (under 4 kB inflated) always may. 0: no limit.
  std::size_t max_inflate_ratio = 100;
};

// Receives what was read. Views live for the call. on_message() and on_ping()
// return false to pause: read() stops behind that frame.
class ReaderEvents {
 public:
  virtual ~ReaderEvents() = default;
  [[nodiscard]] virtual bool on_message(MessageKind kind,
                                        std::string_view payload) = 0;
  [[nodiscard]] virtual bool on_ping(std::string_view payload) = 0;
  virtual void on_pong(std::string_view payload) = 0;
  // The peer closes; `code` 0: it gave none. Nothing follows.
  virtual void on_close(std::uint16_t code, std::string_view reason) = 0;
};

class MessageReader {
 public:
  // Why the connection must be failed (RFC 6455 7.1.7).
  struct Violation {
    std::uint16_t code;       // for our Close frame
    std::string_view reason;  // static text
  };
  struct Outcome {
    std::size_t consumed = 0;  // bytes; fewer than given only after a pause,
                               // a close or a violation
    std::optional<Violation> violation = std::nullopt;
  };

  MessageReader(const ReaderLimits& limits,
                const std::optional<DeflateParams>& deflate)
      : limits_(limits), deflate_(deflate) {}

  [[nodiscard]] Outcome read(std::string_view bytes, ReaderEvents& events);

  // True when the peer's Close frame has been read or a violation reported:
  // read() takes nothing more.
  [[nodiscard]] bool finished() const { return finished_; }

  // Bytes held for a message that is not complete.
  [[nodiscard]] std::size_t held() const {
    return message_.capacity() + header_size_;
  }

 private:
  enum class Step { more, pause, stop };

  [[nodiscard]] std::size_t header_length() const;
  void open_frame();
  void check_data_frame(bool compressed);
  void check_size(std::uint64_t length);
  void take_payload(std::string_view masked);
  void take_data(std::string_view piece);
  void inflate_piece(std::string_view piece);
  void check_text(std::size_t from);
  [[nodiscard]] Step end_frame(ReaderEvents& events);
  [[nodiscard]] Step end_message(ReaderEvents& events);
  [[nodiscard]] Step end_close(ReaderEvents& events);
  void fail(std::uint16_t code, std::string_view reason);
  [[nodiscard]] bool is_control() const {
    return static_cast<int>(opcode_) >= 8;
  }

  ReaderLimits limits_;
  std::optional<DeflateParams> deflate_;
  std::unique_ptr<Inflater> inflater_;  // made for the first compressed message

  // The header of the current frame, as far as it has arrived.
  std::uint8_t header_[14] = {};
  std::uint8_t header_size_ = 0;
  bool in_payload_ = false;

  // The current frame.
  Opcode opcode_ = Opcode::continuation;
  bool final_ = false;
  std::uint8_t mask_[4] = {};
  std::size_t mask_at_ = 0;
  std::uint64_t left_ = 0;  // bytes of payload still to come
  std::string control_;     // payload of a control frame

  // The current message.
  bool in_message_ = false;
  bool compressed_ = false;
  MessageKind kind_ = MessageKind::text;
  std::size_t fragments_ = 0;
  std::uint64_t wire_bytes_ = 0;
  std::string message_;
  Utf8Checker utf8_;

  bool finished_ = false;
  std::optional<Violation> violation_;
};

}  // namespace trestle::live
