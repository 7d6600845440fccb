#include "support/write_book.h"

#include <cstdlib>

namespace trestle::testing {

Fate fate_of(const LoadResult& result) {
  const int status = result.response.status;  // 0: no answer
  if (status / 100 == 2) return Fate::once;
  if (status / 100 == 4 || status == 503 || result.outcome == Outcome::refused)
    return Fate::never;
  return Fate::unknown;
}

std::string WriteBook::judge(const PostgresCluster& cluster,
                             std::string_view database,
                             const std::string& table) const {
  const std::string list = cluster.query(
      "select string_agg(id || ':' || n, ' ') from (select id, count(*) as n "
      "from " +
          table + " group by id) as written",
      database);
  std::map<std::uint64_t, std::uint64_t> found;
  const char* at = list.c_str();
  for (char* end = nullptr; *at != 0; at = end) {
    const std::uint64_t id = std::strtoull(at, &end, 10);
    if (*end != ':') break;
    found[id] = std::strtoull(end + 1, &end, 10);
  }
  std::string bad;
  for (const auto& [id, fate] : writes_) {
    const auto times = found.contains(id) ? found.at(id) : 0;
    if (times > 1) bad += std::to_string(id) + " was written twice; ";
    if (fate == Fate::once && times == 0)
      bad += std::to_string(id) + " was acknowledged and is lost; ";
    if (fate == Fate::never && times > 0)
      bad += std::to_string(id) + " was refused and is there; ";
  }
  for (const auto& [id, times] : found)
    if (!writes_.contains(id)) bad += std::to_string(id) + " came by itself; ";
  return bad;
}

}  // namespace trestle::testing
