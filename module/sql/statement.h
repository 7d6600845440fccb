// Statements with their parameters, and the Plan that every front-end makes of
// a request: what pg/ runs and http/ answers. Plain data, no I/O.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace trestle {

using Oid = std::uint32_t;

// One parameter in PostgreSQL's text format, or NULL. Holds no NUL byte: libpq
// takes C strings, so whoever reads input refuses it (400).
using Param = std::optional<std::string>;

// The text of a statement, shared by all requests that run it. Immutable.
struct Sql {
  std::string text;              // UTF-8, parameters as $1, $2, ...
  std::vector<Oid> param_types;  // by position; 0 or absent: PostgreSQL infers
  // Name under which connections prepare it: a function of text, types,
  // catalog generation and, where row security matters, role. Empty: parsed
  // anew each time (statements that will hardly come again).
  std::string name;
  // Its columns may become others while it is prepared (tie_rows()): they are
  // asked for in each run.
  bool columns_vary = false;
};

using SqlRef = std::shared_ptr<const Sql>;

// Builds an Sql with its name. `scope` tells apart statements of equal text
// that must not share a plan (catalog generation, role).
[[nodiscard]] SqlRef make_sql(std::string text,
                              std::vector<Oid> param_types = {},
                              std::string_view scope = {});

struct Statement {
  SqlRef sql;
  std::vector<Param> params;
};

// What a plan may do to the database.
enum class Access { read, write };

// Whether everything a plan can reach is known to leave no trace in its
// session (docs/architecture.md, invariant 4). In doubt: unknown. sequences:
// all that may stay is what currval() and lastval() tell. In the order of dirt.
enum class Effects { clean, sequences, unknown };

// The work of one request: its statements run in order, in one transaction.
struct Plan {
  // How the transaction ends when every statement has run well. `rollback`
  // forces an explicit block: SET CONSTRAINTS ALL IMMEDIATE, so that deferred
  // errors still show, then ROLLBACK.
  enum class End { commit, rollback };

  std::vector<Statement> statements;
  Access access = Access::write;
  Effects effects = Effects::unknown;
  // "": PostgreSQL's default. Else the words behind ISOLATION LEVEL; forces an
  // explicit transaction block.
  std::string_view isolation;
  End end = End::commit;
  // The statements are described, not run: their columns come, and no row.
  bool describes = false;
  // What connections have prepared may be as old as a run that has failed.
  bool prepares_anew = false;
};

// Settings of one request (role, claims, request facts), valid until the end of
// its transaction. In the order in which they are set; `role` comes first.
struct Setting {
  std::string name;
  std::string value;
};
using Settings = std::vector<Setting>;

}  // namespace trestle
