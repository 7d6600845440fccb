#include "live/record.h"

#include <charconv>

namespace trestle::live {

// The kind, the length of the name in two bytes, the name, the body.
void append_record(std::string& out, const Record& record) {
  const std::size_t size = record.name.size();
  out.reserve(out.size() + 3 + size + record.body.size());
  out += static_cast<char>(record.kind);
  out += static_cast<char>(size & 0xff);
  out += static_cast<char>(size >> 8);
  out.append(record.name).append(record.body);
}

std::optional<Record> parse_record(std::string_view bytes) {
  if (bytes.size() < 3) return std::nullopt;
  const std::size_t size =
      static_cast<unsigned char>(bytes[1]) |
      static_cast<std::size_t>(static_cast<unsigned char>(bytes[2])) << 8;
  if (bytes.size() < 3 + size) return std::nullopt;
  return Record{.kind = static_cast<RecordKind>(bytes[0]),
                .name = bytes.substr(3, size),
                .body = bytes.substr(3 + size)};
}

std::string EventId::text() const {
  char buffer[40];
  char* const end = buffer + sizeof buffer;
  char* at = std::to_chars(buffer, end, epoch, 16).ptr;
  *at++ = '-';
  at = std::to_chars(at, end, position).ptr;
  return {buffer, static_cast<std::size_t>(at - buffer)};
}

std::optional<EventId> EventId::parse(std::string_view text) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  EventId id;
  const char* const end = text.data() + text.size();
  const char* const middle = text.data() + dash;
  const auto epoch = std::from_chars(text.data(), middle, id.epoch, 16);
  const auto place = std::from_chars(middle + 1, end, id.position);
  if (epoch.ec != std::errc() || epoch.ptr != middle ||
      place.ec != std::errc() || place.ptr != end)
    return std::nullopt;
  return id;
}

}  // namespace trestle::live
