// Turns an operation on a schema file into steps: one statement for all fields
// of a query that ask one database, one for each field of a mutation, and
// subrequests. Files that a field of an object is bound to become subselects of
// its row, so that a list of a hundred rows is no hundred statements.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "frontend/frontend.h"
#include "graphql/collect.h"
#include "graphql/model.h"
#include "graphql/sdl_schema.h"
#include "sql/sql_writer.h"

namespace trestle::graphql {

// A field of the root and how its value is known.
struct SdlRoot {
  CollectedField field;
  std::string ready = {};  // its JSON, where nothing has to be asked
};

// What is asked at once, of one database or of one location.
struct SdlStep {
  std::string database = {};  // empty: the location's
  Plan plan = {};
  std::string location = {};  // not empty: a subrequest in place of a plan
  // By statement and column: the root that it is the value of.
  std::vector<std::vector<std::size_t>> roots = {};
};

struct SdlPlan {
  std::vector<SdlRoot> roots;
  std::vector<SdlStep> steps;
};

struct SdlPlanContext {
  const SdlSchema& sdl;
  const CollectContext& collect;
  const Exchange& exchange;
  const Model* model;  // null: no type stands for a table
};

[[nodiscard]] Outcome<SdlPlan> plan_sdl(const SdlPlanContext& context,
                                        const Operation& operation);

}  // namespace trestle::graphql
