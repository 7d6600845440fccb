// The parts of a catalog: types, relations, keys, functions as plain data, read
// from pg_catalog (PostgreSQL manual, chapter 53). All of it is immutable once
// a Catalog holds it; pointers between the parts stay valid as long as the
// Catalog lives.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sql/statement.h"

namespace trestle::catalog {

// OIDs that PostgreSQL fixes for all time (pg_type.dat), and where others
// begin.
namespace oid {
inline constexpr Oid kBool = 16, kBytea = 17, kInt8 = 20, kInt2 = 21,
                     kInt4 = 23, kText = 25, kJson = 114, kXml = 142,
                     kRecord = 2249, kVoid = 2278, kTsVector = 3614,
                     kJsonb = 3802;
// FirstNormalObjectId, and where initdb's views begin
// (src/include/access/transam.h).
inline constexpr Oid kFirstOfUsers = 16384, kFirstSystemView = 12000;
}  // namespace oid

struct Type {
  enum class Kind {
    base,
    composite,
    domain,
    enumeration,
    pseudo,
    range,
    multirange
  };

  Oid oid = 0;
  std::string schema;
  std::string name;  // as in pg_type: "int4", "_text"
  std::string text;  // format_type(): "integer", "text[]", "api.mood"
  Kind kind = Kind::base;
  char category = 'X';  // pg_type.typcategory: 'N' numeric, 'A' array, ...
  Oid base = 0;         // of a domain: the type below it, maybe a domain too
  Oid element = 0;      // of an array: its elements
  Oid relation = 0;     // of a composite: its pg_class row
  std::vector<std::string> labels;  // of an enum, in order
};

struct Column {
  std::string name;
  Oid type = 0;
  std::string type_text;  // with its modifier: "character varying(20)"
  std::string type_name;  // without: "character varying"
  std::int16_t number = 0;
  bool nullable = true;
  bool has_default = false;  // DEFAULT, identity or generated
  bool generated = false;    // GENERATED ALWAYS AS (..) STORED: never written
  char identity = '\0';      // 'a' always, 'd' by default, '\0' none
  std::string default_text;  // the expression; empty when none
  std::optional<int> max_length;  // of char(n) and varchar(n)
  std::optional<std::string> comment;
};

// Positions in Relation::columns.
using ColumnIndexes = std::vector<std::uint16_t>;

struct Key {
  std::string name;
  ColumnIndexes columns;
};

struct Relation {
  enum class Kind { table, partitioned, view, materialized, foreign };

  Oid oid = 0;
  Oid row_type = 0;  // pg_type of its rows
  std::string schema;
  std::string name;
  Kind kind = Kind::table;
  bool is_partition = false;  // a part of a partitioned table
  bool insertable = false;
  bool updatable = false;
  bool deletable = false;
  bool row_security = false;
  bool has_update_trigger = false;  // BEFORE UPDATE: it may fill columns in
  std::optional<std::string> comment;
  std::vector<Column> columns;
  // Of a view: the key of the table below, when the view shows all of it.
  ColumnIndexes primary_key;
  // Unique constraints and unique indexes of whole columns, primary key too.
  std::vector<Key> unique_keys;

  // Null when there is no such column.
  [[nodiscard]] const Column* find_column(std::string_view column) const;
  // Its position, or -1.
  [[nodiscard]] int column_index(std::string_view column) const;
  [[nodiscard]] bool is_view() const {
    return kind == Kind::view || kind == Kind::materialized;
  }
  [[nodiscard]] bool in_primary_key(std::string_view column) const;

  // Made by the builder.
  std::unordered_map<std::string_view, std::uint16_t> column_by_name;
};

// A foreign key as declared: from.columns reference to.columns, pairwise.
struct ForeignKey {
  std::string name;
  const Relation* from = nullptr;
  const Relation* to = nullptr;
  ColumnIndexes from_columns;
  ColumnIndexes to_columns;
  // The referencing columns hold a unique key: at most one row refers.
  bool one_to_one = false;
};

struct Function;

// Names of columns that are equal on both sides.
using ColumnPairs = std::vector<std::pair<std::string, std::string>>;

// The way from rows of `from` to rows of `to`: a foreign key seen from one of
// its ends (also through views), two of them through a junction, or a function.
struct Relationship {
  enum class Kind {
    many_to_one,
    one_to_many,
    one_to_one,
    many_to_many,
    computed
  };

  struct Junction {
    const Relation* relation = nullptr;
    std::string from_constraint;  // refers to `from`
    std::string to_constraint;    // refers to `to`
    ColumnPairs from_columns;     // (from's, junction's)
    ColumnPairs to_columns;       // (to's, junction's)
  };

  Kind kind = Kind::many_to_one;
  const Relation* from = nullptr;
  const Relation* to = nullptr;
  std::string constraint;  // of the foreign key; of a junction: empty
  ColumnPairs columns;     // (from's, to's); of a junction: empty
  bool refers = false;     // one_to_one: `from` holds the foreign key
  bool through_view = false;
  Junction junction;
  const Function* function = nullptr;  // of a computed one
  bool to_one = false;                 // at most one row of `to`
};

struct Parameter {
  std::string name;  // empty: unnamed
  Oid type = 0;
  std::string type_text;
  bool has_default = false;
  bool variadic = false;
};

struct OutColumn {
  std::string name;
  Oid type = 0;
};

struct Function {
  enum class Volatility { immutable, stable, volatile_ };

  Oid oid = 0;
  std::string schema;
  std::string name;
  std::optional<std::string> comment;
  std::vector<Parameter> parameters;   // input ones, in order
  std::vector<OutColumn> out_columns;  // OUT, INOUT and TABLE ones
  Oid returns = 0;
  bool returns_set = false;
  double estimated_rows = 0;  // pg_proc.prorows
  Volatility volatility = Volatility::volatile_;
  // ALTER FUNCTION .. SET, in order; names in lower case.
  std::vector<std::pair<std::string, std::string>> settings;

  [[nodiscard]] bool variadic() const {
    return !parameters.empty() && parameters.back().variadic;
  }
};

// A cast between json or text and a domain (CREATE CAST .. WITH FUNCTION): how
// values of the domain look from outside.
struct Representation {
  Oid source = 0;
  Oid target = 0;
  std::string function_schema;
  std::string function;
};

// A function or aggregate whose result is a domain with the name of a media
// type: it makes bodies of that type from rows of `relation` (null: any).
struct MediaHandler {
  std::string media_type;  // the domain's name; "*/*" answers everything
  std::string schema;      // of the function
  std::string function;
  std::string type_schema;  // where the domain is
  Oid row_type = 0;         // argument: pg_type of a relation's rows, 0: any
  bool aggregate = false;
};

// A row of a table whose rows are the values of an enum.
struct EnumRow {
  std::string value;
  std::string description;
};

// ALTER ROLE .. SET of the roles that the login role may take on.
struct RoleSettings {
  std::string role;
  std::vector<std::pair<std::string, std::string>> settings;
};

}  // namespace trestle::catalog
