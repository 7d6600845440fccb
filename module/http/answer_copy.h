// A copy of one answer, made while it is given: for the cache.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "base/http_message.h"

namespace trestle::http {

class AnswerCopy {
 public:
  // Begins: what is larger than `limit` is not copied.
  void begin(std::size_t limit) {
    limit_ = limit;
    restart();
  }
  // Nothing of this answer is to be kept.
  void give_up() {
    limit_ = 0;
    body_.clear();
  }
  // The answer begins anew.
  void restart() {
    head_ = {};
    body_.clear();
    is_whole_ = true;
  }

  void take_head(const ResponseHead& head) {
    if (limit_ > 0) head_ = head;
  }
  void take_body(std::string_view bytes) {
    if (limit_ == 0) return;
    is_whole_ = is_whole_ && body_.size() + bytes.size() <= limit_;
    if (is_whole_)
      body_.append(bytes);
    else
      give_up();
  }

  // Whether there is one. It is the whole answer when that has ended.
  [[nodiscard]] bool is_kept() const { return limit_ > 0 && is_whole_; }
  [[nodiscard]] ResponseHead& head() { return head_; }
  [[nodiscard]] const std::string& body() const { return body_; }

 private:
  std::size_t limit_ = 0;  // 0: nothing is copied
  bool is_whole_ = true;
  ResponseHead head_;
  std::string body_;
};

}  // namespace trestle::http
