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
#include <vector>

#include "base/lru_cache.h"
#include "catalog/types.h"
#include "sql/effects.h"
#include "sql/statement.h"

namespace trestle::catalog {

class Catalog;

// What was found of a statement, and what is run in its place: see tie_rows().
struct Judged {
  StatementFacts facts;
  SqlRef tied_by_number = nullptr;  // null: it is run as it is
  SqlRef tied_by_name = nullptr;    // null: no relation may be named
  std::vector<Oid> named_in = {};   // schemas that naming them takes a right to
};

// Of one catalog, which outlives it. Remembers what it was asked: used from one
// event loop only.
class CatalogEffects final : public EffectsOracle {
 public:
  explicit CatalogEffects(const Catalog& catalog);

  // Everything about a statement that is to be run. Valid until the next call.
  const Judged& judge(const Sql& sql);
  // What that role runs in its place; null: itself. "": the login role.
  [[nodiscard]] const SqlRef& tied(const Judged& judged,
                                   std::string_view role) const;

  [[nodiscard]] Verdict relation(std::string_view schema, std::string_view name,
                                 Access access) const override;
  [[nodiscard]] Verdict function(std::string_view schema,
                                 std::string_view name) const override;
  [[nodiscard]] Verdict type(std::string_view schema,
                             std::string_view name) const override;
  [[nodiscard]] Verdict operation(std::string_view schema,
                                  std::string_view name) const override;
  [[nodiscard]] Verdict column(std::string_view name) const override;
  void add_rows_of_function(std::string_view schema, std::string_view name,
                            std::vector<Oid>& relations) const override;
  void add_rows_of_type(std::string_view schema, std::string_view name,
                        std::vector<Oid>& relations) const override;

  // Whether a value of that type can be in a clean statement at all.
  [[nodiscard]] bool is_harmless_type(Oid type) const;

 private:
  struct Thing {
    enum class Kind { read, write, function, type, operation };
    Kind kind = Kind::read;
    Oid oid = 0;
  };
  class Walk;

  [[nodiscard]] Verdict follow(Thing start) const;
  [[nodiscard]] Verdict judge_body(const std::string& text) const;
  void add_rows_of(Oid type, std::vector<Oid>& relations) const;
  void tie(const Sql& sql, Judged& judged) const;

  const Catalog& catalog_;
  LruCache<Judged> judged_;  // by name, or text where it has none
  Judged last_;              // too large a one is not kept
  mutable std::unordered_map<std::uint64_t, Verdict> followed_;
  mutable int depth_ = 0;  // of bodies in bodies
};

}  // namespace trestle::catalog
