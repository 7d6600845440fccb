// Which limits stand in a statement's text. PostgreSQL takes a LIMIT that is a
// parameter for a tenth of all rows: a plan that would do for every limit is
// then so bad that it plans each run anew, which costs more than a nested read
// of twenty rows takes to run. Limits that programs write are few, so that each
// may have a statement of its own; all others share the one with a parameter.
#pragma once

#include <cstdint>

namespace trestle {

// 1 to 20, then ever rounder numbers up to 10,000: 63 in all.
[[nodiscard]] constexpr bool is_usual_limit(std::int64_t rows) {
  if (rows < 1) return false;
  if (rows <= 20) return true;
  if (rows <= 100) return rows % 5 == 0;
  if (rows <= 1000) return rows % 50 == 0;
  return rows <= 10000 && rows % 1000 == 0;
}

}  // namespace trestle
