#include "frontend/kept_until.h"

#include "base/text.h"
#include "catalog/catalog.h"
#include "catalog/effects.h"

namespace trestle {

namespace {

constexpr std::size_t kMostTables = 64;

// What is in the key of an answer, or the same for all of a schema.
bool is_known_setting(const SettingsRead& read, std::string_view name) {
  if (name == "request.headers" || name == "request.cookies") return false;
  return name != "application_name" || !read.reads(name);  // trestle_trace
}

std::string problem_of_plan(const Work& work) {
  const Plan& plan = work.plan;
  if (plan.access != Access::read || plan.effects != Effects::clean ||
      plan.end != Plan::End::commit || plan.describes)
    return "it is no clean read";
  if (plan.statements.empty() || !work.database.empty() ||
      !work.subrequest.empty() || work.continuation != nullptr)
    return "it is no single run";
  return {};
}

std::string problem_of_values(const Work& work, const Statement& statement,
                              const catalog::Catalog& catalog) {
  SettingsRead read = catalog.effects().judge(*statement.sql).facts.settings;
  read.add(catalog.reach().settings_read());
  for (const Setting& setting : work.settings)
    if (!is_known_setting(read, setting.name))
      return concat({"SQL reads ", setting.name});
  for (const Param& param : statement.params)
    if (param && catalog::names_a_moment(*param)) return "a moment by its name";
  return {};
}

}  // namespace

KeptUntil kept_until(const Work& work, const catalog::Catalog& catalog,
                     ReadsSource& reads) {
  KeptUntil kept{.tables = {}, .problem = problem_of_plan(work)};
  for (const Statement& statement : work.plan.statements) {
    if (kept.problem.empty())
      kept.problem = problem_of_values(work, statement, catalog);
    if (!kept.problem.empty()) return kept;
    const catalog::TableReads& found = reads.of(*statement.sql);
    kept.problem = found.problem;
    kept.tables.insert(kept.tables.end(), found.tables.begin(),
                       found.tables.end());
  }
  if (kept.problem.empty() && kept.tables.size() > kMostTables)
    kept.problem = "it reads too many tables";
  return kept;
}

}  // namespace trestle
