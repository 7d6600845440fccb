// What waits for a connection is written in order, whole frames are shared, and
// a cut leaves no half frame behind.
#include "live/out_queue.h"

#include <gtest/gtest.h>

#include "live/session.h"

namespace trestle::live {
namespace {

FrameRef frame(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

// All that waits, at most `pieces` frames of it.
std::string waiting(const OutQueue& queue, std::size_t pieces = 100) {
  std::vector<std::string_view> views(pieces);
  std::string text;
  const std::size_t count = queue.gather(views);
  for (std::size_t i = 0; i < count; i++) text.append(views[i]);
  return text;
}

TEST(OutQueue, writes_in_order_and_across_frames) {
  OutQueue queue;
  queue.push(frame("one"));
  queue.push(frame(""));
  queue.push(frame("two"));
  queue.push(frame("three"));
  EXPECT_EQ(queue.bytes(), 11u);
  EXPECT_EQ(waiting(queue), "onetwothree");
  EXPECT_EQ(waiting(queue, 2), "onetwo");
  queue.consume(1);
  EXPECT_EQ(waiting(queue), "netwothree");
  queue.consume(3);
  EXPECT_EQ(waiting(queue), "wothree");
  queue.consume(7);
  EXPECT_TRUE(queue.empty());
}

TEST(OutQueue, a_cut_keeps_the_frame_under_way) {
  OutQueue queue;
  queue.push(frame("one"));
  queue.push(frame("two"));
  queue.consume(1);
  queue.cut();
  EXPECT_EQ(waiting(queue), "ne");
  queue.consume(2);
  queue.push(frame("three"));
  queue.cut();
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(waiting(queue), "");
}

TEST(OutQueue, a_long_run_keeps_its_order_and_gives_places_back) {
  OutQueue queue;
  std::string expected;
  std::string got;
  for (int i = 0; i < 1000; i++) {
    queue.push(frame(std::to_string(i) + ","));
    expected += std::to_string(i) + ",";
    if (i % 3 == 0) continue;
    got += waiting(queue, 1);
    queue.consume(waiting(queue, 1).size());
  }
  got += waiting(queue, 1000);
  EXPECT_EQ(got, expected);
}

TEST(OutQueue, shares_frames_and_lets_go_of_them) {
  const FrameRef shared = frame("shared");
  OutQueue one;
  OutQueue two;
  one.push(shared);
  two.push(shared);
  EXPECT_EQ(shared.use_count(), 3);
  one.consume(6);
  two.cut();
  EXPECT_EQ(shared.use_count(), 1);
}

TEST(OutMessage, encodes_each_form_once) {
  Deflaters deflaters;
  OutMessage message(MessageKind::text, "Hello Hello Hello Hello");
  const FrameRef plain = message.plain();
  EXPECT_EQ(plain, message.plain());
  EXPECT_EQ(*plain, std::string("\x81\x17", 2) + "Hello Hello Hello Hello");
  const FrameRef packed = message.deflated(15, deflaters);
  EXPECT_EQ(packed, message.deflated(15, deflaters));
  EXPECT_NE(packed, message.deflated(9, deflaters));
  EXPECT_EQ(static_cast<std::uint8_t>((*packed)[0]), 0xc1);
  EXPECT_LT(packed->size(), plain->size());
}

TEST(OutMessage, is_an_event_of_a_stream_whatever_lines_it_has) {
  OutMessage message(MessageKind::text, "a\nb\r\nc\rd");
  EXPECT_EQ(*message.event("7"),
            "id: 7\ndata: a\ndata: b\ndata: c\ndata: d\n\n");
  OutMessage plain(MessageKind::text, "x");
  EXPECT_EQ(*plain.event(""), "data: x\n\n");
}

}  // namespace
}  // namespace trestle::live
