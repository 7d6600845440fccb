#include "live/message_reader.h"

#include <algorithm>
#include <cstring>

namespace trestle::live {
namespace {

// Memory of a message buffer that is kept for the next message.
constexpr std::size_t kKeptBuffer = 4 * 1024;
// Below this size a message may inflate by any factor.
constexpr std::size_t kFreeInflation = 4 * 1024;
constexpr std::uint64_t kMaxControl = 125;

std::uint64_t big_endian(const std::uint8_t* at, int bytes) {
  std::uint64_t value = 0;
  for (int i = 0; i < bytes; i++) value = value << 8 | at[i];
  return value;
}

// XORs `text` in place; `at` is the offset of its first byte in the payload.
void unmask(char* text, std::size_t size, const std::uint8_t mask[4],
            std::size_t at) {
  std::uint8_t turned[8];
  for (std::size_t i = 0; i < 8; i++) turned[i] = mask[(at + i) & 3];
  std::uint64_t key;
  std::memcpy(&key, turned, 8);
  std::size_t i = 0;
  for (; i + 8 <= size; i += 8) {
    std::uint64_t word;
    std::memcpy(&word, text + i, 8);
    word ^= key;
    std::memcpy(text + i, &word, 8);
  }
  for (; i < size; i++)
    text[i] =
        static_cast<char>(static_cast<std::uint8_t>(text[i]) ^ turned[i & 7]);
}

}  // namespace

void MessageReader::fail(std::uint16_t code, std::string_view reason) {
  if (!violation_) violation_ = Violation{code, reason};
}

// Length of the whole header, as far as the bytes that are there tell.
std::size_t MessageReader::header_length() const {
  if (header_size_ < 2) return 2;
  std::size_t length = 2 + 4;
  int form = header_[1] & 0x7f;
  if (form == 126) length += 2;
  if (form == 127) length += 8;
  return length;
}

void MessageReader::open_frame() {
  final_ = (header_[0] & 0x80) != 0;
  const int reserved = header_[0] & 0x70;
  const int code = header_[0] & 0x0f;
  const bool compressed = reserved == 0x40 && deflate_.has_value();
  if (reserved != 0 && !compressed)
    return fail(close_code::kProtocolError, "reserved bits set");
  if ((code > 2 && code < 8) || code > 10)
    return fail(close_code::kProtocolError, "reserved opcode");
  if ((header_[1] & 0x80) == 0)
    return fail(close_code::kProtocolError, "frame is not masked");
  opcode_ = static_cast<Opcode>(code);

  std::uint64_t length = header_[1] & 0x7f;
  const std::uint8_t* mask = header_ + 2;
  if (length == 126) {
    length = big_endian(header_ + 2, 2);
    if (length < 126)
      return fail(close_code::kProtocolError, "length is not minimal");
    mask += 2;
  } else if (length == 127) {
    length = big_endian(header_ + 2, 8);
    if (length < 65536 || length >> 63)
      return fail(close_code::kProtocolError, "length is not minimal");
    mask += 8;
  }
  std::memcpy(mask_, mask, 4);
  mask_at_ = 0;

  if (is_control()) {
    if (!final_ || compressed || length > kMaxControl)
      return fail(close_code::kProtocolError, "bad control frame");
    control_.clear();
  } else {
    check_data_frame(compressed);
    if (violation_) return;
    check_size(length);
    if (violation_) return;
  }
  left_ = length;
  in_payload_ = true;
}

void MessageReader::check_data_frame(bool compressed) {
  if (opcode_ == Opcode::continuation) {
    if (!in_message_)
      return fail(close_code::kProtocolError, "continuation of nothing");
    if (compressed)
      return fail(close_code::kProtocolError, "reserved bits set");
  } else {
    if (in_message_)
      return fail(close_code::kProtocolError, "message inside a message");
    in_message_ = true;
    compressed_ = compressed;
    kind_ = opcode_ == Opcode::text ? MessageKind::text : MessageKind::binary;
    fragments_ = 0;
    wire_bytes_ = 0;
    message_.clear();
    utf8_.reset();
    if (compressed && !inflater_) inflater_ = Inflater::create(*deflate_);
    if (compressed && !inflater_)
      return fail(close_code::kInternalError, "out of memory");
  }
  if (limits_.max_fragments != 0 && ++fragments_ > limits_.max_fragments)
    fail(close_code::kPolicyViolation, "too many fragments");
}

void MessageReader::check_size(std::uint64_t length) {
  // The compressed form may be a little larger than the message, never much.
  const std::uint64_t have = compressed_ ? wire_bytes_ : message_.size();
  const std::uint64_t limit =
      compressed_ ? limits_.max_message + limits_.max_message / 8 + 64
                  : limits_.max_message;
  if (length > limit || have > limit - length)
    fail(close_code::kMessageTooBig, "message too big");
}

void MessageReader::take_payload(std::string_view masked) {
  if (is_control()) {
    std::size_t start = control_.size();
    control_ += masked;
    unmask(control_.data() + start, masked.size(), mask_, mask_at_);
  } else {
    take_data(masked);
  }
  mask_at_ += masked.size();
  left_ -= masked.size();
}

void MessageReader::take_data(std::string_view piece) {
  wire_bytes_ += piece.size();
  if (!compressed_) {
    std::size_t start = message_.size();
    message_ += piece;
    unmask(message_.data() + start, piece.size(), mask_, mask_at_);
    return check_text(start);
  }
  char plain[4096];
  std::size_t at = 0;
  while (at < piece.size() && !violation_) {
    std::size_t size = std::min(sizeof plain, piece.size() - at);
    std::memcpy(plain, piece.data() + at, size);
    unmask(plain, size, mask_, mask_at_ + at);
    inflate_piece({plain, size});
    at += size;
  }
}

void MessageReader::inflate_piece(std::string_view piece) {
  std::size_t start = message_.size();
  std::size_t limit = limits_.max_message;
  if (limits_.max_inflate_ratio != 0)
    limit = std::min<std::size_t>(
        limit,
        std::max<std::size_t>(kFreeInflation,
                              (wire_bytes_ + 1) * limits_.max_inflate_ratio));
  Inflater::Status status = piece.empty()
                                ? inflater_->finish(message_, limit)
                                : inflater_->feed(piece, message_, limit);
  if (status == Inflater::Status::too_big)
    return fail(close_code::kMessageTooBig, "message too big");
  if (status == Inflater::Status::bad_data)
    return fail(close_code::kInvalidPayload, "bad compressed data");
  check_text(start);
}

void MessageReader::check_text(std::size_t from) {
  if (kind_ == MessageKind::text &&
      !utf8_.feed(std::string_view(message_).substr(from)))
    fail(close_code::kInvalidPayload, "text is not UTF-8");
}

MessageReader::Step MessageReader::end_message(ReaderEvents& events) {
  if (compressed_) inflate_piece({});
  if (!violation_ && kind_ == MessageKind::text && !utf8_.complete())
    fail(close_code::kInvalidPayload, "text is not UTF-8");
  if (violation_) return Step::stop;
  in_message_ = false;
  bool go_on = events.on_message(kind_, message_);
  if (message_.capacity() > kKeptBuffer) std::string().swap(message_);
  message_.clear();
  return go_on ? Step::more : Step::pause;
}

MessageReader::Step MessageReader::end_close(ReaderEvents& events) {
  std::uint16_t code = 0;
  std::string_view reason;
  if (!control_.empty()) {
    const auto* at = reinterpret_cast<const std::uint8_t*>(control_.data());
    if (control_.size() >= 2)
      code = static_cast<std::uint16_t>(big_endian(at, 2));
    if (!is_valid_close_code(code)) {
      fail(close_code::kProtocolError, "invalid close code");
      return Step::stop;
    }
    reason = std::string_view(control_).substr(2);
    Utf8Checker checker;
    if (!checker.feed(reason) || !checker.complete()) {
      fail(close_code::kInvalidPayload, "close reason is not UTF-8");
      return Step::stop;
    }
  }
  finished_ = true;
  events.on_close(code, reason);
  return Step::stop;
}

MessageReader::Step MessageReader::end_frame(ReaderEvents& events) {
  in_payload_ = false;
  header_size_ = 0;
  switch (opcode_) {
    case Opcode::ping:
      return events.on_ping(control_) ? Step::more : Step::pause;
    case Opcode::pong:
      events.on_pong(control_);
      return Step::more;
    case Opcode::close:
      return end_close(events);
    default:
      return final_ ? end_message(events) : Step::more;
  }
}

MessageReader::Outcome MessageReader::read(std::string_view bytes,
                                           ReaderEvents& events) {
  std::size_t at = 0;
  Step step = Step::more;
  while (step == Step::more && !violation_ && !finished_) {
    if (!in_payload_) {
      if (at == bytes.size()) break;
      header_[header_size_++] = static_cast<std::uint8_t>(bytes[at++]);
      if (header_size_ < header_length()) {
        // An unmasked frame has no key to wait for.
        if (header_size_ == 2 && (header_[1] & 0x80) == 0) open_frame();
        continue;
      }
      open_frame();
      if (violation_) break;
    }
    std::size_t size = std::min<std::uint64_t>(left_, bytes.size() - at);
    if (size > 0) take_payload(bytes.substr(at, size));
    at += size;
    if (violation_) break;
    if (left_ > 0) break;
    step = end_frame(events);
  }
  if (violation_) finished_ = true;
  return {.consumed = at, .violation = violation_};
}

}  // namespace trestle::live
