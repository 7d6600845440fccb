// libpq's connection with an owner.
#pragma once

#include <libpq-fe.h>

#include <memory>

namespace trestle::pg {

struct FinishConnection {
  void operator()(PGconn* connection) const noexcept { PQfinish(connection); }
};

using ConnectionHandle = std::unique_ptr<PGconn, FinishConnection>;

}  // namespace trestle::pg
