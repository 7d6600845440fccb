// Whether a failed statement is worth reading the catalog anew. It may have
// failed because the schema is not the one any more that it was planned for;
// then a new catalog cures it. Or it is wrong in itself, and nobody should be
// able to have a catalog read with every request.
//
// A statement that has failed behind a new catalog, too, is left alone for a
// while, and each catalog that was read in vain doubles the pause until the
// next one. Pure: the clock is the caller's.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

namespace trestle::catalog {

class ReloadLimit {
 public:
  // `statement`: whatever tells it from others.
  [[nodiscard]] bool allows(const std::string& statement, std::uint64_t now_ms);

  // What a new catalog was read for has gone well with it.
  void helped();
  // The statement has failed again.
  void in_vain(const std::string& statement, std::uint64_t now_ms);

 private:
  std::unordered_map<std::string, std::uint64_t> wrong_;  // until when
  std::uint64_t pause_ms_ = 0;
  std::uint64_t next_ms_ = 0;
};

}  // namespace trestle::catalog
