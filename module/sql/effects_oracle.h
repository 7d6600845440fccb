// Who answers for the names in a statement (effects.h): what running them may
// do, as far as it is known. Without a catalog a relation may be a view with
// functions behind it and may carry policies, so a statement that names one is
// not clean; a catalog snapshot knows more (catalog/effects.h).
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

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

}  // namespace trestle
