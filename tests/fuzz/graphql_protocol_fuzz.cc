// Any conversation over graphql-transport-ws: messages one a line, in the order
// of their coming. All that is answered is JSON, nothing follows a Close, and
// its reason fits into a frame.
#include <cstdlib>

#include "base/json.h"
#include "base/text.h"
#include "live/graphql_protocol.h"

namespace {

using namespace trestle;
using namespace trestle::live;

class Desk final : public Outlet, public GraphqlOperations {
 public:
  void answer(MessageKind, std::string_view payload) override {
    check(payload);
  }
  void push(OutMessage& message, std::string_view) override {
    check(message.payload());
  }
  void close(std::uint16_t, std::string_view reason) override {
    if (closed_ || reason.size() > 123 || !is_utf8(reason)) std::abort();
    closed_ = true;
  }
  void resume() override {}

  Result<void> on_init(const rapidjson::Value* payload) override {
    if (payload != nullptr && payload->MemberCount() == 7)
      return Error{.code = "TRS300", .message = std::string(300, '\xc3')};
    return {};
  }
  void on_subscribe(std::string_view id, std::string request) override {
    if (closed_ || !parse_json(request).ok()) std::abort();
    last_ = id;
  }
  void on_complete(std::string_view) override {}

  // Answers what was asked for last.
  void work(GraphqlProtocol& protocol) {
    if (last_.empty()) return;
    protocol.next(last_, "{}", last_.size() % 2 == 0);
    if (last_.size() % 3 == 0) protocol.complete(last_);
    if (last_.size() % 3 == 1) protocol.error(last_, "[]");
  }

 private:
  void check(std::string_view text) const {
    if (closed_ || !is_utf8(text) || !parse_json(text).ok()) std::abort();
  }
  std::string last_;
  bool closed_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Desk desk;
  GraphqlProtocol protocol(desk, desk);
  for (std::string_view message : split(text, '\n')) {
    protocol.on_message(
        message.starts_with('\x01') ? MessageKind::binary : MessageKind::text,
        message);
    desk.work(protocol);
  }
  protocol.on_init_timeout();
  return 0;
}
