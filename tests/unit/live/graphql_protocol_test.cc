// What each message of a client brings about, by the protocol's text.
#include "live/graphql_protocol.h"

#include <gtest/gtest.h>

#include <memory>

#include "base/text.h"

namespace trestle::live {
namespace {

// Writes down what is sent and what is asked for, one after another.
class Desk final : public Outlet, public GraphqlOperations {
 public:
  void answer(MessageKind, std::string_view payload) override {
    note("", payload);
  }
  void push(OutMessage& message, std::string_view) override {
    note("push ", message.payload());
  }
  void close(std::uint16_t code, std::string_view reason) override {
    note("close " + std::to_string(code) + " ", reason);
  }
  void resume() override {}

  Result<void> on_init(const rapidjson::Value* payload) override {
    std::string text = "none";
    if (payload != nullptr) {
      text.clear();
      append_json(text, *payload);
    }
    note("init ", text);
    if (text.find("wrong") != std::string::npos)
      return Error{.code = "TRS300", .message = std::string(200, 'x')};
    return {};
  }
  void on_subscribe(std::string_view id, std::string request) override {
    note(concat({"subscribe ", id, " "}), request);
  }
  void on_complete(std::string_view id) override { note("complete ", id); }

  std::string take() { return std::exchange(notes_, {}); }

 private:
  void note(std::string_view what, std::string_view text) {
    if (!notes_.empty()) notes_ += " | ";
    notes_.append(what).append(text);
  }
  std::string notes_;
};

struct Talk {
  Desk desk;
  GraphqlProtocol protocol{desk, desk};

  // What a message brings about. Parsed from a copy of its exact size.
  std::string say(std::string_view text, MessageKind kind = MessageKind::text) {
    auto copy = std::make_unique<char[]>(text.size());
    text.copy(copy.get(), text.size());
    protocol.on_message(kind, {copy.get(), text.size()});
    return desk.take();
  }
  void init() { say(R"({"type":"connection_init"})"); }
};

constexpr const char* kSubscribe =
    R"({"id":"1","type":"subscribe","payload":{"query":"{a}"}})";

TEST(GraphqlProtocol, begins_with_connection_init) {
  Talk plain;
  EXPECT_EQ(plain.say(R"({"type":"connection_init"})"),
            R"(init none | {"type":"connection_ack"})");
  Talk null;
  EXPECT_EQ(null.say(R"({"type":"connection_init","payload":null})"),
            R"(init none | {"type":"connection_ack"})");
  Talk token;
  EXPECT_EQ(token.say(R"({"type":"connection_init","payload":{"a":1}})"),
            R"(init {"a":1} | {"type":"connection_ack"})");
  EXPECT_EQ(token.say(R"({"type":"connection_init"})"),
            "close 4429 Too many initialisation requests");
}

TEST(GraphqlProtocol, a_refusal_is_4403_with_a_reason_that_fits) {
  Talk talk;
  EXPECT_EQ(talk.say(R"({"type":"connection_init","payload":{"a":"wrong"}})"),
            R"(init {"a":"wrong"} | close 4403 )" + std::string(123, 'x'));
  EXPECT_EQ(talk.say(kSubscribe), "");
}

TEST(GraphqlProtocol, what_is_no_message_is_4400) {
  const char* kWrong[] = {
      "",
      "{nope",
      "[]",
      "null",
      R"({"id":"1"})",
      R"({"type":7})",
      R"({"type":"start","id":"1","payload":{"query":"{a}"}})",
      R"({"type":"next","id":"1","payload":{}})",
      R"({"type":"connection_init","payload":"text"})",
      R"({"type":"ping","payload":"x"})",
      R"({"type":"subscribe","payload":{"query":"{a}"}})",
      R"({"type":"subscribe","id":"","payload":{"query":"{a}"}})",
      R"({"type":"subscribe","id":1,"payload":{"query":"{a}"}})",
      R"({"type":"subscribe","id":"\ud800","payload":{"query":"{a}"}})",
      R"({"type":"subscribe","id":"1"})",
      R"({"type":"subscribe","id":"1","payload":{}})",
      R"({"type":"subscribe","id":"1","payload":{"query":1}})",
      R"({"type":"subscribe","id":"1","payload":{"query":"","variables":"x"}})",
      R"({"type":"complete"})",
  };
  for (const char* text : kWrong) {
    Talk talk;
    talk.init();
    EXPECT_TRUE(talk.say(text).starts_with("close 4400")) << text;
    EXPECT_EQ(talk.say(kSubscribe), "") << text;
  }
  Talk binary;
  binary.init();
  EXPECT_TRUE(
      binary.say(kSubscribe, MessageKind::binary).starts_with("close 4400"));
}

TEST(GraphqlProtocol, nothing_runs_before_connection_init) {
  Talk talk;
  EXPECT_EQ(talk.say(kSubscribe), "close 4401 Unauthorized");
  Talk late;
  late.protocol.on_init_timeout();
  EXPECT_EQ(late.desk.take(), "close 4408 Connection initialisation timeout");
  Talk in_time;
  in_time.init();
  in_time.protocol.on_init_timeout();
  EXPECT_EQ(in_time.desk.take(), "");
}

TEST(GraphqlProtocol, a_ping_is_answered_at_any_time) {
  Talk talk;
  EXPECT_EQ(talk.say(R"({"type":"ping"})"), R"({"type":"pong"})");
  EXPECT_EQ(talk.say(R"({"type":"ping","payload":{"a":[1]}})"),
            R"({"type":"pong","payload":{"a":[1]}})");
  EXPECT_EQ(talk.say(R"({"type":"pong","payload":{}})"), "");
}

TEST(GraphqlProtocol, an_operation_answers_until_it_is_complete) {
  Talk talk;
  talk.init();
  EXPECT_EQ(talk.say(kSubscribe), R"(subscribe 1 {"query":"{a}"})");
  EXPECT_EQ(talk.protocol.running(), 1u);
  talk.protocol.next("1", R"({"data":{"a":1}})", false);
  EXPECT_EQ(talk.desk.take(),
            R"({"id":"1","type":"next","payload":{"data":{"a":1}}})");
  talk.protocol.next("1", R"({"data":{"a":2}})", true);
  EXPECT_EQ(talk.desk.take(),
            R"(push {"id":"1","type":"next","payload":{"data":{"a":2}}})");
  talk.protocol.complete("1");
  EXPECT_EQ(talk.desk.take(), R"({"id":"1","type":"complete"})");
  talk.protocol.next("1", "{}", false);
  talk.protocol.complete("1");
  talk.protocol.error("1", "[]");
  EXPECT_EQ(talk.desk.take(), "");
  EXPECT_EQ(talk.protocol.running(), 0u);
}

TEST(GraphqlProtocol, an_id_is_free_again_after_the_end) {
  Talk talk;
  talk.init();
  talk.say(kSubscribe);
  talk.protocol.error("1", R"([{"message":"no"}])");
  EXPECT_EQ(talk.desk.take(),
            R"({"id":"1","type":"error","payload":[{"message":"no"}]})");
  talk.say(kSubscribe);
  EXPECT_EQ(talk.say(R"({"id":"1","type":"complete"})"), "complete 1");
  EXPECT_EQ(talk.say(R"({"id":"1","type":"complete"})"), "");
  talk.say(kSubscribe);
  EXPECT_EQ(talk.say(kSubscribe), "close 4409 Subscriber for 1 already exists");
}

}  // namespace
}  // namespace trestle::live
