// Whether the objects and interfaces of a schema file are what the interfaces
// that they implement say, and unions are of objects (specification, sections
// 3.6, 3.7 and 3.8, "Type Validation").
#pragma once

#include <optional>

#include "graphql/ast.h"
#include "graphql/error.h"
#include "graphql/schema.h"

namespace trestle::graphql {

// `schema` has been made of `document`. The first mistake, with its location.
[[nodiscard]] std::optional<GraphqlError> check_implementations(
    const Schema& schema, const Document& document);

}  // namespace trestle::graphql
