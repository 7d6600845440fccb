#include "pg/replication_protocol.h"

#include <cstdint>

#include "base/text.h"
#include "sql/sql_writer.h"

namespace trestle::pg {
namespace {

// Bytes before the message in XLogData, and a sign of life's.
constexpr std::size_t kDataHead = 25;
constexpr std::size_t kLifeSize = 18;

std::uint64_t int64_at(std::string_view message, std::size_t at) {
  std::uint64_t value = 0;
  for (std::size_t i = at; i < at + 8; i++)
    value = value << 8 | static_cast<std::uint8_t>(message[i]);
  return value;
}

void append_int64(std::string& out, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8)
    out += static_cast<char>(value >> shift & 0xff);
}

std::string quoted(std::string_view text) {
  std::string out;
  append_constant(out, text);
  return out;
}

std::string identifier(std::string_view name) {
  std::string out;
  append_identifier(out, name);
  return out;
}

}  // namespace

std::string check_query(std::string_view publication, std::string_view slot) {
  return concat(
      {"select pg_catalog.current_setting('wal_level'), "
       "pg_catalog.pg_is_in_recovery(), exists (select from "
       "pg_catalog.pg_publication where pubname = ",
       quoted(publication),
       "), (select confirmed_flush_lsn from pg_catalog.pg_replication_slots "
       "where slot_name = ",
       quoted(slot), "), pg_catalog.current_setting('server_version_num')"});
}

std::string create_slot_command(std::string_view slot, bool temporary) {
  return concat({"CREATE_REPLICATION_SLOT ", identifier(slot),
                 temporary ? " TEMPORARY" : "",
                 " LOGICAL pgoutput NOEXPORT_SNAPSHOT"});
}

// The plugin reads its option as a list of identifiers.
std::string start_command(std::string_view slot, WalPosition from,
                          std::string_view publication) {
  return concat({"START_REPLICATION SLOT ", identifier(slot), " LOGICAL ",
                 wal_position_text(from),
                 " (proto_version '1', messages 'true', publication_names ",
                 quoted(identifier(publication)), ")"});
}

std::optional<StreamMessage> read_stream_message(std::string_view message) {
  using Kind = StreamMessage::Kind;
  if (message.size() >= kDataHead && message[0] == 'w')
    return StreamMessage{.kind = Kind::data, .data = message.substr(kDataHead)};
  if (message.size() >= kLifeSize && message[0] == 'k')
    return StreamMessage{.kind = Kind::life,
                         .sent = int64_at(message, 1),
                         .wants_answer = message[17] != 0};
  return std::nullopt;
}

std::string status_message(WalPosition confirmed, bool asks) {
  std::string message = "r";
  append_int64(message, confirmed);  // written
  append_int64(message, confirmed);  // flushed
  append_int64(message, confirmed);  // applied
  append_int64(message, 0);          // our clock: of no use to the server
  message += asks ? '\1' : '\0';     // for a reply
  return message;
}

}  // namespace trestle::pg
