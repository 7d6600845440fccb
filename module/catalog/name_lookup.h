// What a name in a statement can mean: every object that it fits, whatever
// search_path says, so that an answer holds for every role. `schema` is empty
// where the statement writes none. What is PostgreSQL's own is not among them,
// but for relations and types: sql/harmless.h knows it by its name.
#pragma once

#include <string_view>
#include <vector>

#include "catalog/catalog.h"

namespace trestle::catalog {

// Empty: it is not in the catalog, or may be one of the system's as well.
[[nodiscard]] std::vector<const Relation*> relations_meant(
    const Catalog& catalog, std::string_view schema, std::string_view name);

// Those of users. Where PostgreSQL has one of that name too, those are left out
// that take a type of which a clean statement cannot have a value.
[[nodiscard]] std::vector<Oid> functions_meant(const Catalog& catalog,
                                               std::string_view schema,
                                               std::string_view name);
// Of `x.name`, which may be a call of name(x).
[[nodiscard]] std::vector<Oid> functions_of_column(const Catalog& catalog,
                                                   std::string_view name);

[[nodiscard]] std::vector<Oid> types_meant(const Catalog& catalog,
                                           std::string_view schema,
                                           std::string_view name);

// Those of users, whose operands a clean statement can have.
[[nodiscard]] std::vector<Oid> operators_meant(const Catalog& catalog,
                                               std::string_view name);

}  // namespace trestle::catalog
