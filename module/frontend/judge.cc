#include "frontend/judge.h"

#include "catalog/catalog.h"
#include "catalog/effects.h"

namespace trestle {

void Judgement::add(const StatementFacts& facts) {
  if (facts.effects > effects) effects = facts.effects;
  if (facts.access == Access::write) only_reads = false;
  if (facts.uses_path) uses_path = true;
  settings.add(facts.settings);
}

Judgement judge(const Exchange& exchange, Plan& plan,
                std::span<const StatementFacts* const> known) {
  return judge(exchange.catalog.get(), plan, known, exchange.identity.role);
}

Judgement judge(const catalog::Catalog* catalog, Plan& plan,
                std::span<const StatementFacts* const> known,
                std::string_view role) {
  Judgement judgement;
  if (catalog != nullptr) {
    for (Statement& statement : plan.statements) {
      const catalog::Judged& judged = catalog->effects().judge(*statement.sql);
      judgement.add(judged.facts);
      if (const SqlRef& tied = catalog->effects().tied(judged, role))
        statement.sql = tied;
    }
    return judgement;
  }
  for (const StatementFacts* facts : known) judgement.add(*facts);
  if (known.size() < plan.statements.size()) judgement.add({});
  return judgement;
}

}  // namespace trestle
