// Whether a failed statement is worth reading the catalog anew. It may have
// failed because the schema is not the one any more that it was planned for;
// then a new catalog cures it. Or it is wrong in itself, and nobody should be
// able to have a catalog read with every request.
//
// A statement that has failed behind a new catalog, too, is left alone for a
// while, and each catalog read in vain makes the pause until the next one four
// times as long. What has gone well before does not wait for that: it is right,
// or was until the schema changed. Pure: the clock is the caller's.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <unordered_set>

namespace trestle::catalog {

class ReloadLimit {
 public:
  // `statement`: whatever tells it from others.
  [[nodiscard]] bool allows(std::uint64_t statement, std::uint64_t now_ms);

  // It has gone well.
  void went_well(std::uint64_t statement);
  // What a new catalog was read for has gone well with it.
  void helped();
  // What is wrong by one schema may be right by another.
  void schema_changed() { wrong_.clear(); }
  // The statement has failed again.
  void in_vain(std::uint64_t statement, std::uint64_t now_ms);

 private:
  std::unordered_set<std::uint64_t> right_;
  std::unordered_map<std::uint64_t, std::uint64_t> wrong_;  // until when
  std::uint64_t pause_ms_ = 0;
  std::uint64_t next_ms_ = 0;
};

}  // namespace trestle::catalog
