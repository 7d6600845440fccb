// The type of a database in TypeScript, as @supabase/postgrest-js takes it:
// tables with Row, Insert, Update and Relationships, views, functions, enums.
#pragma once

#include <span>
#include <string>

#include "catalog/catalog.h"

namespace trestle::rest {

// `export type Database = {...}` over the schemas, names in order.
[[nodiscard]] std::string write_database_types(
    const catalog::Catalog& catalog, std::span<const std::string> schemas);

}  // namespace trestle::rest
