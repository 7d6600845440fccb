// The client's side of a WebSocket (RFC 6455), for one thread; every wait has a
// deadline. Sends what it is told, also what it should not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "support/http_client.h"

namespace trestle::testing {

// The bytes of one masked client frame.
[[nodiscard]] std::string websocket_frame(int opcode, std::string_view payload,
                                          bool final = true);

struct Frame {
  int opcode = -1;  // -1: the other side has closed, or the deadline was over
  std::string payload;

  [[nodiscard]] bool is_text() const { return opcode == 1; }
  [[nodiscard]] bool is_binary() const { return opcode == 2; }
  // The code of a Close frame; 0 when there is none.
  [[nodiscard]] int close_code() const;
};

class WebSocketClient {
 public:
  explicit WebSocketClient(Address address) : http_(std::move(address)) {}

  // Asks for a WebSocket and reads the answer. 101: it is open. The bytes of
  // `early` are sent right behind the request.
  [[nodiscard]] int open(std::string_view target, const Headers& headers = {},
                         std::string_view early = {});
  [[nodiscard]] const Response& answer() const { return answer_; }

  bool text(std::string_view payload) { return frame(1, payload); }
  bool binary(std::string_view payload) { return frame(2, payload); }
  bool close(std::uint16_t code);
  bool frame(int opcode, std::string_view payload) {
    return http_.send(websocket_frame(opcode, payload));
  }
  bool raw(std::string_view bytes) { return http_.send(bytes); }

  // The next frame. Pings are answered and skipped when `pongs`.
  [[nodiscard]] Frame read(Milliseconds deadline = kDeadline,
                           bool pongs = true);
  // The payload of the next text message, or what came instead, in words.
  [[nodiscard]] std::string read_text(Milliseconds deadline = kDeadline);
  [[nodiscard]] bool wait_closed(Milliseconds deadline = kDeadline) {
    return http_.wait_closed(deadline);
  }
  void reset() { http_.reset(); }
  [[nodiscard]] int fd() const { return http_.fd(); }

 private:
  [[nodiscard]] std::optional<Frame> take();

  HttpClient http_;
  Response answer_;
  std::string buffer_;
};

}  // namespace trestle::testing
