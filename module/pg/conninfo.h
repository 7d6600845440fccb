// A checked connection string. Everything that libpq would otherwise look up by
// itself (environment, ~/.pgpass, service files, host names) is pinned, so that
// connecting never blocks and never depends on the process.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace trestle::pg {

struct Conninfo {
  // libpq keyword and value, those that were given and those we pin.
  std::vector<std::pair<std::string, std::string>> keywords;
  std::string host;  // socket folder, numeric address or a name to resolve
  std::string port;
  int weight = 1;                // of a replica
  unsigned max_lag_ms = 10'000;  // of a replica
};

// Parses "host=... dbname=..." or a postgresql:// URI with libpq's own parser.
// Error: TRS010 with libpq's reason, a password never in it; several hosts and
// service= are refused with what to write instead.
[[nodiscard]] Result<Conninfo> parse_conninfo(std::string_view text);

}  // namespace trestle::pg
