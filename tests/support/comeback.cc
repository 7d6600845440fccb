#include "support/comeback.h"

#include <gtest/gtest.h>

namespace trestle::testing {

namespace {

std::string id_in(const std::string& text) {
  const std::size_t at = text.find("\"id\":\"");
  if (at == std::string::npos) return {};
  return text.substr(at + 6, text.find('"', at + 6) - at - 6);
}

long place_of(const std::string& id) {
  return std::stol(id.substr(id.find('-') + 1));
}

}  // namespace

void Comeback::join() {
  ASSERT_TRUE(connect());
  take(client_->read_text());
}

bool Comeback::reads_until(int number) {
  int silences = 0;
  while (next_ <= number && !::testing::Test::HasFailure()) {
    if (client_ == nullptr && !connect()) return false;
    const Frame frame = client_->read(Milliseconds(1'000));
    if (frame.is_text()) {
      take(frame.payload);
      continue;
    }
    // Cut off, or silence: both are seen once at least.
    client_.reset();
    if (++silences > 2) return false;
  }
  return true;
}

bool Comeback::connect() {
  client_ = std::make_unique<WebSocketClient>(address_);
  if (client_->open("/live") != 101) {
    client_.reset();
    return false;
  }
  comebacks_++;
  return client_->text(since_.empty()
                           ? R"({"join":"ticks"})"
                           : R"({"join":"ticks","since":")" + since_ + "\"}");
}

void Comeback::take(const std::string& text) {
  const std::string at = id_in(text);
  const bool joined = text.find("\"ok\"") != std::string::npos;
  if (!at.empty()) {
    if (joined) joined_ = at;
    // What was missed comes behind the answer, with ids of its own.
    if (!joined || since_.empty()) since_ = at;
  }
  // What lies before the join is gone.
  if (text.find("\"resync\"") != std::string::npos) {
    skipped_ = true;
    resyncs_++;
    if (place_of(since_) < place_of(joined_)) since_ = joined_;
  }
  const std::size_t data = text.find("\"data\":");
  if (data == std::string::npos) return;
  const int number = std::stoi(text.substr(data + 7));
  if (skipped_)
    EXPECT_GE(number, next_) << text;
  else
    EXPECT_EQ(number, next_) << text;
  next_ = number + 1;
  skipped_ = false;
}

}  // namespace trestle::testing
