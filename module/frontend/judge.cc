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

Judgement judge(const Exchange& exchange, const Plan& plan,
                std::span<const StatementFacts* const> known) {
  return judge(exchange.catalog.get(), plan, known);
}

Judgement judge(const catalog::Catalog* catalog, const Plan& plan,
                std::span<const StatementFacts* const> known) {
  Judgement judgement;
  if (catalog != nullptr) {
    for (const Statement& statement : plan.statements)
      judgement.add(catalog->effects().judge(*statement.sql));
    return judgement;
  }
  for (const StatementFacts* facts : known) judgement.add(*facts);
  if (known.size() < plan.statements.size()) judgement.add({});
  return judgement;
}

}  // namespace trestle
