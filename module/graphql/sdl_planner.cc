#include "graphql/sdl_planner.h"

#include <memory>

#include "base/json.h"
#include "base/text.h"
#include "graphql/introspection.h"

namespace trestle::graphql {
namespace {

class SdlPlanner {
 public:
  explicit SdlPlanner(const SdlPlanContext& context)
      : context_(context), rows_(context) {}

  Outcome<SdlPlan> run(const Operation& operation);

 private:
  bool add_root(std::size_t root, bool mutation);
  SdlStep& step_of(const std::string& database, bool mutation);
  bool add_query(std::size_t root, const BoundSql& sql);
  bool add_mutation(std::size_t root, const BoundSql& sql);
  bool add_fetch(std::size_t root, const BoundHttp& http);
  void finish_queries();

  const SdlPlanContext& context_;
  SdlPlan plan_;
  // The statements of queries, a column for each root, beside their steps.
  std::vector<std::unique_ptr<SqlWriter>> writers_;
  SdlWriter rows_;
};

Outcome<SdlPlan> SdlPlanner::run(const Operation& operation) {
  const Type& root = *context_.collect.schema.root(operation.kind);
  for (CollectedField& field :
       collect_fields(context_.collect, root, {operation.selections}))
    plan_.roots.push_back({.field = std::move(field)});
  bool mutation = operation.kind == OperationKind::mutation;
  for (std::size_t i = 0; i < plan_.roots.size(); i++)
    if (!add_root(i, mutation)) return *rows_.error();
  finish_queries();
  return std::move(plan_);
}

bool SdlPlanner::add_root(std::size_t index, bool mutation) {
  SdlRoot& root = plan_.roots[index];
  const Binding& binding = root.field.field->binding;
  switch (binding.kind) {
    case sdl_bind::sql: {
      const auto& sql = *static_cast<const BoundSql*>(binding.target);
      return mutation ? add_mutation(index, sql) : add_query(index, sql);
    }
    case sdl_bind::http:
      return add_fetch(index, *static_cast<const BoundHttp*>(binding.target));
    case Schema::kTypename:
      append_json_string(
          root.ready,
          context_.collect.schema
              .root(mutation ? OperationKind::mutation : OperationKind::query)
              ->name);
      return true;
    default:
      append_introspection(root.ready, context_.collect, root.field);
      return true;
  }
}

// A query has one step for each database; a mutation keeps the order of its
// fields, and those of one database that follow each other share a transaction.
SdlStep& SdlPlanner::step_of(const std::string& database, bool mutation) {
  std::vector<SdlStep>& steps = plan_.steps;
  for (std::size_t i = steps.size(); i-- > 0;) {
    if (steps[i].location.empty() && steps[i].database == database)
      return steps[i];
    if (mutation) break;
  }
  steps.push_back({.database = database});
  steps.back().plan.access = mutation ? Access::write : Access::read;
  writers_.push_back(std::make_unique<SqlWriter>());
  return steps.back();
}

bool SdlPlanner::add_query(std::size_t root, const BoundSql& sql) {
  SdlStep& step = step_of(sql.database, false);
  SqlWriter& writer =
      *writers_[static_cast<std::size_t>(&step - plan_.steps.data())];
  rows_.write_to(writer);
  if (step.roots.empty()) step.roots.emplace_back();
  writer.raw(step.roots[0].empty() ? Literal("select ") : Literal(", "));
  step.roots[0].push_back(root);
  const CollectedField& field = plan_.roots[root].field;
  return rows_.write_value(field, [&] {
    writer.raw("(");
    if (!rows_.write_root_file(field, sql)) return false;
    writer.raw(")");
    return true;
  });
}

// with "rows" as (insert ...) select ...
bool SdlPlanner::add_mutation(std::size_t root, const BoundSql& sql) {
  SdlStep& step = step_of(sql.database, true);
  SqlWriter writer;
  rows_.write_to(writer);
  const CollectedField& field = plan_.roots[root].field;
  writer.raw("with \"rows\" as (");
  if (!rows_.write_root_file(field, sql)) return false;
  writer.raw(") select ");
  if (!rows_.write_value(field, [&] {
        writer.raw("\"rows\"");
        return true;
      }))
    return false;
  step.roots.push_back({root});
  step.plan.statements.push_back(std::move(writer).finish());
  return true;
}

bool SdlPlanner::add_fetch(std::size_t root, const BoundHttp& http) {
  const CollectedField& field = plan_.roots[root].field;
  std::string location;
  for (const BoundHttp::Piece& piece : http.pieces) {
    location.append(piece.text);
    if (piece.argument.empty()) continue;
    const InputValue& input = *field.field->argument(piece.argument);
    Param text = sdl_argument(context_.collect, field, input);
    location.append(url_encode(text.value_or("")));
  }
  plan_.steps.push_back({.location = std::move(location), .roots = {{root}}});
  writers_.emplace_back();
  return true;
}

void SdlPlanner::finish_queries() {
  for (std::size_t i = 0; i < plan_.steps.size(); i++) {
    SdlStep& step = plan_.steps[i];
    if (step.plan.access == Access::read && step.location.empty())
      step.plan.statements.push_back(std::move(*writers_[i]).finish());
  }
}

}  // namespace

Outcome<SdlPlan> plan_sdl(const SdlPlanContext& context,
                          const Operation& operation) {
  return SdlPlanner(context).run(operation);
}

}  // namespace trestle::graphql
