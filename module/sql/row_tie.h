// A prepared statement and the relations whose rows it takes from functions.
//
// PostgreSQL prepares a statement anew when a relation that it names has
// changed. What it takes from a function that answers rows of a relation, or
// makes with a relation's type, names the function or the type: there the
// statement stays as it was, and when the body of the function is taken into
// the plan, columns of the new types meet operators and encoders for the old
// ones. So each such relation is named in front, in a query that nobody reads
// and that PostgreSQL neither runs nor asks rights for:
//
//   with "trestle_types" as (select from "api"."item") select ..
//   with "trestle_types" as (select '16393'::pg_catalog.regclass) select ..
//
// By its name, it is locked before the statement is looked at, so that it
// cannot change under it. That takes the right to use its schema. Its number
// takes none; what changes while the statement is planned is noticed by the
// columns, which are asked for in each run (Sql::columns_vary).
#pragma once

#include <span>
#include <string_view>

#include "sql/statement.h"

namespace trestle {

struct RowSource {
  Oid oid = 0;
  std::string_view schema = {};
  std::string_view name = {};  // empty: only its number may be told
};

// Null: there is nothing to tie, or the statement cannot be. A change without a
// WITH clause of its own cannot, for a rule on its table may forbid one; but
// the query that an INSERT takes its rows from can.
[[nodiscard]] SqlRef tie_rows(const Sql& sql,
                              std::span<const RowSource> sources);

}  // namespace trestle
