// A schema that a file gives (schema first): type definitions whose root fields
// are bound to SQL files and internal locations by directives. Read at
// configuration load; every mistake is told as "file:line: what".
//
//   type Query {
//     user: User @sql(file: "user.sql")          # :claims.sub inside
//     stock(id: Int!): Int @sql(file: "stock.sql", database: "warehouse")
//     price(id: Int!): Price @http(location: "/price/$id")
//   }
//   type User @table(name: "users") { id: ID! name: String posts: [Post!] }
//   type Post @table(name: "posts") {
//     title: String
//     votes: Int @sql(file: "votes.sql")          # :id is the post's
//   }
//
// A field of an object is, in this order: what its own @sql answers, with the
// fields of its object as parameters; between two types with @table the
// relationship of that name in the database; else the column of that name in
// the row (JSON, where the field is an object).
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "graphql/schema.h"
#include "sql/handler_file.h"

namespace trestle::graphql {

// Values of Field::binding.kind; the target is a BoundSql or a BoundHttp.
namespace sdl_bind {
enum Kind : std::uint32_t { row, sql, http, relationship };
}

// The statement of an SQL file, cut at its parameters.
struct BoundSql {
  struct Piece {
    std::string text;                      // what stands before the parameter
    std::optional<std::size_t> parameter;  // of the section's params
  };
  FileSection section;  // with one statement
  std::vector<Piece> pieces = {};
  // By parameter: the field of the surrounding object that gives it; empty:
  // an argument, a claim, a header ...
  std::vector<std::string_view> from_row = {};
  std::string database = {};  // empty: the location's
};

// A path with arguments in it, to be asked by a subrequest.
struct BoundHttp {
  struct Piece {
    std::string text;
    std::string argument;  // follows the text; empty: nothing does
  };
  std::vector<Piece> pieces = {};
};

struct SdlSchema {
  std::unique_ptr<Schema> schema;
  std::deque<BoundSql> sql;
  std::deque<BoundHttp> http;
  // The table that an object type stands for, by its name in the schema that
  // the database's catalog makes.
  std::unordered_map<const Type*, std::string> tables;
};

struct SdlFiles {
  // Reads the SQL file of that name; it stands beside the schema file.
  std::function<Result<std::string>(std::string_view name)> read;
  // Whether there is a database of that name.
  std::function<bool(std::string_view name)> has_database;
};

// Errors: TRS021.
[[nodiscard]] Result<std::unique_ptr<SdlSchema>> read_sdl(
    std::string_view path, std::string_view text, const SdlFiles& files);

}  // namespace trestle::graphql
