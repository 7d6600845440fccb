// Sessions in a table of the database (session_table): the cookie holds an id
// that nobody guesses, a row the claims. Every request with such a cookie asks
// for its row first, so a session is over the moment the row is gone, whoever
// has deleted it.
//
// Its statements run as the role that connections log in with, which no
// visitor has: only that role needs rights on the table.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sql/statement.h"

namespace trestle {

// Immutable; made when the configuration is loaded.
class SessionTable {
 public:
  // `name` or `schema.name`, not quoted.
  explicit SessionTable(std::string_view table);

  // Ids are those of auth::session_row_id().

  // One row of two columns, the claims' JSON and the end in seconds since 1970;
  // none: there is no such session, or it has expired.
  [[nodiscard]] Statement find(std::string row_id) const;
  // Rows of those that there are: the id, the two columns of find(), and the
  // oid of their table.
  [[nodiscard]] Statement find_all(
      const std::vector<std::string>& row_ids) const;
  // The new session takes the place of `replaced` (NULL: of none), and a few of
  // those that have expired go with it.
  [[nodiscard]] Statement begin(std::string row_id, std::string claims,
                                std::int64_t lifetime_s, Param replaced) const;
  [[nodiscard]] Statement end(std::string row_id) const;

 private:
  SqlRef find_;
  SqlRef find_all_;
  SqlRef begin_;
  SqlRef end_;
};

}  // namespace trestle
