// The values of a section's parameters, taken from one request.
#pragma once

#include <vector>

#include "base/result.h"
#include "frontend/frontend.h"
#include "sql/handler_file.h"

namespace trestle::query {

// One value for each of section.params, in their order; NULL for what is not
// there. The query string or the body is read only when a named parameter is
// found neither in the directives nor among the captures. Errors: TRS101 to
// TRS106.
[[nodiscard]] Result<std::vector<Param>> request_values(
    const FileSection& section, const Exchange& exchange);

}  // namespace trestle::query
