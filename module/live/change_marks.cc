#include "live/change_marks.h"

#include <algorithm>

namespace trestle::live {
namespace {

// Whether `xid` comes before `other`: transactions' numbers go round in a
// circle (PostgreSQL manual 25.1.5).
bool precedes(std::uint32_t xid, std::uint32_t other) {
  return static_cast<std::int32_t>(xid - other) < 0;
}

}  // namespace

void ChangeMarks::touch(Oid table, std::uint32_t xid) {
  Mark& mark = marks_[table % kTables];
  const std::uint32_t latest = mark.xid.load();
  if (latest == 0 || precedes(latest, xid)) mark.xid.store(xid);
  mark.value.fetch_add(1);
}

void ChangeMarks::touch_all() { marks_[kAll].value.fetch_add(1); }

std::optional<std::vector<SeenMark>> ChangeMarks::take(
    std::span<const Oid> tables, std::uint32_t xmin) const {
  std::vector<SeenMark> seen;
  const auto add = [&](std::size_t index) {
    seen.push_back({.index = static_cast<std::uint32_t>(index),
                    .value = marks_[index].value.load()});
    const std::uint32_t latest = marks_[index].xid.load();
    return latest == 0 || precedes(latest, xmin);
  };
  if (!add(kAll)) return std::nullopt;
  for (const Oid table : tables)
    if (!add(table % kTables)) return std::nullopt;
  return seen;
}

bool ChangeMarks::same(std::span<const SeenMark> seen) const {
  return std::ranges::all_of(seen, [&](const SeenMark& mark) {
    return mark.index < marks_.size() &&
           marks_[mark.index].value.load() == mark.value;
  });
}

}  // namespace trestle::live
