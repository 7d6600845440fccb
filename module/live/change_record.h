// One record of kind `changes`: a transaction, or a part of a large one, as the
// messages of pgoutput that told it. Each record is whole in itself: it
// describes the relations that its rows belong to.
//
//   flags, one byte           last of its transaction, rows were left out
//   position, 8 bytes         just behind the transaction
//   number, 4 bytes           of the transaction
//   count, 4 bytes; OIDs      of the relations
//   length, 4 bytes; message  Relation, Insert, Update, Delete, Truncate
//
// Numbers are little-endian.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "live/pgoutput.h"

namespace trestle::live {

struct ChangeRecord {
  bool last = false;
  // Too large to be told: something of these relations has changed.
  bool left_out = false;
  Lsn lsn = 0;
  std::uint32_t xid = 0;
  std::vector<Oid> relations;
  std::string messages = {};  // each with its length in front

  void add_message(std::string_view message);
  // Takes the first message off `messages`. nullopt: there is none.
  [[nodiscard]] static std::optional<std::string_view> next(
      std::string_view& messages);

  [[nodiscard]] std::string encode() const;
};

// Without the messages, which stay where they are.
struct ChangeRecordView {
  bool last = false;
  bool left_out = false;
  Lsn lsn = 0;
  std::uint32_t xid = 0;
  std::vector<Oid> relations;
  std::string_view messages;
};
// nullopt: it is none.
[[nodiscard]] std::optional<ChangeRecordView> parse_change_record(
    std::string_view body);

}  // namespace trestle::live
