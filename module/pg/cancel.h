// A cancel request in a thread: libpq's PQcancel opens a connection of its own
// and waits for the server to close it. It cancels whatever the backend runs
// when it arrives, so the connection stays out of use until it has returned.
#pragma once

#include <memory>

#include "base/callback.h"
#include "pg/loop.h"
#include "pg/pgconn.h"

namespace trestle::pg {

// One request under way. Its owner shares it with the thread's job and clears
// `on_returned` when it does not care any more.
struct CancelTicket {
  Callback on_returned;
  bool returned = false;
};

using CancelTicketRef = std::shared_ptr<CancelTicket>;

// Starts one; `on_returned` is called from the loop when it has returned,
// whatever it did. Null: no thread could take it.
[[nodiscard]] CancelTicketRef start_cancel(Loop& loop, PGconn* connection,
                                           Callback on_returned);

}  // namespace trestle::pg
