// PostgreSQL's own scanner and parser, through libpg_query: tokens of SQL text
// with their places, and the parse tree of one statement. Used at configuration
// load; nothing here is called per request.
//
// Offsets are in bytes from the start of the text that was given.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct PgQuery__ParseResult;

namespace trestle {

// What PostgreSQL says of text it does not take, and where.
struct SqlFault {
  std::string message;
  std::size_t offset = 0;
};

struct SqlToken {
  enum class Kind {
    word,  // identifier or keyword
    quoted_word,
    line_comment,
    block_comment,
    symbol,  // punctuation and operators
    other,   // constants
  };
  Kind kind = Kind::other;
  std::size_t begin = 0;
  std::size_t end = 0;

  // The token's own bytes of the text that was scanned.
  [[nodiscard]] std::string_view in(std::string_view text) const {
    return text.substr(begin, end - begin);
  }
};

struct SqlScan {
  std::vector<SqlToken> tokens;
  std::optional<SqlFault> fault;  // an unfinished string or comment
};

// Splits text into tokens, comments among them, in order and without overlaps.
// `text` holds no NUL byte.
[[nodiscard]] SqlScan scan_sql(const std::string& text);

// The parse tree of SQL text. Move-only owner of libpg_query's message.
class SqlTree {
 public:
  SqlTree() = default;
  explicit SqlTree(PgQuery__ParseResult* result);

  [[nodiscard]] const PgQuery__ParseResult* get() const {
    return result_.get();
  }

 private:
  struct Free {
    void operator()(PgQuery__ParseResult* result) const;
  };
  std::unique_ptr<PgQuery__ParseResult, Free> result_;
};

struct SqlParse {
  SqlTree tree;  // empty when there is a fault
  std::optional<SqlFault> fault;
};

// Parses as PostgreSQL 15 does; relations and functions are not looked up.
// Parameters are $1, $2, ... `text` holds no NUL byte.
[[nodiscard]] SqlParse parse_sql(const std::string& text);

}  // namespace trestle
