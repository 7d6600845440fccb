// The query string's meaning as plain data: what to select, embed, filter and
// sort, as written. Nothing is checked against the catalog yet.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace trestle::rest {

// One step into a JSON value: ->key, ->>key, ->1.
struct JsonStep {
  bool as_text = false;  // ->>
  bool is_index = false;
  std::string key;         // of an object
  std::int64_t index = 0;  // of an array, from its end when negative
};
using JsonPath = std::vector<JsonStep>;

// A column, or a place inside one.
struct Field {
  std::string name;
  JsonPath path;
};

enum class Aggregate { none, avg, count, max, min, sum };

enum class JoinKind { unspecified, left, inner };

// One item of select=: a field, or an embedded resource with items of its own.
struct SelectItem {
  bool embed = false;
  // A field. name "*": all columns; "" with Aggregate::count: count().
  Field field;
  std::string alias;  // empty: none
  std::string cast;   // of the field, before an aggregate; empty: none
  Aggregate aggregate = Aggregate::none;
  std::string aggregate_cast;
  // An embedded resource.
  std::string relation;
  std::string hint;
  JoinKind join = JoinKind::unspecified;
  bool spread = false;
  std::vector<SelectItem> items;
};

enum class Operator {
  eq,
  gte,
  gt,
  lte,
  lt,
  like,
  ilike,
  match,
  imatch,
  neq,
  contains,
  contained,
  overlaps,
  strictly_left,
  strictly_right,
  not_extend_right,
  not_extend_left,
  adjacent,
  in,
  is,
  is_distinct,
  fts,
  plain_fts,
  phrase_fts,
  web_fts,
};

enum class Quantifier { none, any, all };

enum class IsValue { null, not_null, is_true, is_false, unknown };

struct Filter {
  Field field;
  bool negated = false;
  Operator op = Operator::eq;
  Quantifier quantifier = Quantifier::none;
  bool by_column = false;  // eq(column).other: `value` names a column
  IsValue is = IsValue::null;
  std::string language;             // full-text search; empty: default
  std::string value;                // all but in and is
  std::vector<std::string> values;  // in
  // Rest of a function's GET request: a value without an operator.
  bool no_operator = false;
  int slot = 0;  // see QueryParameter::slot
};

// A filter, or `and`/`or` over others.
struct LogicTree {
  bool leaf = true;
  Filter filter;
  bool negated = false;
  bool disjunction = false;
  std::vector<LogicTree> children;
};

struct OrderTerm {
  enum class Direction { unspecified, ascending, descending };
  enum class Nulls { unspecified, first, last };
  std::string relation;  // order by an embedded to-one resource; empty: own
  Field field;
  Direction direction = Direction::unspecified;
  Nulls nulls = Nulls::unspecified;
};

// Names of embedded resources from the root down; empty: the root.
using EmbedPath = std::vector<std::string>;

template <class T>
struct At {
  EmbedPath path;
  T what;
};

// A window of rows. No limit: all that follow.
struct Range {
  std::int64_t offset = 0;
  std::optional<std::int64_t> limit;
  // See QueryParameter::slot.
  int offset_slot = 0;
  int limit_slot = 0;
};

// Where a page begins by keys (cursor.h): behind the row that has these values
// in the columns of the order. The first page has none.
struct Cursor {
  std::string order;  // the mark of the order that it belongs to
  std::vector<std::optional<std::string>> values;
  // Of the first value that is not NULL, the next one's follows; see
  // QueryParameter::slot.
  int slot = 0;
};

struct Query {
  std::vector<SelectItem> select;  // as written; empty text: "*"
  bool has_select = false;
  std::vector<At<Filter>> filters;
  std::vector<At<LogicTree>> logic;
  std::vector<At<std::vector<OrderTerm>>> orders;
  std::vector<At<Range>> ranges;  // limit and offset of each level
  bool has_limit = false;         // of the root
  std::optional<std::vector<std::string>> columns;
  std::optional<std::vector<std::string>> on_conflict;
  // distinct=*: rows that differ; distinct=a,b: the first row of each a, b.
  std::optional<std::vector<std::string>> distinct;
  std::optional<Cursor> after;
  // GET of a function: arguments by name, in order.
  std::vector<std::pair<std::string, std::string>> arguments;
};

}  // namespace trestle::rest
