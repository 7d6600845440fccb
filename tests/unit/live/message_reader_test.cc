#include "live/message_reader.h"

#include <gtest/gtest.h>

#include "unit/live/client_frames.h"

namespace trestle::live {
namespace {

constexpr FrameOptions kOpen = {.final = false};

struct Case {
  const char* name;
  std::string wire;
  std::string expect;
};

class ReaderCases : public testing::TestWithParam<Case> {};

// Whole and byte by byte: how the bytes arrive changes nothing.
TEST_P(ReaderCases, ReportsTheSameHoweverTheBytesArrive) {
  const Case& c = GetParam();
  for (std::size_t step : {c.wire.size() + 1, std::size_t{1}, std::size_t{3}})
    EXPECT_EQ(read_all(c.wire, step), c.expect) << "in steps of " << step;
}

std::string frame(int opcode, std::string_view payload,
                  FrameOptions options = {}) {
  return client_frame(opcode, payload, options);
}

INSTANTIATE_TEST_SUITE_P(
    Frames, ReaderCases,
    testing::Values(
        Case{"text", frame(1, "Hello"), "text:Hello"},
        Case{"empty", frame(2, ""), "binary:"},
        Case{"length_126", frame(1, std::string(126, 'x')),
             "text:" + std::string(126, 'x')},
        Case{"fragments", frame(1, "Hel", kOpen) + frame(0, "lo"),
             "text:Hello"},
        Case{"ping_between_fragments",
             frame(1, "Hel", kOpen) + frame(9, "p") + frame(0, "lo"),
             "ping:p|text:Hello"},
        Case{"pong", frame(10, "x") + frame(1, "y"), "pong:x|text:y"},
        Case{"close",
             frame(8,
                   "\x03\xe8"
                   "bye") +
                 frame(1, "late"),
             "close:1000:bye"},
        Case{"close_empty", frame(8, ""), "close:0:"},
        Case{"close_one_byte", frame(8, "\x03"), "fail:1002"},
        Case{"close_1005", frame(8, "\x03\xed"), "fail:1002"},
        Case{"close_bad_reason", frame(8, "\x03\xe8\xff"), "fail:1007"},
        Case{"unmasked", frame(1, "x", {.masked = false}), "fail:1002"},
        Case{"reserved_bit", frame(1, "x", {.reserved = 4}), "fail:1002"},
        Case{"reserved_opcode", frame(3, ""), "fail:1002"},
        Case{"reserved_control", frame(11, ""), "fail:1002"},
        Case{"long_ping", frame(9, std::string(126, 'x')), "fail:1002"},
        Case{"open_ping", frame(9, "", kOpen), "fail:1002"},
        Case{"continuation_of_nothing", frame(0, "x"), "fail:1002"},
        Case{"message_in_message", frame(1, "a", kOpen) + frame(1, "b"),
             "fail:1002"},
        Case{"bad_utf8", frame(1, "\xc0\x80"), "fail:1007"},
        Case{"utf8_over_fragments",
             frame(1, "\xe2\x82", kOpen) + frame(0, "\xac"),
             "text:\xe2\x82\xac"},
        Case{"cut_utf8", frame(1, "\xe2\x82"), "fail:1007"},
        Case{"binary_is_any_bytes", frame(2, "\xc0\x80"), "binary:\xc0\x80"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(MessageReader, NonMinimalLengthIsAProtocolError) {
  std::string wire("\x81\xfe\x00\x05\0\0\0\0Hello", 13);
  EXPECT_EQ(read_all(wire, wire.size()), "fail:1002");
}

TEST(MessageReader, SizeIsRefusedByTheHeaderAlone) {
  ReaderLimits limits = {.max_message = 1000};
  std::string wire = frame(2, std::string(1001, 'x')).substr(0, 8);
  EXPECT_EQ(read_all(wire, wire.size(), limits), "fail:1009");
  std::string fragments =
      frame(2, std::string(600, 'x'), kOpen) + frame(0, std::string(600, 'x'));
  EXPECT_EQ(read_all(fragments, 64, limits), "fail:1009");
}

TEST(MessageReader, ALengthOf2To62IsNeitherAwaitedNorAllocated) {
  std::string wire("\x82\xff\x40\0\0\0\0\0\0\0\0\0\0\0", 14);
  EXPECT_EQ(read_all(wire, wire.size()), "fail:1009");
}

TEST(MessageReader, FragmentsAreCounted) {
  std::string wire = frame(2, "", kOpen);
  for (int i = 0; i < 10; i++) wire += frame(0, "", kOpen);
  EXPECT_EQ(read_all(wire, 7, {.max_fragments = 10}), "fail:1008");
}

TEST(MessageReader, BadUtf8FailsBeforeTheFrameIsComplete) {
  std::string wire = frame(1, "caf\xc0zzzzzzzz");
  EXPECT_EQ(read_all(wire.substr(0, wire.size() - 8), 1), "fail:1007");
}

TEST(MessageReader, PauseStopsBehindTheMessage) {
  MessageReader reader({}, std::nullopt);
  Recorder recorder;
  recorder.pause_after_message = true;
  std::string first = frame(1, "a");
  std::string wire = first + frame(1, "b");
  EXPECT_EQ(reader.read(wire, recorder).consumed, first.size());
  EXPECT_EQ(recorder.log, "text:a");
  recorder.pause_after_message = false;
  EXPECT_EQ(reader.read(wire.substr(first.size()), recorder).consumed,
            wire.size() - first.size());
  EXPECT_EQ(recorder.log, "text:a|text:b");
}

}  // namespace
}  // namespace trestle::live
