// The catalog's answer to what is clean: follows every name of a statement
// through views, policies, functions, triggers, defaults, checks, types, casts
// and operators to PostgreSQL's own functions. What a user's function declares
// (STABLE, IMMUTABLE) counts for nothing; one whose body is a single SELECT in
// SQL is followed like a view.
//
// A name without a schema means all objects of that name, whatever search_path
// says, so that an answer holds for every role.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "catalog/types.h"
#include "sql/effects.h"
#include "sql/statement.h"

namespace trestle::catalog {

class Catalog;

// Of one catalog, which outlives it. Remembers what it was asked: used from one
// event loop only.
class CatalogEffects final : public EffectsOracle {
 public:
  explicit CatalogEffects(const Catalog& catalog) : catalog_(catalog) {}

  // Everything about a statement that is to be run. Valid until the next call.
  const StatementFacts& judge(const Sql& sql);

  [[nodiscard]] Verdict relation(std::string_view schema, std::string_view name,
                                 Access access) const override;
  [[nodiscard]] Verdict function(std::string_view schema,
                                 std::string_view name) const override;
  [[nodiscard]] Verdict type(std::string_view schema,
                             std::string_view name) const override;
  [[nodiscard]] Verdict operation(std::string_view schema,
                                  std::string_view name) const override;
  [[nodiscard]] Verdict column(std::string_view name) const override;

 private:
  struct Thing {
    enum class Kind { read, write, function, type, operation };
    Kind kind = Kind::read;
    Oid oid = 0;
  };
  class Walk;

  [[nodiscard]] Verdict follow(Thing start) const;
  [[nodiscard]] Verdict judge_body(const std::string& text) const;
  // Whether a value of that type can be in a clean statement at all.
  [[nodiscard]] bool is_harmless_type(Oid type) const;

  const Catalog& catalog_;
  std::unordered_map<std::string, StatementFacts> judged_;
  mutable std::unordered_map<std::uint64_t, Verdict> followed_;
  mutable int depth_ = 0;  // of bodies in bodies
};

}  // namespace trestle::catalog
