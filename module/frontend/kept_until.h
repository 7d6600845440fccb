// Whether the answer to a request may be kept and given again, and which tables
// must not have changed meanwhile: for trestle_cache, and for whoever wants to
// know why not.
#pragma once

#include <string>
#include <vector>

#include "catalog/table_reads.h"
#include "frontend/frontend.h"

namespace trestle {

struct KeptUntil {
  std::vector<Oid> tables;  // one of them changes
  std::string problem;      // why it cannot be kept, in words; empty: it can
};

// Who knows the tables behind a statement.
class ReadsSource {
 public:
  virtual ~ReadsSource() = default;
  // By catalog::table_reads(). Valid until the next call.
  [[nodiscard]] virtual const catalog::TableReads& of(const Sql& sql) = 0;
};

// By the plan, its statements and settings alone; `catalog` is the one that it
// was planned by.
[[nodiscard]] KeptUntil kept_until(const Work& work,
                                   const catalog::Catalog& catalog,
                                   ReadsSource& reads);

}  // namespace trestle
