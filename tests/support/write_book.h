// What must be true of writes afterwards: each carries a number of its own into
// a table, and its answer says how often that may stand there.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "support/load.h"
#include "support/postgres_cluster.h"

namespace trestle::testing {

enum class Fate { once, never, unknown };  // unknown: at most once

// 2xx: once; 4xx, 503 and no connection: never; cut, 500, 502 and 504: nobody
// knows.
[[nodiscard]] Fate fate_of(const LoadResult& result);

class WriteBook {
 public:
  void note(std::uint64_t id, Fate fate) { writes_[id] = fate; }
  [[nodiscard]] std::size_t size() const { return writes_.size(); }

  // "" when each id is in the table as often as its fate says, and no other is.
  [[nodiscard]] std::string judge(const PostgresCluster& cluster,
                                  std::string_view database,
                                  const std::string& table) const;

 private:
  std::map<std::uint64_t, Fate> writes_;
};

}  // namespace trestle::testing
