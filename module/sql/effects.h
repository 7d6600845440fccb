// What a statement may do, decided from its parse tree: whether it writes,
// whether it answers rows, whether it is clean (docs/architecture.md, invariant
// 4: everything it can reach is known to leave no trace in its session), and
// which settings it reads, and whether search_path matters to it.
//
// The parse tree has names only; an EffectsOracle answers for them.
#pragma once

#include <string>
#include <vector>

#include "sql/effects_oracle.h"
#include "sql/settings_read.h"
#include "sql/sql_parser.h"
#include "sql/statement.h"

namespace trestle {

struct StatementFacts {
  // write: it changes data or locks rows, or its kind is not known to read.
  Access access = Access::write;
  Effects effects = Effects::unknown;
  std::string reason = {};  // as in Verdict
  bool uses_path = true;    // as in Verdict
  // A function that is not on the list is called, so that a SELECT may write.
  bool calls_functions = false;
  enum class Rows { no, yes, maybe } rows = Rows::maybe;
  // CURRENT_DATE and its kin; functions are the oracle's affair.
  bool reads_clock = false;
  // BEGIN, COMMIT, SAVEPOINT ...: not allowed in a request's transaction.
  bool is_transaction_control = false;
  bool is_copy = false;
  // By its own text; what it calls may read more.
  SettingsRead settings = {};
  // Relations whose rows it takes from functions or makes of types, each once.
  std::vector<Oid> row_relations = {};

  [[nodiscard]] bool is_clean_read() const {
    return access == Access::read && effects == Effects::clean;
  }
};

// `tree` holds one statement.
[[nodiscard]] StatementFacts facts_of(const SqlTree& tree,
                                      const EffectsOracle& oracle = {});

}  // namespace trestle
