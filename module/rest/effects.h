// What a read can reach, and how its rows may be made into JSON.
#pragma once

#include "rest/plan.h"

namespace trestle::rest {

// Everything that the read runs is known to leave no trace in its session:
// tables without policies, columns and filters of built-in types, nobody's
// functions. In doubt false.
[[nodiscard]] bool is_clean_read(const RestPlan& plan, const RestConfig& config,
                                 const Catalog& catalog);

// Rows of one level whose columns the encoder knows: they come as columns and
// become JSON here, which costs PostgreSQL a quarter. Only of clean reads, as
// nothing can have set response headers then.
[[nodiscard]] bool is_flat_read(const RestPlan& plan, const Catalog& catalog);

}  // namespace trestle::rest
