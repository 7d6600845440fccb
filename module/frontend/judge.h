// What a plan as a whole may do, by its statements and what the catalog knows
// of everything behind them (catalog/effects.h). All front-ends decide it here.
#pragma once

#include <span>
#include <string_view>

#include "frontend/frontend.h"
#include "sql/effects.h"
#include "sql/settings_read.h"

namespace trestle {

struct Judgement {
  Effects effects = Effects::clean;  // the worst of them
  bool only_reads = true;            // none changes data or locks rows
  bool uses_path = false;            // search_path matters to one
  // What the statements' own text reads, besides what the database's code does.
  SettingsRead settings;

  void add(const StatementFacts& facts);
  [[nodiscard]] bool is_clean_read() const {
    return only_reads && effects == Effects::clean;
  }
};

// Statements are replaced by what is run in their place (tie_rows()).
// `known`: what was found without a catalog, by statement; taken where
// there is no catalog. Empty: nothing was. `role`: that runs them; "": the
// login role.
[[nodiscard]] Judgement judge(const catalog::Catalog* catalog, Plan& plan,
                              std::span<const StatementFacts* const> known = {},
                              std::string_view role = {});
[[nodiscard]] Judgement judge(
    const Exchange& exchange, Plan& plan,
    std::span<const StatementFacts* const> known = {});

}  // namespace trestle
