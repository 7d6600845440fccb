// What a statement may do, decided from its parse tree: whether it writes,
// whether it answers rows, whether it is clean (docs/architecture.md, invariant
// 4: everything it can reach is known to leave no trace in its session), and
// which settings it reads, and whether search_path matters to it.
//
// The parse tree has names only. Without a catalog a relation may be a view
// with functions behind it and may carry policies, so a statement that names
// one is not clean. EffectsOracle is where a catalog snapshot answers for
// names (catalog/effects.h).
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "sql/settings_read.h"
#include "sql/sql_parser.h"
#include "sql/statement.h"

namespace trestle {

// `reason`: what is in the way of clean, in words; empty when it is.
struct Verdict {
  Effects effects = Effects::unknown;
  std::string reason = {};
  // Whether something is looked up by its name when it is run or planned, so
  // that it may be another thing, or have another text, under another
  // search_path.
  bool uses_path = true;

  [[nodiscard]] static Verdict clean();
  [[nodiscard]] static Verdict unknown(
      std::initializer_list<std::string_view> reason);

  // The worse of both.
  void take(Verdict other);
};

// Answers for names in SQL; `schema` is empty when the statement names none.
// The default knows nothing beyond PostgreSQL's own catalog and is what is used
// at configuration load.
class EffectsOracle {
 public:
  virtual ~EffectsOracle() = default;

  // Of all that reading the relation (or changing it) runs: policies, the
  // view's functions all the way down, triggers, defaults, and the casts and
  // output functions of its columns' types, which functions like json_agg()
  // run.
  [[nodiscard]] virtual Verdict relation(std::string_view schema,
                                         std::string_view name,
                                         Access access) const;

  // Of every function of that name that the statement can mean. The default:
  // those of pg_catalog in harmless.h.
  [[nodiscard]] virtual Verdict function(std::string_view schema,
                                         std::string_view name) const;

  [[nodiscard]] virtual Verdict type(std::string_view schema,
                                     std::string_view name) const;

  // Of every operator of that name.
  [[nodiscard]] virtual Verdict operation(std::string_view schema,
                                          std::string_view name) const;

  // Of `x.name`, which may be a call of name(x).
  [[nodiscard]] virtual Verdict column(std::string_view name) const;

  // Adds the relations whose rows a function of that name answers, or a type of
  // that name stands for. The default knows none.
  virtual void add_rows_of_function(std::string_view schema,
                                    std::string_view name,
                                    std::vector<Oid>& relations) const;
  virtual void add_rows_of_type(std::string_view schema, std::string_view name,
                                std::vector<Oid>& relations) const;
};

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
