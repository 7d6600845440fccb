// What a statement may do, decided from its parse tree: whether it writes,
// whether it answers rows, and whether it is clean (docs/architecture.md,
// invariant 4): everything it can reach is known to leave no trace in its
// session.
//
// The parse tree has names only. Without a catalog a relation may be a view
// with functions behind it and may carry policies, so a statement that names
// one is not clean. EffectsOracle is where a catalog snapshot answers for
// names.
#pragma once

#include <string_view>

#include "sql/sql_parser.h"
#include "sql/statement.h"

namespace trestle {

// Answers for names in SQL. The default knows nothing beyond PostgreSQL's own
// catalog and is what is used at configuration load.
class EffectsOracle {
 public:
  virtual ~EffectsOracle() = default;

  // Whether reading the relation runs nothing but harmless code: a table
  // without policies whose columns have built-in types (functions like
  // json_agg() run the casts and output functions of others), or a view of
  // which the same holds all the way down.
  // `schema` is empty when the statement names none.
  [[nodiscard]] virtual bool relation_is_harmless(std::string_view schema,
                                                  std::string_view name) const;

  // Whether every function of that name that the statement can mean is
  // harmless. The default: those of pg_catalog in harmless.h.
  [[nodiscard]] virtual bool function_is_harmless(std::string_view schema,
                                                  std::string_view name) const;
};

struct StatementFacts {
  // write: it changes data or locks rows, or its kind is not known to read.
  Access access = Access::write;
  Effects effects = Effects::unknown;
  // A function that is not on the list is called, so that a SELECT may write.
  bool calls_functions = false;
  enum class Rows { no, yes, maybe } rows = Rows::maybe;
  // BEGIN, COMMIT, SAVEPOINT ...: not allowed in a request's transaction.
  bool is_transaction_control = false;
  bool is_copy = false;
};

// `tree` holds one statement.
[[nodiscard]] StatementFacts facts_of(const SqlTree& tree,
                                      const EffectsOracle& oracle = {});

}  // namespace trestle
