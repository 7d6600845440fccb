#include "sql/row_wrap.h"

#include <span>
#include <vector>

#include "base/text.h"
#include "sql/sql_parser.h"

namespace trestle {

namespace {

bool is_comment(const SqlToken& token) {
  return token.kind == SqlToken::Kind::line_comment ||
         token.kind == SqlToken::Kind::block_comment;
}

bool begins_main(std::string_view word) {
  for (std::string_view each :
       {"select", "insert", "update", "delete", "values", "table"})
    if (ascii_iequals(word, each)) return true;
  return word == "(";
}

// Where the statement proper begins: behind its WITH clause, or at its first
// token. A word like "insert" is also a fine name of a table expression, but
// then stands behind WITH, RECURSIVE or a comma.
std::optional<std::size_t> main_offset(const std::string& text,
                                       std::span<const SqlToken> tokens,
                                       bool& has_with) {
  std::size_t depth = 0;
  std::string_view before;
  has_with = false;
  for (const SqlToken& token : tokens) {
    if (is_comment(token)) continue;
    std::string_view word = token.in(text);
    if (before.empty() && !ascii_iequals(word, "with"))
      return begins_main(word) ? std::optional(token.begin) : std::nullopt;
    has_with = true;
    // "select" is reserved, so it needs no second look. A parenthesis behind a
    // name opens the name's columns, behind another one's end the statement.
    bool is_sure = before == ")" || ascii_iequals(word, "select");
    if (depth == 0 && is_sure && begins_main(word)) return token.begin;
    if (word == "(") depth++;
    if (word == ")" && depth > 0) depth--;
    before = word;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> wrap_rows(const std::string& statement,
                                     std::string_view select_list,
                                     bool single_row) {
  SqlScan scan = scan_sql(statement);
  bool has_with = false;
  std::optional<std::size_t> main =
      main_offset(statement, scan.tokens, has_with);
  if (!main) return std::nullopt;
  std::string_view text = statement;
  // The line feed ends a line comment that may stand last.
  std::string wrapped =
      concat({has_with ? text.substr(0, *main) : "with ", has_with ? ", " : "",
              kWrappedRow, " as (", text.substr(*main), "\n) select ",
              select_list, " from ", kWrappedRow,
              single_row ? " where (select true from trestle_row)" : ""});
  if (parse_sql(wrapped).fault) return std::nullopt;
  return wrapped;
}

}  // namespace trestle
