// Reads a database's catalog over a connection of its own, as the server does.
#pragma once

#include <string>

#include "base/result.h"
#include "catalog/catalog.h"

namespace trestle::tools {

// Error: PostgreSQL's own words.
[[nodiscard]] Result<catalog::CatalogRef> load_catalog(
    const std::string& conninfo);

}  // namespace trestle::tools
