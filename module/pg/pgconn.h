// libpq's connection and result with an owner.
#pragma once

#include <libpq-fe.h>

#include <memory>

namespace trestle::pg {

struct FinishConnection {
  void operator()(PGconn* connection) const noexcept { PQfinish(connection); }
};

using ConnectionHandle = std::unique_ptr<PGconn, FinishConnection>;

struct ClearResult {
  void operator()(PGresult* result) const noexcept { PQclear(result); }
};

using ResultHandle = std::unique_ptr<PGresult, ClearResult>;

}  // namespace trestle::pg
