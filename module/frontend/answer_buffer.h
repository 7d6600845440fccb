// Keeps one answer in memory, for those who do not send it as it comes.
#pragma once

#include <string>

#include "base/http_message.h"

namespace trestle {

class AnswerBuffer : public ResponseSink {
 public:
  void head(ResponseHead head) override { head_ = std::move(head); }
  bool body(std::string_view bytes) override {
    body_.append(bytes);
    return true;
  }
  void end() override { ended_ = true; }
  void abort() override { aborted_ = true; }
  bool restart() override {
    *this = {};
    return true;
  }

  // Ended well: head and body are all of it.
  [[nodiscard]] bool whole() const { return ended_ && !aborted_; }
  [[nodiscard]] const ResponseHead& head() const { return head_; }
  [[nodiscard]] int status() const { return whole() ? head_.status : 500; }
  [[nodiscard]] const std::string& body() const { return body_; }

 private:
  ResponseHead head_;
  std::string body_;
  bool ended_ = false;
  bool aborted_ = false;
};

}  // namespace trestle
