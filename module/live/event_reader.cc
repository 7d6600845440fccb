#include "live/event_reader.h"

#include <utility>

#include "base/text.h"

namespace trestle::live {
namespace {

constexpr std::string_view kHeadEnd = "\r\n\r\n";
constexpr std::string_view kEventEnd = "\n\n";

}  // namespace

void EventReader::feed(std::string_view bytes) {
  bytes_ += bytes;
  if (status_ == 0) read_head();
}

void EventReader::read_head() {
  constexpr std::size_t kStatusAt = sizeof("HTTP/1.1 ") - 1;
  const std::size_t end = bytes_.find(kHeadEnd);
  if (end == std::string::npos) return;
  const std::string head = ascii_lower(bytes_.substr(0, end));
  bytes_.erase(0, end + kHeadEnd.size());
  for (std::size_t at = kStatusAt; at < kStatusAt + 3 && at < head.size(); at++)
    status_ = status_ * 10 + (head[at] - '0');
  if (status_ < 100 || status_ > 599) status_ = 500;
  stream_ =
      status_ == 200 &&
      head.find("\r\ncontent-type: text/event-stream") != std::string::npos;
}

std::optional<std::string> EventReader::next() {
  constexpr std::string_view kData = "data: ";
  while (stream_) {
    const std::size_t end = bytes_.find(kEventEnd);
    if (end == std::string::npos) break;
    std::string data;
    bool any = false;
    for (std::string_view line :
         split(std::string_view(bytes_).substr(0, end), '\n')) {
      if (!line.starts_with(kData)) continue;
      if (std::exchange(any, true)) data += '\n';
      data += line.substr(kData.size());
    }
    bytes_.erase(0, end + kEventEnd.size());
    if (!data.empty()) return data;
  }
  return std::nullopt;
}

}  // namespace trestle::live
