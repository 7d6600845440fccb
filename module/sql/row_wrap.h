// The same statement under another select list: its rows become a common table
// expression, so that the server can be asked for to_json() of them, or for
// there being one row at most.
//
//   with a as (..) update t .. returning *
//   with a as (..), trestle_row as (update t .. returning *) select LIST from
//   ..
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace trestle {

inline constexpr std::string_view kWrappedRow = "trestle_row";

// `select_list` names the columns of trestle_row and is SQL made by us alone.
// With `single_row` the server raises cardinality_violation (21000) for a
// second row, which undoes the statement's changes. nullopt: the statement
// cannot stand in a WITH clause (SHOW, CALL, EXPLAIN ...). Used at
// configuration load and once per statement after it; parses the outcome to be
// sure of it.
[[nodiscard]] std::optional<std::string> wrap_rows(const std::string& statement,
                                                   std::string_view select_list,
                                                   bool single_row);

}  // namespace trestle
