// What stands in the ring (ring.h): records of several kinds, each with the
// name that it is about. And the ids by which clients know them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace trestle::live {

enum class RecordKind : char {
  published = 'p',  // name: topic_key(); body: JSON
  changes = 'c',    // name: database; body: change_record.h
  gap = 'g',        // name: database: changes were missed
  presence = 's',   // body: gone_record() of presence.h
  logout = 'e',     // name: database; body: Identity::session that has ended
};

struct Record {
  RecordKind kind = RecordKind::published;
  std::string_view name;  // at most 65,535 bytes
  std::string_view body;
};

void append_record(std::string& out, const Record& record);
// Borrows from `bytes`. nullopt: they are none.
[[nodiscard]] std::optional<Record> parse_record(std::string_view bytes);

// Where a record stands: the life of the ring and the place behind it, as
// clients give it back in "since" or Last-Event-ID.
struct EventId {
  std::uint64_t epoch = 0;
  std::uint64_t position = 0;

  [[nodiscard]] std::string text() const;
  [[nodiscard]] static std::optional<EventId> parse(std::string_view text);
};

}  // namespace trestle::live
