#include "live/pgoutput.h"

#include <gtest/gtest.h>

#include "unit/live/feed_recorder.h"
#include "unit/live/pgoutput_messages.h"

namespace trestle::live {
namespace {

using Message = PgoutputMessage;

std::string decode_all(std::initializer_list<std::string> messages) {
  PgoutputDecoder decoder;
  FeedRecorder recorder;
  for (const std::string& message : messages)
    if (!decoder.decode(message, recorder).ok()) recorder.log += "bad\n";
  return recorder.log;
}

TEST(Pgoutput, ReportsATransaction) {
  EXPECT_EQ(
      decode_all(
          {Message('B').number(100, 8).number(0, 8).number(5, 4).bytes(),
           orders().bytes(),
           Message('I').number(7, 4).byte('N').tuple({"1", "9.50"}).bytes(),
           Message('U').number(7, 4).byte('N').tuple({"1", "="}).bytes(),
           Message('U')
               .number(7, 4)
               .byte('K')
               .tuple({"1", "~"})
               .byte('N')
               .tuple({"2", "~"})
               .bytes(),
           Message('D').number(7, 4).byte('O').tuple({"2", "3"}).bytes(),
           Message('T').number(1, 4).byte(0).number(7, 4).bytes(),
           Message('C')
               .byte(0)
               .number(100, 8)
               .number(120, 8)
               .number(0, 8)
               .bytes()}),
      "begin 100 xid 5\n"
      "relation api.orders\n"
      "insert orders () -> (1,9.50)\n"
      "update orders () -> (1,unchanged)\n"
      "update orders (1,null) -> (2,null)\n"
      "delete orders (2,3) -> () whole\n"
      "truncate orders\n"
      "commit 100..120\n");
}

TEST(Pgoutput, ReportsEmittedMessages) {
  Message m('M');
  m.byte(1)
      .number(42, 8)
      .string("trestle:room")
      .number(2, 4)
      .byte('h')
      .byte('i');
  EXPECT_EQ(decode_all({m.bytes()}),
            "message in transaction 42 trestle:room=hi\n");
}

TEST(Pgoutput, RefusesWhatCannotBe) {
  std::string insert =
      Message('I').number(7, 4).byte('N').tuple({"1", "9.50"}).bytes();
  EXPECT_EQ(decode_all({insert}), "bad\n") << "an unknown relation";
  EXPECT_EQ(decode_all({""}), "bad\n");
  EXPECT_EQ(decode_all({"?"}), "bad\n");
  for (std::size_t size = 1; size < insert.size(); size++)
    EXPECT_EQ(decode_all({orders().bytes(), insert.substr(0, size)}),
              "relation api.orders\nbad\n")
        << "cut at " << size;
  EXPECT_EQ(decode_all({orders().bytes(), insert + "x"}),
            "relation api.orders\nbad\n");
}

}  // namespace
}  // namespace trestle::live
