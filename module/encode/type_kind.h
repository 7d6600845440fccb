// PostgreSQL's built-in types by how to_json() writes them. One look-up by OID;
// the numbers are those of PostgreSQL 12 to 17's pg_type.dat, which never
// changes the number of a type.
#pragma once

#include <cstdint>
#include <string_view>

#include "sql/statement.h"

namespace trestle::encode {

enum class TypeKind : std::uint8_t {
  unknown,      // user types, composites, pseudo-types: ask to_json()
  text,         // quoted as it is
  boolean,      // t, f
  number,       // as it is; NaN and Infinity quoted
  json,         // as it is
  timestamp,    // T between date and time
  timestamptz,  // the same, and minutes in the zone
  vector,       // int2vector: numbers with blanks between
  text_vector,  // oidvector: the same, quoted
};

struct ColumnType {
  TypeKind kind = TypeKind::unknown;  // of the element when is_array
  bool is_array = false;
  char delimiter = ',';  // between elements in the array's text form
};

// The type of a result's column, as its RowDescription gives it: a domain comes
// as its base type.
[[nodiscard]] ColumnType column_type(Oid oid);

// False: the text form does not say enough (composites, arrays of them, types
// with a cast to json); such a column is asked for as to_json(column).
[[nodiscard]] inline bool can_encode(Oid oid) {
  return column_type(oid).kind != TypeKind::unknown;
}

}  // namespace trestle::encode
