// The third stage: a plan as statements. Nothing here can fail; values are
// parameters, names were looked up or are quoted.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rest/plan.h"
#include "sql/sql_writer.h"
#include "sql/statement.h"

namespace trestle::rest {

// The columns of the main statement's only row, in order. Columns of Location
// follow.
enum class ResultCell {
  total,     // bigint, NULL: not counted
  rows,      // of this answer
  body,      // text, or bytea
  headers,   // setting response.headers, NULL: none
  status,    // setting response.status, NULL: none
  inserted,  // of an upsert: rows that were new
  check,     // NULL; what must not be answered fails here
  location,  // first of the columns of Location; of a read: write_last_asides()
};

// What a check of a statement says when it fails: a cast of a text that begins
// so is refused by PostgreSQL, which rolls everything back.
inline constexpr std::string_view kCheckSingular = "trestle-PGRST116-";
inline constexpr std::string_view kCheckAffected = "trestle-PGRST124-";
inline constexpr std::string_view kCheckPut = "trestle-PGRST115-";
inline constexpr std::string_view kCheckNested = "trestle-TRS251-";
inline constexpr std::string_view kCheckMatch = "trestle-TRS250-";
inline constexpr std::string_view kCheckHeaders = "trestle-PGRST111-";
inline constexpr std::string_view kCheckStatus = "trestle-PGRST112-";

// Origins of parameters: the number of a slot (shape_key.h), 0 for what is the
// same in all requests of a shape, this for what is not and has no slot.
inline constexpr int kOnce = -1;

// The main statement.
[[nodiscard]] SqlWriter write_main(const RestPlan& plan);
// sql_flat.cc: the rows of a flat read as they are. When counted, two cells
// come before a row's own: the total, and a mark that is NULL where there is no
// row but a total alone.
[[nodiscard]] SqlWriter write_flat(const RestPlan& plan);
// A change whose rows, if any are asked for, are what it returns
// (plan_flat_change()).
[[nodiscard]] SqlWriter write_flat_change(const RestPlan& plan);
[[nodiscard]] bool is_flat_counted(const RestPlan& plan);
// What SQL wants of the response so far: response.headers, response.status.
[[nodiscard]] SqlWriter write_response_settings();
// The rows without limits, for EXPLAIN (count=planned, estimated).
[[nodiscard]] SqlWriter write_explained_count(const RestPlan& plan);
// select "schema"."function"()
[[nodiscard]] SqlWriter write_pre_request(std::string_view function);

// --- parts
// -----------------------------------------------------------------------

// sql.cc: select count(*) as "total" from ..: all rows that the filters leave.
void write_count(SqlWriter& sql, const RestPlan& plan);
// The settings response.headers and response.status, NULL where not set.
void write_response_cells(SqlWriter& sql);

// sql_fields.cc
void write_field(SqlWriter& sql, std::string_view alias,
                 const PlanField& field);
void write_cast_type(SqlWriter& sql, std::string_view type);
void write_call_of(SqlWriter& sql, const Representation& representation);

// sql_filter.cc. `inside`: name of the rows that fields belong to.
// `counting`: embedded resources are asked for by EXISTS, not by their joins.
void write_filter_tree(SqlWriter& sql, const ReadNode& node,
                       std::string_view inside, const PlanLogic& logic,
                       bool counting);
// What a filter compares: its field, or an aggregate of the node's columns.
struct LeftSide {
  const ReadNode* node = nullptr;  // null: the filter's field
  const SelectColumn* aggregate = nullptr;

  void write(SqlWriter& sql, std::string_view inside,
             const PlanFilter& planned) const;
};
void write_comparison(SqlWriter& sql, std::string_view inside,
                      const PlanFilter& planned, const LeftSide& left);
[[nodiscard]] std::string array_literal(const std::vector<std::string>& items);
// like's and ilike's value: * stands for %.
[[nodiscard]] std::string pattern_of(std::string value);

// sql_page.cc: what is told of rows, as the first columns of a level.
void write_asides(SqlWriter& sql, const ReadNode& node);
// The same of the last row alone, as one JSON array: where the rows are none of
// the statement's own.
void write_last_asides(SqlWriter& sql, const RestPlan& plan);
// The rows behind a cursor, as a condition.
void write_after(SqlWriter& sql, const ReadNode& node);
// What If-Match asks of a row, when it names versions.
[[nodiscard]] bool asks_version(const WritePlan& write);
void write_version_condition(SqlWriter& sql, const WritePlan& write);

// sql_nested.cc: a plan whose `nested` is set.
void write_nested(SqlWriter& sql, const ReadNode& root);

// sql_read.cc: one level with all below it. As a subquery without parentheses.
void write_level(SqlWriter& sql, const ReadNode& node, const ReadNode* parent);
// select 1 from .. where ..: what is counted, or tested by EXISTS.
void write_existence(SqlWriter& sql, const ReadNode& node,
                     const ReadNode* parent);
void write_limit(SqlWriter& sql, const Range& range);
void write_order(SqlWriter& sql, const ReadNode& node);
void write_order_terms(SqlWriter& sql,
                       const ReadNode& node);  // its terms alone
// The pieces of which a nested read is put together: all behind the select list
// of a root, and one joined level with those below it. `columns`: (parent's,
// child's).
void write_rows_of(SqlWriter& sql, const ReadNode& node);
void write_joined(SqlWriter& sql, const ReadNode& child,
                  std::string_view parent_alias,
                  const catalog::ColumnPairs& columns);

// sql_select.cc: a, b, ..: what a level selects, behind SELECT or RETURNING.
void write_select_list(SqlWriter& sql, const ReadNode& node);
// The values in it: a column's, and a lateral child's.
void write_column_value(SqlWriter& sql, const ReadNode& node,
                        const SelectColumn& column);
void write_child_value(SqlWriter& sql, const ReadNode& child);
// An embedded resource without items is joined for its filters only.
[[nodiscard]] bool is_shown(const ReadNode& child);

// sql_write.cc: with "trestle_written" as (..)
void write_written(SqlWriter& sql, const WritePlan& write);
// INSERT, UPDATE or DELETE without RETURNING.
void write_change(SqlWriter& sql, const WritePlan& write);
// An update that sets nothing, so that nothing is to be touched.
[[nodiscard]] bool changes_nothing(const WritePlan& write);
// An upsert that has to tell how many of its rows were new.
[[nodiscard]] bool counts_inserted(const WritePlan& write);
// Its parts: the value of a column in the body's row "trestle_body", what that
// row is made of, and an object of the columns' defaults.
void write_body_value(SqlWriter& sql, const WriteColumn& column);
void write_body_columns(SqlWriter& sql,
                        const std::vector<WriteColumn>& columns);
void write_defaults(SqlWriter& sql, const std::vector<WriteColumn>& columns);
// sql_nested_insert.cc: the statements that insert, parents first, and the rows
// of a level that has been inserted: select .. from ..
[[nodiscard]] std::vector<SqlWriter> write_nested_inserts(
    const WritePlan& write);
void write_nested_rows(SqlWriter& sql, const WritePlan& write,
                       std::size_t level);
// sql_call.cc: with "trestle_called" as (..)
void write_called(SqlWriter& sql, const CallPlan& call);

}  // namespace trestle::rest
