#include "tools/trestle/database.h"

#include "base/text.h"

namespace trestle::tools {

namespace {

RunError error_of(const PGresult* result) {
  RunError error;
  const char* sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  error.sqlstate = sqlstate == nullptr ? "" : sqlstate;
  error.message = message == nullptr ? PQresultErrorMessage(result) : message;
  return error;
}

}  // namespace

Result<Connection> connect(std::string_view conninfo, std::string_view role) {
  Connection connection(PQconnectdb(std::string(conninfo).c_str()));
  if (PQstatus(connection.get()) != CONNECTION_OK)
    return Error{
        .code = "TRS001",
        .http_status = 503,
        .message = std::string(trim(PQerrorMessage(connection.get())))};
  if (role.empty()) return connection;
  Result<void> done =
      set(connection.get(), {.name = "role", .value = std::string(role)});
  if (!done.ok()) return std::move(done).error();
  return connection;
}

Result<void> set(PGconn* connection, const Setting& setting) {
  const char* values[] = {setting.name.c_str(), setting.value.c_str()};
  Rows done(PQexecParams(connection, "select set_config($1, $2, false)", 2,
                         nullptr, values, nullptr, nullptr, 0));
  if (PQresultStatus(done.get()) != PGRES_TUPLES_OK)
    return Error{.code = "TRS001", .message = error_of(done.get()).message};
  return {};
}

DescribedStatement describe(PGconn* connection, const std::string& sql,
                            const std::vector<Oid>& param_types) {
  DescribedStatement told;
  Rows prepared(PQprepare(connection, "", sql.c_str(),
                          static_cast<int>(param_types.size()),
                          param_types.data()));
  if (PQresultStatus(prepared.get()) != PGRES_COMMAND_OK) {
    told.error = error_of(prepared.get());
    return told;
  }
  Rows described(PQdescribePrepared(connection, ""));
  for (int i = 0; i < PQnparams(described.get()); i++)
    told.params.push_back(PQparamtype(described.get(), i));
  for (int i = 0; i < PQnfields(described.get()); i++)
    told.columns.push_back({.name = PQfname(described.get(), i),
                            .type = PQftype(described.get(), i)});
  return told;
}

}  // namespace trestle::tools
