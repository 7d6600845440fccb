// A .sql handler file: statements with annotations in their line comments and
// parameters as :name (docs/sql-files.md). parse_handler_file() is the one
// reader of the format; trestle_query and pages differ in the annotations they
// allow. Everything is checked at configuration load: each statement goes
// through PostgreSQL's own parser, and a mistake is told as "file:line: what".
//
//   -- @get                      opens a section for a method
//   -- @one product              0 rows: not found; 2 rows: an error
//   select id, name from product where id = :id!::int;
//   -- @many reviews             a list.  @value: a scalar.  @exec: no result
//   select author, body from review where product = :id::int;
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sql/effects.h"
#include "sql/statement.h"

namespace trestle {

// Where the value of a :parameter comes from.
enum class ParamSource {
  named,     // :x          directive, capture, then query string or body
  body,      // :body       the whole body
  claim,     // :claims.x, :session.x
  header,    // :header.x   underscores stand for dashes
  cookie,    // :cookie.x
  variable,  // :var.x      the server's $x
};

struct FileParam {
  ParamSource source = ParamSource::named;
  std::string name;       // without the prefix; dots remain in a claim's path
  bool required = false;  // written with ! at one place at least
  int line = 0;           // of its first use

  // As the file writes it, without the colon: "id", "claims.sub".
  [[nodiscard]] std::string spelling() const;
};

enum class ResultShape { many, one, value, exec };

// An annotation that the parser allows but leaves to its caller.
struct Annotation {
  std::string word;  // without @
  std::string text;  // what follows on the line, trimmed
  int line = 0;
  // Index of the statement that follows it in its section.
  std::size_t before = 0;
};

struct FileStatement {
  int line = 0;  // where it begins
  ResultShape shape = ResultShape::many;
  std::string name;                 // of the result; empty: bare
  std::string text;                 // parameters as $1, $2, ...
  std::vector<std::size_t> params;  // $n is FileSection::params[params[n - 1]]
  StatementFacts facts;
};

// One piece of a header's value: text, or a cell of a result.
struct TemplatePiece {
  std::string text;  // when `statement` is absent
  std::optional<std::size_t> statement = std::nullopt;
  std::string column = {};  // empty: the first
};

struct HeaderTemplate {
  std::string name;
  std::vector<TemplatePiece> value;
};

// What the file does for one method (or all, when it has no sections).
struct FileSection {
  std::string method;  // upper case; empty: the file has no sections
  std::string name;    // of "@post name", where the caller allows names
  int line = 0;
  std::vector<FileParam> params;  // distinct
  std::vector<FileStatement> statements;
  int status = 0;  // 0: the usual one
  std::vector<HeaderTemplate> headers;
  std::optional<std::int64_t> token_s;  // @token: life time in seconds
  bool begins_session = false;          // @session
  bool ends_session = false;            // @session end
  std::vector<Annotation> extras;

  [[nodiscard]] bool writes() const;
  // Statements that answer something: all but @exec.
  [[nodiscard]] std::size_t result_count() const;
};

struct HandlerFile {
  std::string path;
  std::vector<FileSection> sections;

  // The section for a method, HEAD being served by GET's; null: 405. Files
  // without sections serve GET when all they do is read, and the methods that
  // may change something when they write or call functions that might.
  [[nodiscard]] const FileSection* find(std::string_view method,
                                        std::string_view name = {}) const;
  // Upper case, in the order GET, HEAD, POST, PUT, PATCH, DELETE.
  [[nodiscard]] std::vector<std::string_view> methods() const;
};

struct HandlerFileOptions {
  // "@post review" names a section; without it a name is an error.
  bool section_names = false;
  // Words of annotations that go to FileSection::extras.
  std::vector<std::string_view> extras;
};

// The parameters of all sections that ask for a server variable.
[[nodiscard]] std::vector<FileParam> variable_params(const HandlerFile& file);

// `path` is for messages only. Errors: TRS021, message "path:line: what", the
// line with a caret below it in `details`.
[[nodiscard]] Result<HandlerFile> parse_handler_file(
    std::string path, const std::string& text,
    const HandlerFileOptions& options = {});

}  // namespace trestle
