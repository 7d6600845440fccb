// What a read can reach.
#pragma once

#include "rest/plan.h"

namespace trestle::rest {

// Everything that the read runs is known to leave no trace in its session:
// tables without policies, columns and filters of built-in types, nobody's
// functions. In doubt false.
[[nodiscard]] bool is_clean_read(const RestPlan& plan, const RestConfig& config,
                                 const Catalog& catalog);

}  // namespace trestle::rest
