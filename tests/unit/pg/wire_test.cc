#include <gtest/gtest.h>

#include "pg/wire_reader.h"
#include "pg/wire_writer.h"

namespace trestle::pg {
namespace {

std::string bytes(std::string_view text) { return std::string(text); }

TEST(WireWriter, WritesTheProtocolsMessages) {
  std::string out;
  WireWriter wire(out);
  const std::vector<Oid> types = {23};
  wire.parse("s", "select $1", types);
  EXPECT_EQ(out, bytes({"P\0\0\0\26s\0select $1\0\0\1\0\0\0\27", 23}));
  out.clear();
  wire.begin_bind("s", 2);
  wire.value("ab");
  wire.null_value();
  wire.end_bind();
  EXPECT_EQ(out, bytes({"B\0\0\0\27\0s\0\0\0\0\2\0\0\0\2ab\377\377\377\377\0\0",
                        24}));
  out.clear();
  wire.describe_portal();
  wire.execute();
  wire.sync();
  EXPECT_EQ(out, bytes({"D\0\0\0\6P\0E\0\0\0\11\0\0\0\0\0S\0\0\0\4", 22}));
  out.clear();
  wire.close_statement("s");
  EXPECT_EQ(out, bytes({"C\0\0\0\7Ss\0", 8}));
}

TEST(WireWriter, ANulByteCannotEndAField) {
  std::string out;
  WireWriter(out).query({"select 1\0Xevil", 14});
  EXPECT_EQ(out, bytes({"Q\0\0\0\15select 1\0", 14}));
}

void put(InputBuffer& buffer, std::string_view text) {
  while (!text.empty()) {
    const InputBuffer::Space space = buffer.space();
    const std::size_t size = std::min(space.size, text.size());
    text.copy(space.data, size);
    buffer.added(size);
    text.remove_prefix(size);
  }
}

std::string message(char type, std::string_view body) {
  const std::size_t length = body.size() + 4;
  std::string text = {type, char(length >> 24), char(length >> 16),
                      char(length >> 8), char(length)};
  return text.append(body);
}

TEST(InputBuffer, MessagesComeWholeHoweverTheyArrive) {
  std::string all;
  for (std::size_t size = 0; size < 100'000; size += 7'919)
    all += message('D', std::string(size, 'x'));
  for (std::size_t piece : {std::size_t{1}, std::size_t{4096}, all.size()}) {
    InputBuffer buffer;
    std::size_t expected = 0;
    for (std::size_t at = 0; at < all.size(); at += piece) {
      put(buffer, std::string_view(all).substr(at, piece));
      Message got;
      while (buffer.next(got) == InputBuffer::Next::message) {
        EXPECT_EQ(got.type, 'D');
        EXPECT_EQ(got.body.size(), expected);
        expected += 7'919;
      }
    }
    EXPECT_GE(expected, 100'000u);
    EXPECT_TRUE(buffer.empty());
    buffer.shrink();
  }
}

TEST(InputBuffer, ImpossibleLengthsAreBroken) {
  for (std::string_view header :
       {std::string_view("D\0\0\0\3", 5), std::string_view("D\377\0\0\0", 5),
        std::string_view("D\100\0\0\1", 5)}) {
    InputBuffer buffer;
    put(buffer, header);
    Message got;
    EXPECT_EQ(buffer.next(got), InputBuffer::Next::broken);
  }
}

TEST(FieldReader, WhatIsMissingIsEmptyAndTold) {
  FieldReader fields({"\0\1ab\0cd", 7});
  EXPECT_EQ(fields.int16(), 1);
  EXPECT_EQ(fields.text(), "ab");
  EXPECT_TRUE(fields.ok());
  EXPECT_EQ(fields.text(), "");
  EXPECT_FALSE(fields.ok());
  EXPECT_EQ(fields.int32(), 0u);
  EXPECT_EQ(fields.byte(), '\0');
}

}  // namespace
}  // namespace trestle::pg
