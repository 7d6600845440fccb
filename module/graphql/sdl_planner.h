// Turns an operation on a schema file into steps: one statement for all fields
// of a query that ask one database, one for each field of a mutation, and
// subrequests.
#pragma once

#include <string>
#include <vector>

#include "graphql/sdl_writer.h"

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

[[nodiscard]] Outcome<SdlPlan> plan_sdl(const SdlPlanContext& context,
                                        const Operation& operation);

}  // namespace trestle::graphql
