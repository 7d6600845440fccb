// The cookie of `read_your_writes`: where the primary's log stood behind the
// visitor's last write. A read of his goes to a standby only when that has
// replayed as far. The cookie ends by itself when every standby that is read at
// all must have done so.
#pragma once

#include "base/http_message.h"
#include "base/wal_position.h"
#include "http/database.h"

namespace trestle::http {

// Further than any standby gets: the primary itself is to be read.
constexpr WalPosition kNoStandby = ~WalPosition{0};

// How far a standby must be to answer this visitor's reads. 0: no matter.
[[nodiscard]] WalPosition required_position(const Request& request,
                                            const Database& database);

// Set-Cookie behind a write.
[[nodiscard]] Header position_cookie(const Request& request,
                                     const Database& database,
                                     WalPosition position);

// Whether writes in this database have such a cookie.
[[nodiscard]] bool has_position_cookie(const Database& database);

}  // namespace trestle::http
