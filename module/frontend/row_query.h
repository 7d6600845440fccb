// The rows of one table that a client follows: a filter and a choice of columns
// in the language of a front-end, as statements. What follows rows (live/,
// http/) and what knows the language (rest/) meet here.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalog/catalog.h"
#include "sql/statement.h"

namespace trestle {

struct RowRequest {
  std::string table;   // in one of the exposed schemas, in their order
  std::string filter;  // a query string of filters: "id=gt.7&status=eq.open"
  std::string select;  // "id,total"; empty: all columns
};

// The values of a row's primary key in PostgreSQL's text form, in the order of
// RowQuery::key().
using RowKey = std::vector<std::string>;

// Every matching row has this value in that column; the type is one whose text
// form says all (integers, uuid, boolean).
struct RowEquality {
  std::string column;
  Oid type = 0;
  std::string value;
};

class RowQuery {
 public:
  virtual ~RowQuery() = default;

  // A table with a primary key. Lives as long as this.
  [[nodiscard]] virtual const catalog::Relation& relation() const = 0;
  [[nodiscard]] virtual std::span<const catalog::Column* const> key() const = 0;
  [[nodiscard]] virtual std::span<const RowEquality> equalities() const = 0;
  // The equalities are all that the filter asks for.
  [[nodiscard]] virtual bool has_only_equalities() const = 0;
  // The table's columns that are shown, one for each column of a row; empty:
  // some of them are not the columns themselves (casts, members of json).
  [[nodiscard]] virtual std::span<const std::string> shown() const = 0;

  // Answer rows whose last columns are the key's, as text; those before can be
  // encoded as JSON by their types (encode::JsonRows).
  [[nodiscard]] virtual Statement all(std::size_t limit) const = 0;
  [[nodiscard]] virtual Statement of_keys(
      std::span<const RowKey> keys) const = 0;

  // What is to be set for them besides role and claims.
  [[nodiscard]] virtual const Settings& settings() const = 0;
  [[nodiscard]] virtual Effects effects() const = 0;
};

class RowQueryPlanner {
 public:
  virtual ~RowQueryPlanner() = default;

  // Errors: those of the language, TRS63x for what cannot be followed. `role`
  // is whom the statements will run as.
  [[nodiscard]] virtual Result<std::shared_ptr<const RowQuery>> plan_rows(
      catalog::CatalogRef catalog, const RowRequest& request,
      std::string_view role) const = 0;
};

}  // namespace trestle
