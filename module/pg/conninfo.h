// A checked connection string. Everything that libpq would otherwise look up by
// itself (environment, ~/.pgpass, service files, host names) is pinned, so that
// connecting never blocks and never depends on the process.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace trestle::pg {

struct Conninfo {
  // libpq keyword and value, those that were given and those we pin. `options`
  // is apart.
  std::vector<std::pair<std::string, std::string>> keywords;
  std::string host;  // socket folder, numeric address or a name to resolve
  std::string port;
  std::string options;           // of the string's own options=
  int weight = 1;                // of a replica; 0: reads are not sent there
  unsigned max_lag_ms = 10'000;  // of a replica

  // Whether `host` is a name that somebody has to look up.
  [[nodiscard]] bool needs_lookup() const;
};

// Parses "host=... dbname=..." or a postgresql:// URI with libpq's own parser.
// Error: TRS010 with libpq's reason, a password never in it; several hosts and
// service= are refused with what to write instead.
[[nodiscard]] Result<Conninfo> parse_conninfo(std::string_view text);

// The same for a string that may name several servers, as libpq's lists in
// `host`, `hostaddr` and `port` do: one for each. At least one.
[[nodiscard]] Result<std::vector<Conninfo>> parse_conninfos(
    std::string_view text);

// The settings that are the same for every request of a pool, as the startup
// packet's options: formats that the encoders rely on, the statement time-out
// (0: none) and what the string itself asks for in `options`.
[[nodiscard]] std::string startup_options(const Conninfo& conninfo,
                                          std::uint64_t statement_timeout_ms);

}  // namespace trestle::pg
