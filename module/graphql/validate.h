// Validates an executable document against a schema: every rule of section 5 of
// the specification (October 2021), with the outcome that graphql-js has. Work
// is linear in the document but for overlapping fields, which has a budget.
#pragma once

#include <vector>

#include "graphql/ast.h"
#include "graphql/error.h"
#include "graphql/schema.h"

namespace trestle::graphql {

// Empty when the document is valid. At most kMaxErrors are reported.
[[nodiscard]] std::vector<GraphqlError> validate(const Schema& schema,
                                                 const Document& document);

inline constexpr std::size_t kMaxErrors = 16;

}  // namespace trestle::graphql
