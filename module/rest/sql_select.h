// What one level of a read selects: its columns, values of the resources below
// it, and what it aggregates, with the GROUP BY that this asks for.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rest/sql.h"

namespace trestle::rest {

// One column of a level's result as its parent sees it.
struct Output {
  std::string name;
  Aggregate aggregate = Aggregate::none;
  std::string aggregate_cast;
};

// In the order of the select list, with those of the levels spread into it.
[[nodiscard]] std::vector<Output> outputs_of(const ReadNode& node);

// Counts its places for GROUP BY, so write() comes first. Borrows both.
class SelectList {
 public:
  // `hoisted`: the level is spread into its parent, which aggregates.
  SelectList(SqlWriter& sql, const ReadNode& node, bool hoisted)
      : sql_(sql), node_(node), hoisted_(hoisted) {}

  void write();
  // Nothing where no column is aggregated.
  void write_group_by();

 private:
  void next(bool aggregate);
  void write_star();
  [[nodiscard]] bool star_needs_names() const;
  void write_column(const SelectColumn& column);
  void write_child(const ReadNode& child);
  void write_spread(const ReadNode& child);

  SqlWriter& sql_;
  const ReadNode& node_;
  bool hoisted_;
  std::int64_t place_ = 0;
  std::vector<std::int64_t> groups_;  // places of what is not aggregated
};

}  // namespace trestle::rest
