#include "tools/trestle/catalog_reader.h"

#include <vector>

#include "base/text.h"
#include "catalog/builder.h"
#include "catalog/queries.h"

namespace trestle::tools {

namespace {

Error failure(PGconn* connection) {
  return {.code = "TRS001",
          .http_status = 503,
          .message = std::string(trim(PQerrorMessage(connection)))};
}

// Null: it failed.
Rows run(PGconn* connection, const Statement& statement) {
  std::vector<const char*> params;
  for (const Param& param : statement.params)
    params.push_back(param ? param->c_str() : nullptr);
  Rows rows(PQexecParams(connection, statement.sql->text.c_str(),
                         static_cast<int>(params.size()), nullptr,
                         params.data(), nullptr, nullptr, 0));
  ExecStatusType status = PQresultStatus(rows.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) return nullptr;
  return rows;
}

bool begin(PGconn* connection) {
  if (run(connection, {.sql = make_sql("begin read only"), .params = {}}) ==
      nullptr)
    return false;
  const SqlRef set = make_sql("select set_config($1, $2, true)");
  for (const Setting& setting : catalog::load_settings())
    if (run(connection,
            {.sql = set, .params = {setting.name, setting.value}}) == nullptr)
      return false;
  return true;
}

void add_rows(catalog::CatalogBuilder& builder, catalog::Query query,
              const PGresult* rows) {
  std::vector<Cell> cells;
  for (int row = 0; row < PQntuples(rows); row++) {
    cells.clear();
    for (int column = 0; column < PQnfields(rows); column++)
      cells.push_back(
          PQgetisnull(rows, row, column)
              ? Cell()
              : Cell(PQgetvalue(rows, row, column),
                     static_cast<std::size_t>(PQgetlength(rows, row, column))));
    builder.add(query, cells);
  }
}

}  // namespace

Result<ReadCatalog> read_catalog(const std::string& conninfo) {
  Result<Connection> connected = connect(conninfo);
  if (!connected.ok()) return std::move(connected).error();
  return read_catalog(connected->get());
}

Result<ReadCatalog> read_catalog(PGconn* connection) {
  if (!begin(connection)) return failure(connection);
  catalog::CatalogBuilder builder;
  const Plan plan = catalog::load_plan();
  for (std::size_t i = 0; i < plan.statements.size(); i++) {
    Rows rows = run(connection, plan.statements[i]);
    if (rows == nullptr) return failure(connection);
    add_rows(builder, static_cast<catalog::Query>(i), rows.get());
  }
  static_cast<void>(run(connection, {.sql = make_sql("commit"), .params = {}}));
  return ReadCatalog{.catalog = std::move(builder).finish(),
                     .user = PQuser(connection)};
}

}  // namespace trestle::tools
