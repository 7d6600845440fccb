#include "pg/replication_protocol.h"

#include <gtest/gtest.h>

namespace trestle::pg {
namespace {

using Kind = StreamMessage::Kind;

TEST(ReplicationProtocol, CommandsQuoteTheirNames) {
  EXPECT_EQ(create_slot_command("a\"b", true),
            "CREATE_REPLICATION_SLOT \"a\"\"b\" TEMPORARY LOGICAL pgoutput "
            "NOEXPORT_SNAPSHOT");
  EXPECT_EQ(create_slot_command("kept", false),
            "CREATE_REPLICATION_SLOT \"kept\" LOGICAL pgoutput "
            "NOEXPORT_SNAPSHOT");
  EXPECT_EQ(start_command("kept", 0x1000002aULL, "it's"),
            "START_REPLICATION SLOT \"kept\" LOGICAL 0/1000002A "
            "(proto_version '1', messages 'true', publication_names "
            "'\"it''s\"')");
  EXPECT_NE(check_query("it's", "").find("pubname = 'it''s')"),
            std::string::npos);
}

TEST(ReplicationProtocol, DataIsWhatStandsBehindItsHead) {
  std::string message = "w";
  message.append(24, '\0').append("Bhello");
  const auto read = read_stream_message(message);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->kind, Kind::data);
  EXPECT_EQ(read->data, "Bhello");
}

TEST(ReplicationProtocol, SignOfLifeTellsHowFarAndWhetherToAnswer) {
  std::string message("k\0\0\0\0\0\0\1\2", 9);
  message.append(8, '\0').push_back('\1');
  const auto read = read_stream_message(message);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->kind, Kind::life);
  EXPECT_EQ(read->sent, 0x102u);
  EXPECT_TRUE(read->wants_answer);
}

TEST(ReplicationProtocol, WhatIsCutShortIsNotRead) {
  EXPECT_FALSE(read_stream_message(""));
  EXPECT_FALSE(read_stream_message("w too short"));
  EXPECT_FALSE(read_stream_message("k too short"));
  EXPECT_FALSE(read_stream_message(std::string(30, 'x')));
}

TEST(ReplicationProtocol, StatusConfirmsThreeTimes) {
  const std::string message = status_message(0x0102030405060708ULL, true);
  const std::string position = "\1\2\3\4\5\6\7\10";
  EXPECT_EQ(message,
            "r" + position + position + position + std::string(8, '\0') + '\1');
  EXPECT_EQ(status_message(0, false), "r" + std::string(33, '\0'));
}

}  // namespace
}  // namespace trestle::pg
