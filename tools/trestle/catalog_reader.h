// Reads the catalog of a database for subcommands, which may wait for it.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "catalog/catalog.h"
#include "tools/trestle/database.h"

namespace trestle::tools {

struct ReadCatalog {
  catalog::CatalogRef catalog;
  std::string user;  // who has read it
};

// Connects with libpq's connection string. Error: PostgreSQL's words.
[[nodiscard]] Result<ReadCatalog> read_catalog(const std::string& conninfo);
[[nodiscard]] Result<ReadCatalog> read_catalog(PGconn* connection);

}  // namespace trestle::tools
