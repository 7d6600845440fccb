#include "live/change_marks.h"

#include <algorithm>

namespace trestle::live {

// (2)
void ChangeMarks::touch(Mark& mark, const ToldCommit& by) {
  const std::uint32_t latest = mark.xid.load();
  if (latest == 0 || precedes(latest, by.xid)) mark.xid.store(by.xid);
  mark.position.store(std::max(mark.position.load(), by.position));
  mark.value.fetch_add(1);
}

void ChangeMarks::touch(Oid table, const ToldCommit& by) {
  touch(marks_[table % kTables], by);
}

void ChangeMarks::touch_all(const ToldCommit& by) { touch(marks_[kAll], by); }

void ChangeMarks::drop_all() { marks_[kAll].value.fetch_add(1); }

void ChangeMarks::restart(const ToldCommit& last) {
  Mark& all = marks_[kAll];
  all.xid.store(last.xid);
  all.position.store(last.position);
  for (Mark& mark : marks_) {
    if (&mark == &all) continue;
    mark.xid.store(0);
    mark.position.store(0);
  }
  drop_all();
}

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

std::uint64_t ChangeMarks::position(std::span<const Oid> tables) const {
  std::uint64_t furthest = marks_[kAll].position.load();
  for (const Oid table : tables)
    furthest = std::max(furthest, marks_[table % kTables].position.load());
  return furthest;
}

bool ChangeMarks::same(std::span<const SeenMark> seen) const {
  return std::ranges::all_of(seen, [&](const SeenMark& mark) {
    return mark.index < marks_.size() &&
           marks_[mark.index].value.load() == mark.value;
  });
}

}  // namespace trestle::live
