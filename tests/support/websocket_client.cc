#include "support/websocket_client.h"

#include <algorithm>

namespace trestle::testing {
namespace {

constexpr std::string_view kKey = "dGhlIHNhbXBsZSBub25jZQ==";  // RFC 6455 1.3

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (char c : bytes) value = value << 8 | static_cast<std::uint8_t>(c);
  return value;
}

}  // namespace

std::string websocket_frame(int opcode, std::string_view payload, bool final) {
  constexpr char kMask[4] = {'\x37', '\xfa', '\x21', '\x3d'};
  std::string out;
  out += static_cast<char>((final ? 0x80 : 0) | opcode);
  const std::size_t size = payload.size();
  const int bytes = size < 126 ? 0 : size < 65536 ? 2 : 8;
  out += static_cast<char>(0x80 | (bytes == 0   ? static_cast<int>(size)
                                   : bytes == 2 ? 126
                                                : 127));
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8)
    out += static_cast<char>(size >> shift & 0xff);
  out.append(kMask, 4);
  for (std::size_t i = 0; i < size; i++)
    out += static_cast<char>(payload[i] ^ kMask[i % 4]);
  return out;
}

int Frame::close_code() const {
  if (opcode != 8 || payload.size() < 2) return 0;
  return static_cast<int>(big_endian(std::string_view(payload).substr(0, 2)));
}

int WebSocketClient::open(std::string_view target, const Headers& headers,
                          std::string_view early) {
  Headers all = {{"Connection", "Upgrade"},
                 {"Upgrade", "websocket"},
                 {"Sec-WebSocket-Version", "13"},
                 {"Sec-WebSocket-Key", std::string(kKey)}};
  for (const auto& header : headers) all.push_back(header);
  buffer_.clear();
  answer_ = {};
  if (!http_.connect() ||
      !http_.send(request_text("GET", target, all) + std::string(early)))
    return 0;
  std::string head;
  while (!head.ends_with("\r\n\r\n")) {
    const std::string byte = http_.read_some(1);
    if (byte.empty()) return 0;
    head += byte;
  }
  if (head.starts_with("HTTP/1.1 101 ")) {
    // What a reader of answers would skip: here it is the answer.
    ResponseReader reader;
    reader.feed("HTTP/1.1 204 " + head.substr(13));
    if (std::optional<Response> parsed = reader.next()) answer_ = *parsed;
    answer_.status = 101;
    return 101;
  }
  ResponseReader reader;
  reader.feed(head);
  std::optional<Response> parsed;
  while (!(parsed = reader.next())) {
    const std::string more = http_.read_some(65536);
    if (more.empty()) {
      reader.end_of_file();
      parsed = reader.next();
      break;
    }
    reader.feed(more);
  }
  if (parsed) answer_ = *parsed;
  return answer_.status;
}

bool WebSocketClient::close(std::uint16_t code) {
  const char payload[2] = {static_cast<char>(code >> 8),
                           static_cast<char>(code & 0xff)};
  return frame(8, {payload, 2});
}

std::optional<Frame> WebSocketClient::take() {
  std::string_view bytes = buffer_;
  if (bytes.size() < 2) return std::nullopt;
  const int form = bytes[1] & 0x7f;
  const std::size_t extra = form == 127 ? 8 : form == 126 ? 2 : 0;
  if (bytes.size() < 2 + extra) return std::nullopt;
  const std::uint64_t length = extra == 0 ? static_cast<std::uint64_t>(form)
                                          : big_endian(bytes.substr(2, extra));
  if (bytes.size() < 2 + extra + length) return std::nullopt;
  Frame frame = {.opcode = bytes[0] & 0x0f,
                 .payload = std::string(bytes.substr(2 + extra, length))};
  buffer_.erase(0, 2 + extra + length);
  return frame;
}

Frame WebSocketClient::read(Milliseconds deadline, bool pongs) {
  const Clock::time_point end = Clock::now() + deadline;
  while (true) {
    while (std::optional<Frame> frame = take()) {
      if (!pongs || frame->opcode != 9) return *frame;
      if (!this->frame(10, frame->payload)) return {};
    }
    const auto left =
        std::chrono::duration_cast<Milliseconds>(end - Clock::now());
    if (left.count() <= 0) return {};
    const std::string more = http_.read_some(65536, left);
    if (more.empty()) return {};
    buffer_ += more;
  }
}

std::string WebSocketClient::read_text(Milliseconds deadline) {
  const Frame frame = read(deadline);
  if (frame.is_text()) return frame.payload;
  if (frame.opcode == -1) return "(nothing)";
  if (frame.opcode == 8)
    return "(close " + std::to_string(frame.close_code()) + ")";
  return "(opcode " + std::to_string(frame.opcode) + ")";
}

}  // namespace trestle::testing
