// Keeps one answer in memory, for those who do not send it as it comes.
#pragma once

#include <optional>
#include <string>

#include "base/http_message.h"

namespace trestle {

class AnswerBuffer final : public ResponseSink {
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

  // Whether plan_again() is possible: what it says is remembered, and the
  // answer does not count then.
  void allow_plan_again(bool allowed) { may_be_outdated_ = allowed; }
  bool plan_again(Outdated what) override {
    if (may_be_outdated_) outdated_ = what;
    return may_be_outdated_;
  }
  [[nodiscard]] std::optional<Outdated> outdated() const { return outdated_; }

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
  bool may_be_outdated_ = false;
  std::optional<Outdated> outdated_;
};

}  // namespace trestle
