#include "live/deflate.h"

#include <gtest/gtest.h>

#include "unit/live/client_frames.h"

namespace trestle::live {
namespace {

std::string unhex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(
        std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return bytes;
}

std::string compressed(std::string_view payload) {
  return client_frame(1, payload, {.reserved = 4});
}

std::string negotiate(std::string_view offer) {
  std::string_view offers[] = {offer};
  auto agreed = negotiate_deflate(offers, {.enabled = true});
  return agreed ? agreed->header : "declined";
}

// RFC 7692 7.2.3, the examples.
TEST(Inflater, ReadsTheRfcsExamples) {
  const std::string hello = unhex("f248cdc9c90700");
  DeflateParams params;
  for (std::size_t step : {1, 2, 100}) {
    EXPECT_EQ(read_all(compressed(hello) + compressed(unhex("f200110000")),
                       step, {}, params),
              "text:Hello|text:Hello")
        << "the second message refers to the first's window";
    EXPECT_EQ(
        read_all(compressed(unhex("000500faff48656c6c6f00")), step, {}, params),
        "text:Hello");
    EXPECT_EQ(read_all(compressed(unhex("f348cdc9c9070000")) +
                           compressed(unhex("f348cdc9c9070000")),
                       step, {}, params),
              "text:Hello|text:Hello")
        << "final blocks";
    EXPECT_EQ(read_all(client_frame(1, hello.substr(0, 3),
                                    {.final = false, .reserved = 4}) +
                           client_frame(0, hello.substr(3)),
                       step, {}, params),
              "text:Hello");
  }
}

TEST(Inflater, BadDataFailsTheConnection) {
  DeflateParams params;
  EXPECT_EQ(read_all(compressed(unhex("f200110000")), 5, {}, params),
            "fail:1007")
      << "a distance before the window's start";
  EXPECT_EQ(read_all(compressed("\xff\xff\xff\xff not deflate"), 5, {}, params),
            "fail:1007");
  EXPECT_EQ(read_all(client_frame(9, "x", {.reserved = 4}), 5, {}, params),
            "fail:1002");
}

TEST(Inflater, ABombIsCutAtTheLimit) {
  auto deflater = Deflater::create(15);
  std::string bomb;
  ASSERT_TRUE(deflater->compress(std::string(1 << 20, '\0'), bomb));
  ASSERT_LT(bomb.size(), 2000u);
  DeflateParams params;
  EXPECT_EQ(read_all(compressed(bomb), 100, {.max_message = 65536}, params),
            "fail:1009");
  EXPECT_EQ(
      read_all(compressed(bomb), 100,
               {.max_message = 2 << 20, .max_inflate_ratio = 100}, params),
      "fail:1009");
}

TEST(Deflater, WhatItWritesInflatesToTheSame) {
  for (int bits : {9, 12, 15}) {
    auto deflater = Deflater::create(bits);
    for (std::size_t size : {0, 1, 100, 16384, 70000, 200000}) {
      std::string message;
      for (std::size_t i = 0; i < size; i++)
        message += static_cast<char>('a' + i * i % 17 % 11);
      std::string payload;
      ASSERT_TRUE(deflater->compress(message, payload));
      std::string read =
          read_all(compressed(payload), 1000,
                   {.max_message = 1 << 20, .max_inflate_ratio = 0},
                   DeflateParams{.client_bits = bits});
      EXPECT_TRUE(read == "text:" + message) << bits << " bits, size " << size;
    }
  }
}

TEST(Negotiation, AnswersWhatItCanKeep) {
  const std::string base = "permessage-deflate; server_no_context_takeover";
  EXPECT_EQ(negotiate("permessage-deflate"), base);
  EXPECT_EQ(negotiate("permessage-deflate; client_max_window_bits"), base);
  EXPECT_EQ(negotiate("permessage-deflate; client_no_context_takeover"),
            base + "; client_no_context_takeover");
  EXPECT_EQ(negotiate("permessage-deflate; server_max_window_bits=\"10\""),
            base + "; server_max_window_bits=10");
  EXPECT_EQ(negotiate("x-foo; a=1, permessage-deflate"), base);
  EXPECT_EQ(negotiate("permessage-deflate; server_max_window_bits=99, "
                      "permessage-deflate; client_max_window_bits=9"),
            base + "; client_max_window_bits=9");
}

TEST(Negotiation, DeclinesWhatItDoesNotUnderstand) {
  for (const char* parameters :
       {"unknown", "server_max_window_bits", "server_max_window_bits=7",
        "server_max_window_bits=16", "server_max_window_bits=010",
        "server_max_window_bits=8", "client_max_window_bits=abc",
        "server_no_context_takeover=1", "client_max_window_bits=",
        "server_no_context_takeover; server_no_context_takeover", "=", ";",
        "server_max_window_bits=\""})
    EXPECT_EQ(negotiate(std::string("permessage-deflate; ") + parameters),
              "declined")
        << parameters;
  for (const char* offer : {"", ";;;", ",,,", "\"", "x-webkit-deflate-frame"})
    EXPECT_EQ(negotiate(offer), "declined") << offer;
}

}  // namespace
}  // namespace trestle::live
