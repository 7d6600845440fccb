// The statements that read a catalog: the files of sql/catalog, embedded when
// the project is built.
#pragma once

#include <cstddef>
#include <string_view>

#include "sql/statement.h"

namespace trestle::catalog {

// In the order in which load_plan() runs them.
enum class Query {
  changes,
  fingerprint,
  schemas,
  types,
  relations,
  columns,
  keys,
  foreign_keys,
  views,
  functions,
  casts,
  media_handlers,
  role_settings,
  roles,
  privileges,
  builtins,
  code,
  operators,
  bodies,
  published,
  enum_tables,  // the last one: it takes on other roles
};
inline constexpr std::size_t kQueryCount = 21;

// The text of sql/catalog/<query>.sql.
[[nodiscard]] std::string_view query_text(Query query);

// All of them as one read-only plan; statement i answers Query(i). Its settings
// are load_settings(): an empty search_path, so that names come qualified.
[[nodiscard]] Plan load_plan();
[[nodiscard]] Settings load_settings();

}  // namespace trestle::catalog
