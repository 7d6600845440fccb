// :name parameters in a statement of a handler file, and their rewriting to
// $1, $2, ... Tokens are PostgreSQL's own, so strings, dollar quotes, comments
// and :: casts are never touched. A colon directly followed by a name is a
// parameter; a column as an array slice's bound needs a blank (a[1 : n]).
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sql/sql_parser.h"

namespace trestle {

struct BoundStatement {
  std::string text;                 // with $n
  std::vector<std::string> names;   // $n is names[n - 1], as written
  std::vector<bool> required;       // by name: has a ! somewhere
  std::vector<std::size_t> places;  // by name: offset of its first use

  // Where a byte of `text` stood in the source.
  [[nodiscard]] std::size_t source_offset(std::size_t offset) const;

  // Pairs of offsets (text, source); between two of them both run alike.
  std::vector<std::pair<std::size_t, std::size_t>> anchors;
};

// `tokens` are those of one statement in `source`. A fault's offset is one of
// the source.
struct BindOutcome {
  BoundStatement bound;
  std::optional<SqlFault> fault;
};
[[nodiscard]] BindOutcome bind_params(const std::string& source,
                                      std::span<const SqlToken> tokens);

}  // namespace trestle
