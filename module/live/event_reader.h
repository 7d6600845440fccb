// Reads what a location of ours answers to a request for a stream of events
// over HTTP/1.0: the status, and then either events or the body that says why
// there are none.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace trestle::live {

class EventReader {
 public:
  void feed(std::string_view bytes);

  // 0: the head has not come yet.
  [[nodiscard]] int status() const { return status_; }
  // The data of the next event that has any, without its name; nullopt: more
  // must come.
  [[nodiscard]] std::optional<std::string> next();
  // All that has come of an answer that is no stream, or of the event that is
  // not complete.
  [[nodiscard]] const std::string& rest() const { return bytes_; }

 private:
  void read_head();

  std::string bytes_;
  int status_ = 0;
  bool stream_ = false;
};

}  // namespace trestle::live
