// A place in PostgreSQL's write-ahead log (manual, pg_lsn): what tells whether
// a standby has caught up with a write.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace trestle {

using WalPosition = std::uint64_t;  // 0: none

// "16/B374D848". nullopt: not in that form.
[[nodiscard]] std::optional<WalPosition> parse_wal_position(
    std::string_view text);
[[nodiscard]] std::string wal_position_text(WalPosition position);

}  // namespace trestle
