// SqlWriter builds one statement and its parameters side by side. Text enters
// as a compile-time Literal or a quoted identifier; every value becomes $1, $2,
// ..., so input cannot become SQL. One per request, never shared.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/literal.h"
#include "sql/statement.h"

namespace trestle {

// Appends `name` as a quoted identifier: double quotes around it and doubled
// inside (PostgreSQL manual 4.1.1). The one quoting function of the project.
void append_identifier(std::string& out, std::string_view name);

// A text in quotes, whatever standard_conforming_strings is (4.1.2.2).
void append_constant(std::string& out, std::string_view text);

class SqlWriter {
 public:
  SqlWriter& raw(Literal text);
  SqlWriter& ident(std::string_view name);
  // schema.name, both quoted.
  SqlWriter& qualified(std::string_view schema, std::string_view name);
  // Owns the value and writes its $n. `type` 0: PostgreSQL infers it. `origin`:
  // the caller's own mark of what the value came from, see origins().
  SqlWriter& param(Param value, Oid type = 0, int origin = 0);
  // A text constant that is no input: a key of an answer, a name of a type.
  // Quoted as a string (PostgreSQL manual 4.1.2.1).
  SqlWriter& constant(std::string_view text);
  // A number that the program computed (LIMIT, a position), as digits.
  SqlWriter& number(std::int64_t value);
  // Text that PostgreSQL printed as SQL itself and a catalog holds: the name of
  // a type (format_type), an expression (pg_get_expr). Never input.
  SqlWriter& catalog_text(std::string_view text);
  // A part of a statement that stands in a handler file, checked at
  // configuration load. Never input.
  SqlWriter& file_text(std::string_view text);
  // SQL text that another SqlWriter has made of a part without parameters.
  SqlWriter& part(const SqlWriter& other);

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] const std::vector<Param>& params() const { return params_; }
  [[nodiscard]] const std::vector<Oid>& types() const { return types_; }
  // By parameter. Whoever runs a statement again with other values knows by
  // them which value goes where.
  [[nodiscard]] const std::vector<int>& origins() const { return origins_; }

  // The statement; the writer is spent. `scope` as in make_sql().
  [[nodiscard]] Statement finish(std::string_view scope = {}) &&;

 private:
  std::string text_;
  std::vector<Param> params_;
  std::vector<Oid> types_;
  std::vector<int> origins_;
};

}  // namespace trestle
