// The results of a page's statements, kept until it is rendered: templates read
// the cells where they stand here, without a document in between.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pages/arena.h"
#include "pages/value.h"
#include "sql/handler_file.h"
#include "sql/row_sink.h"

namespace trestle::pages {

// The name under which a template finds a result that has none of its own.
[[nodiscard]] std::string_view variable_of(const FileStatement& statement);

class Results {
 public:
  explicit Results(std::size_t statements) : results_(statements) {}

  // As RowSink's.
  void on_columns(std::size_t statement, std::span<const ResultColumn> columns);
  void on_row(std::size_t statement, std::span<const Cell> cells);

  // Bytes of all cells.
  [[nodiscard]] std::size_t bytes() const { return arena_.used(); }
  [[nodiscard]] std::size_t count(std::size_t statement) const;

  // The cell of the first row; an empty `column` is the first one. NULL when
  // there is none.
  [[nodiscard]] Param cell(std::size_t statement,
                           std::string_view column) const;
  [[nodiscard]] bool has_column(std::size_t statement,
                                std::string_view column) const;

  // What the template sees. Borrows from this, may allocate in `arena`.
  [[nodiscard]] Value value(std::size_t statement, ResultShape shape,
                            Arena& arena);
  // A result without a name: its only cell, or what value() says.
  [[nodiscard]] Value plain_value(std::size_t statement, ResultShape shape,
                                  Arena& arena);
  // The same as JSON text.
  void append_json(std::string& out, std::size_t statement,
                   ResultShape shape) const;

 private:
  struct Result {
    std::vector<ResultColumn> columns;
    std::vector<Cell> cells;
    Rows rows;
  };
  [[nodiscard]] const Rows& rows(std::size_t statement);

  std::vector<Result> results_;
  Arena arena_;
};

}  // namespace trestle::pages
