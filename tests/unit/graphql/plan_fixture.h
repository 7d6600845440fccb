// A small catalog, as PostgreSQL's rows would make it, and operations planned
// against it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "catalog/builder.h"
#include "graphql/parser.h"
#include "graphql/planner.h"
#include "graphql/role_schema.h"
#include "graphql/validate.h"

namespace trestle::graphql::testing {

// author <- article, for a superuser and a role that may read a part.
inline catalog::CatalogRef blog() {
  using catalog::Query;
  catalog::CatalogBuilder builder;
  auto add = [&](Query query, std::initializer_list<const char*> lines) {
    for (std::string_view line : lines) {
      std::vector<Cell> cells;
      for (std::string_view cell : split(line, '|'))
        cells.push_back(cell == "~" ? Cell() : cell);
      builder.add(query, cells);
    }
  };
  add(Query::schemas, {"api|~|10"});
  add(Query::types, {"23|pg_catalog|int4|integer|b|N|0|0|0|~",
                     "25|pg_catalog|text|text|b|S|0|0|0|~",
                     "3802|pg_catalog|jsonb|jsonb|b|U|0|0|0|~",
                     "1007|pg_catalog|_int4|integer[]|b|A|0|23|0|~",
                     "1009|pg_catalog|_text|text[]|b|A|0|25|0|~",
                     "20001|hidden|mood|hidden.mood|e|E|0|0|0|[\"sad\"]",
                     "20002|hidden|pair|hidden.pair|c|C|0|0|0|~"});
  add(Query::relations,
      {"100|101|api|author|r|f|28|f|~", "200|201|api|article|r|f|28|f|~"});
  add(Query::columns, {"100|1|id|23|integer|integer|t|d||x|~|~",
                       "100|2|name|25|text|text|t|||~|~|~",
                       "100|3|info|3802|jsonb|jsonb|f|||~|~|~",
                       "200|1|id|23|integer|integer|t|d||x|~|~",
                       "200|2|title|25|text|text|t|||~|~|~",
                       "200|3|author_id|23|integer|integer|t|||~|~|~",
                       "200|4|mood|20001|hidden.mood|hidden.mood|f|||~|~|~",
                       "200|5|both|20002|hidden.pair|hidden.pair|f|||~|~|~"});
  add(Query::keys, {"100|author_pkey|t|[1]", "200|article_pkey|t|[1]"});
  add(Query::foreign_keys, {"article_author|200|100|[3]|[1]"});
  add(Query::roles, {"1|admin|t|t|[1]", "2|reader|f|f|[2]"});
  add(Query::privileges, {"s|10|0|2|USAGE", "r|100|1|2|SELECT",
                          "r|100|2|2|SELECT", "r|200|2|2|SELECT"});
  return std::move(builder).finish();
}

// The statements with their parameters, or why there are none.
inline std::string planned(std::string_view role, std::string_view text,
                           std::string_view variables) {
  static const catalog::CatalogRef catalog = blog();
  static const auto model =
      std::make_shared<const Model>(catalog, std::vector<std::string>{"api"});
  RoleSchema schema(model, role);
  Arena arena;
  auto refused = [](const GraphqlError& error) {
    return concat({"error ", error.code, " ", error.path, ": ", error.message});
  };
  Outcome<Document> document = parse_document(text, arena);
  if (!document.ok()) return refused(document.error());
  std::vector<GraphqlError> errors = validate(schema.schema(), *document);
  if (!errors.empty()) return refused(errors[0]);
  Outcome<Value> given =
      parse_json_value(variables.empty() ? "{}" : variables, arena);
  const Operation& operation = document->operations[0];
  Outcome<Variables> values =
      coerce_variables(schema.schema(), operation, &*given, arena);
  if (!values.ok()) return refused(values.error());
  CollectContext context{schema.schema(), *document, *values};
  Limits limits;
  Outcome<OperationPlan> plan =
      plan_operation(schema, context, operation, {.limits = limits}, "");
  if (!plan.ok()) return refused(plan.error());
  // A plan that is kept must give what planning anew gives.
  std::optional<OperationPlan> again = bind_variables(*plan, *values, limits);
  if (!again) return "the plan cannot be bound again";
  std::string out;
  for (std::size_t i = 0; i < plan->plan.statements.size(); i++)
    if (again->plan.statements[i].params != plan->plan.statements[i].params)
      return "bound again, the plan has other parameters";
  for (const Statement& statement : plan->plan.statements) {
    out.append(statement.sql->text).append(";\n");
    for (std::size_t i = 0; i < statement.params.size(); i++)
      out.append(concat({"$", std::to_string(i + 1), " = ",
                         statement.params[i].value_or("NULL"), "\n"}));
  }
  return out;
}

}  // namespace trestle::graphql::testing
