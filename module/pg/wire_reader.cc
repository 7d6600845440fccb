#include "pg/wire_reader.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

namespace trestle::pg {
namespace {

constexpr std::size_t kBaseCapacity = 32 * 1024;
// PostgreSQL allocates no message above 1 GB.
constexpr std::uint32_t kMaxLength = 0x40000000;

}  // namespace

std::string_view FieldReader::bytes(std::size_t size) {
  if (size > rest_.size()) {
    ok_ = false;
    rest_ = {};
    return {};
  }
  const std::string_view field = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return field;
}

char FieldReader::byte() {
  const std::string_view field = bytes(1);
  return field.empty() ? '\0' : field[0];
}

std::uint16_t FieldReader::int16() {
  const std::string_view field = bytes(2);
  if (field.empty()) return 0;
  std::uint16_t big_endian = 0;
  std::memcpy(&big_endian, field.data(), sizeof big_endian);
  return ntohs(big_endian);
}

std::uint32_t FieldReader::int32() {
  const std::string_view field = bytes(4);
  if (field.empty()) return 0;
  std::uint32_t big_endian = 0;
  std::memcpy(&big_endian, field.data(), sizeof big_endian);
  return ntohl(big_endian);
}

std::string_view FieldReader::text() {
  const std::size_t size = rest_.find('\0');
  if (size == std::string_view::npos) {
    ok_ = false;
    rest_ = {};
    return {};
  }
  const std::string_view field = rest_.substr(0, size);
  rest_.remove_prefix(size + 1);
  return field;
}

InputBuffer::Next InputBuffer::next(Message& message) {
  if (end_ - begin_ < 5) return Next::incomplete;
  const char* at = bytes_.get() + begin_;
  std::uint32_t length = 0;
  std::memcpy(&length, at + 1, sizeof length);
  length = ntohl(length);
  if (length < 4 || length > kMaxLength) return Next::broken;
  if (end_ - begin_ < std::size_t{length} + 1) return Next::incomplete;
  message.type = *at;
  message.body = {at + 5, length - 4};
  begin_ += std::size_t{length} + 1;
  largest_ = std::max<std::size_t>(largest_, length);
  return Next::message;
}

InputBuffer::Space InputBuffer::space() {
  if (begin_ == end_) begin_ = end_ = 0;
  if (end_ == capacity_ && begin_ > 0) {
    std::memmove(bytes_.get(), bytes_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == capacity_) grow();
  return {bytes_.get() + end_, capacity_ - end_};
}

// Doubles as bytes arrive and never trusts an announced length: a corrupt one
// costs nothing.
void InputBuffer::grow() {
  const std::size_t wanted = std::max(kBaseCapacity, capacity_ * 2);
  std::unique_ptr<char[]> larger(new char[wanted]);
  if (end_ > 0) std::memcpy(larger.get(), bytes_.get(), end_);
  bytes_ = std::move(larger);
  capacity_ = wanted;
}

void InputBuffer::shrink() {
  if (!empty() || capacity_ <= kBaseCapacity) return;
  bytes_.reset();
  capacity_ = begin_ = end_ = 0;
}

}  // namespace trestle::pg
