// A connection for subcommands, which may wait for it, and what PostgreSQL says
// of a statement that it is asked to describe.
#pragma once

#include <libpq-fe.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sql/row_sink.h"

namespace trestle::tools {

struct CloseConnection {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Connection = std::unique_ptr<PGconn, CloseConnection>;
using Rows = std::unique_ptr<PGresult, ClearResult>;

// With libpq's connection string, as `role` unless that is empty. Error:
// PostgreSQL's words.
[[nodiscard]] Result<Connection> connect(std::string_view conninfo,
                                         std::string_view role = {});

// For the rest of the session. Error: PostgreSQL's words.
[[nodiscard]] Result<void> set(PGconn* connection, const Setting& setting);

struct DescribedStatement {
  std::vector<Oid> params;            // types, by position
  std::vector<ResultColumn> columns;  // none of a statement without rows
  std::optional<RunError> error;
};

// Runs nothing. `param_types`: those that are not to be inferred.
[[nodiscard]] DescribedStatement describe(
    PGconn* connection, const std::string& sql,
    const std::vector<Oid>& param_types = {});

}  // namespace trestle::tools
