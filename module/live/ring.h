// A ring of messages in memory that processes share: the last ones that were
// published, in one order for all. Readers keep their own place and may start
// at any older one; a reader that was overtaken is told so.
//
//  (1) One writer at a time: a lock that holds the writer's process id. A
//  writer
//      that dies in the middle leaves nothing behind: its record was not yet
//      counted, and the lock of a dead process is taken over.
//  (2) A reader copies a record and then looks whether a writer may have been
//      at work on the same bytes; if so, the copy is thrown away.
//  (3) A place comes from outside (a client says where it was), so a record
//      carries a mark that only this ring can make: bytes that a client has
//      written are never taken for a record's beginning.
//  (4) The memory is zero at first and then has the same shape for ever: a
//      server that is reconfigured goes on with it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace trestle::live {

// A place in the ring: bytes that have ever been written before it.
using Position = std::uint64_t;

class Ring {
 public:
  enum class Read { record, none, lapped };

  Ring() = default;
  // `memory` is shared, aligned to 64 bytes, and outlives the ring. When it is
  // new (zero), `epoch` names the ring's life and `secret` makes its marks (3).
  Ring(std::span<std::byte> memory, std::uint64_t epoch, std::uint64_t secret);

  [[nodiscard]] bool usable() const { return size_ != 0; }
  [[nodiscard]] std::uint64_t epoch() const;
  // The place behind the newest record.
  [[nodiscard]] Position head() const;
  [[nodiscard]] std::size_t max_record() const { return size_ / 8; }

  // Appends a record and returns the place behind it. nullopt: it is larger
  // than max_record(). Waits for another writer, which takes microseconds.
  [[nodiscard]] std::optional<Position> write(std::string_view record);

  // Copies the record at `at` and moves `at` behind it. Lapped: `at` is moved
  // to the newest place, and what was between is lost.
  [[nodiscard]] Read read(Position& at, std::string& record) const;

  // Whether everything behind `at` can still be read.
  [[nodiscard]] bool holds(Position at) const;
  // The oldest place that can surely still be read, at a record's start.
  [[nodiscard]] Position oldest() const;

 private:
  struct Header;
  class Lock;

  [[nodiscard]] bool overtaken(Position at) const;
  [[nodiscard]] std::uint64_t mark_of(Position at) const;
  void put(Position at, std::uint64_t length, std::string_view record);

  Header* header_ = nullptr;
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace trestle::live
