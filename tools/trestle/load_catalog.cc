#include "tools/trestle/load_catalog.h"

#include <libpq-fe.h>

#include <memory>
#include <vector>

#include "base/text.h"
#include "catalog/builder.h"
#include "catalog/queries.h"

namespace trestle::tools {
namespace {

struct Close {
  void operator()(PGconn* connection) const { PQfinish(connection); }
  void operator()(PGresult* result) const { PQclear(result); }
};
using Connection = std::unique_ptr<PGconn, Close>;
using RowsOf = std::unique_ptr<PGresult, Close>;

Error failed(const Connection& connection) {
  std::string message(trim(PQerrorMessage(connection.get())));
  return {.code = "TRS000", .http_status = 500, .message = std::move(message)};
}

Result<RowsOf> run(const Connection& connection, const std::string& text,
                   const std::vector<Param>& params = {}) {
  std::vector<const char*> values;
  for (const Param& param : params)
    values.push_back(param ? param->c_str() : nullptr);
  RowsOf rows(PQexecParams(connection.get(), text.c_str(),
                           static_cast<int>(values.size()), nullptr,
                           values.data(), nullptr, nullptr, 0));
  ExecStatusType status = PQresultStatus(rows.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
    return failed(connection);
  return rows;
}

void add_rows(const PGresult& rows, catalog::Query query,
              catalog::CatalogBuilder& builder) {
  const int columns = PQnfields(&rows);
  std::vector<Cell> cells(static_cast<std::size_t>(columns));
  for (int row = 0; row < PQntuples(&rows); ++row) {
    for (int column = 0; column < columns; ++column) {
      Cell& cell = cells[static_cast<std::size_t>(column)];
      cell =
          PQgetisnull(&rows, row, column) != 0
              ? Cell()
              : Cell(PQgetvalue(&rows, row, column),
                     static_cast<std::size_t>(PQgetlength(&rows, row, column)));
    }
    builder.add(query, cells);
  }
}

}  // namespace

Result<catalog::CatalogRef> load_catalog(const std::string& conninfo) {
  Connection connection(PQconnectdb(conninfo.c_str()));
  if (PQstatus(connection.get()) != CONNECTION_OK) return failed(connection);
  Result<RowsOf> begun = run(connection, "begin read only");
  if (!begun.ok()) return std::move(begun).error();
  for (const Setting& setting : catalog::load_settings()) {
    Result<RowsOf> set = run(connection, "select set_config($1, $2, true)",
                             {setting.name, setting.value});
    if (!set.ok()) return std::move(set).error();
  }
  catalog::CatalogBuilder builder;
  Plan plan = catalog::load_plan();
  for (std::size_t i = 0; i < plan.statements.size(); ++i) {
    const Statement& statement = plan.statements[i];
    Result<RowsOf> rows =
        run(connection, statement.sql->text, statement.params);
    if (!rows.ok()) return std::move(rows).error();
    add_rows(**rows, static_cast<catalog::Query>(i), builder);
  }
  return std::move(builder).finish();
}

}  // namespace trestle::tools
