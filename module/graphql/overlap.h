// Fields of one response name must be mergeable (specification, section 5.3.2).
// The usual pairwise comparison grows with the square of the fields and worse
// with fragments; here all selections that meet in one place of the response
// are collected once and compared with the first of their group, and places
// that were looked at are remembered.
#pragma once

#include <optional>

#include "graphql/ast.h"
#include "graphql/error.h"
#include "graphql/schema.h"

namespace trestle::graphql {

// The first conflict of a document that passes all other rules. A document that
// takes more than a fixed amount of work is refused with kLimit.
[[nodiscard]] std::optional<GraphqlError> find_overlap(
    const Schema& schema, const Document& document);

// Whether two literals mean the same, members of objects in any order.
[[nodiscard]] bool same_value(const Value& a, const Value& b);

}  // namespace trestle::graphql
