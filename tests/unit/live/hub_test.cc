// Everybody who has joined a topic gets what is delivered to it, once, and
// nobody else does.
#include "live/hub.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace trestle::live {
namespace {

class Inbox final : public Outlet {
 public:
  void answer(MessageKind, std::string_view) override {}
  void push(OutMessage& message, std::string_view id) override {
    got.append(message.payload()).append("@").append(id).append(" ");
    frame = message.plain();
  }
  void close(std::uint16_t, std::string_view) override {}
  void resume() override {}

  std::string got;
  FrameRef frame;
};

std::size_t say(Hub& hub, std::string_view topic, std::string_view text) {
  OutMessage message(MessageKind::text, text);
  return hub.deliver(topic, message, "1");
}

TEST(Hub, delivers_to_those_who_have_joined) {
  Hub hub;
  Inbox a, b;
  Subscriber ann(hub, a);
  Subscriber bob(hub, b);
  ann.join("room", true);
  bob.join("room", false);
  bob.join("hall", false);
  EXPECT_EQ(say(hub, "room", "hi"), 2u);
  EXPECT_EQ(say(hub, "hall", "ho"), 1u);
  EXPECT_EQ(say(hub, "attic", "hu"), 0u);
  EXPECT_EQ(a.got, "hi@1 ");
  EXPECT_EQ(b.got, "hi@1 ho@1 ");
  EXPECT_TRUE(ann.may_publish("room"));
  EXPECT_FALSE(bob.may_publish("room"));
  EXPECT_FALSE(ann.may_publish("hall"));
}

TEST(Hub, shares_one_encoded_frame) {
  Hub hub;
  Inbox a, b;
  Subscriber ann(hub, a);
  Subscriber bob(hub, b);
  ann.join("room", false);
  bob.join("room", false);
  say(hub, "room", "hi");
  EXPECT_EQ(a.frame, b.frame);
}

TEST(Hub, joining_twice_delivers_once) {
  Hub hub;
  Inbox a;
  Subscriber ann(hub, a);
  ann.join("room", false);
  ann.join("room", true);
  EXPECT_EQ(say(hub, "room", "hi"), 1u);
  EXPECT_TRUE(ann.may_publish("room"));
  EXPECT_EQ(ann.topics(), 1u);
}

TEST(Hub, forgets_topics_that_nobody_listens_to) {
  Hub hub;
  Inbox a;
  {
    Subscriber ann(hub, a);
    ann.join("one", false);
    ann.join("two", false);
    EXPECT_TRUE(ann.leave("one"));
    EXPECT_FALSE(ann.leave("one"));
    EXPECT_EQ(hub.topics(), 1u);
  }
  EXPECT_EQ(hub.topics(), 0u);
  EXPECT_EQ(say(hub, "two", "hi"), 0u);
}

// Random joins, leaves and ends against a simple model.
TEST(Hub, agrees_with_a_model) {
  constexpr std::size_t kPeers = 20;
  constexpr int kTopics = 6;
  std::mt19937 random(3);
  Hub hub;
  std::vector<Inbox> inboxes(kPeers);
  std::vector<std::unique_ptr<Subscriber>> peers(kPeers);
  std::vector<std::set<int>> model(kPeers);
  for (int step = 0; step < 5000; step++) {
    const std::size_t i = random() % kPeers;
    const int topic = static_cast<int>(random() % kTopics);
    if (!peers[i]) peers[i] = std::make_unique<Subscriber>(hub, inboxes[i]);
    switch (random() % 8) {
      case 0:
        peers[i].reset();
        model[i].clear();
        break;
      case 1:
      case 2:
        ASSERT_EQ(peers[i]->leave(std::to_string(topic)),
                  model[i].erase(topic) == 1);
        break;
      case 3: {
        for (Inbox& inbox : inboxes) inbox.got.clear();
        say(hub, std::to_string(topic), "x");
        for (std::size_t k = 0; k < kPeers; k++)
          ASSERT_EQ(inboxes[k].got, model[k].contains(topic) ? "x@1 " : "");
        break;
      }
      default:
        peers[i]->join(std::to_string(topic), false);
        model[i].insert(topic);
    }
  }
}

}  // namespace
}  // namespace trestle::live
