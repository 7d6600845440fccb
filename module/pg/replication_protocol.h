// What is said on a logical replication connection (PostgreSQL manual 55.4,
// "Streaming Replication Protocol"), as text and bytes. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/wal_position.h"

namespace trestle::pg {

// Answers one row: wal_level, whether the server is a standby, whether there is
// such a publication, where its slot of that name stands (NULL: there is none),
// and server_version_num.
[[nodiscard]] std::string check_query(std::string_view publication,
                                      std::string_view slot);

// Answers one row, whose second column is where the slot begins.
[[nodiscard]] std::string create_slot_command(std::string_view slot,
                                              bool temporary);

// Streams what pgoutput makes of a publication's changes.
[[nodiscard]] std::string start_command(std::string_view slot, WalPosition from,
                                        std::string_view publication);

// What comes in the stream.
struct StreamMessage {
  enum class Kind {
    data,  // XLogData: `data` is pgoutput's message
    life,  // a sign of life
  };
  Kind kind = Kind::data;
  std::string_view data = {};  // borrows from the message
  WalPosition sent = 0;        // of life: everything before it has come
  bool wants_answer = false;   // of life
};

// nullopt: it is neither.
[[nodiscard]] std::optional<StreamMessage> read_stream_message(
    std::string_view message);

// What the server may forget, and whether it is to give a sign of life.
[[nodiscard]] std::string status_message(WalPosition confirmed, bool asks);

}  // namespace trestle::pg
