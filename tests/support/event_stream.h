// The client's side of a stream of server-sent events, as text; every wait has
// a deadline.
#pragma once

#include <string>
#include <string_view>

#include "support/http_client.h"

namespace trestle::testing {

class EventStream {
 public:
  explicit EventStream(Address address) : http_(std::move(address)) {}

  [[nodiscard]] bool open(std::string_view target, Headers headers = {}) {
    headers.emplace_back("Accept", "text/event-stream");
    return http_.connect() && http_.send(request_text("GET", target, headers));
  }
  // Reads until the text has come; all that came up to it.
  [[nodiscard]] std::string read_until(std::string_view text) {
    const Clock::time_point end = Clock::now() + kDeadline;
    while (got_.find(text) == std::string::npos && Clock::now() < end) {
      const std::string more = http_.read_some(65536, Milliseconds(1000));
      if (more.empty() && http_.wait_closed(Milliseconds(1))) break;
      got_ += more;
    }
    const std::size_t at = got_.find(text);
    if (at == std::string::npos) return "(without it: " + got_ + ")";
    std::string part = got_.substr(0, at + text.size());
    got_.erase(0, at + text.size());
    return part;
  }
  [[nodiscard]] HttpClient& http() { return http_; }

 private:
  HttpClient http_;
  std::string got_;
};

}  // namespace trestle::testing
