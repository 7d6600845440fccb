#include "pages/results.h"

#include "encode/json_cell.h"

namespace trestle::pages {

std::string_view variable_of(const FileStatement& statement) {
  if (!statement.name.empty()) return statement.name;
  switch (statement.shape) {
    case ResultShape::one:
      return "row";
    case ResultShape::value:
      return "value";
    case ResultShape::many:
    case ResultShape::exec:
      break;
  }
  return "rows";
}

void Results::on_columns(std::size_t statement,
                         std::span<const ResultColumn> columns) {
  results_[statement].columns.assign(columns.begin(), columns.end());
}

void Results::on_row(std::size_t statement, std::span<const Cell> cells) {
  for (Cell cell : cells)
    results_[statement].cells.push_back(is_null(cell) ? cell
                                                      : arena_.copy(cell));
}

std::size_t Results::count(std::size_t statement) const {
  const Result& result = results_[statement];
  return result.columns.empty() ? 0
                                : result.cells.size() / result.columns.size();
}

bool Results::has_column(std::size_t statement, std::string_view column) const {
  for (const ResultColumn& each : results_[statement].columns)
    if (each.name == column) return true;
  return false;
}

Param Results::cell(std::size_t statement, std::string_view column) const {
  const Result& result = results_[statement];
  for (std::size_t i = 0; i < result.columns.size() && i < result.cells.size();
       i++)
    if (column.empty() || result.columns[i].name == column)
      return is_null(result.cells[i]) ? Param()
                                      : Param(std::string(result.cells[i]));
  return std::nullopt;
}

const Rows& Results::rows(std::size_t statement) {
  Result& result = results_[statement];
  result.rows = {.columns = result.columns,
                 .cells = result.cells.data(),
                 .count = count(statement)};
  return result.rows;
}

Value Results::value(std::size_t statement, ResultShape shape, Arena& arena) {
  const Result& result = results_[statement];
  switch (shape) {
    case ResultShape::many:
      return rows_value(&rows(statement));
    case ResultShape::one:
      return result.cells.empty() ? none() : row_value(&rows(statement), 0);
    case ResultShape::value:
      if (result.cells.empty() || is_null(result.cells[0])) return none();
      return cell_value(arena, result.cells[0], result.columns[0].type);
    case ResultShape::exec:
      break;
  }
  return none();
}

Value Results::plain_value(std::size_t statement, ResultShape shape,
                           Arena& arena) {
  bool is_cell = results_[statement].cells.size() == 1;
  return value(statement, is_cell ? ResultShape::value : shape, arena);
}

void Results::append_json(std::string& out, std::size_t statement,
                          ResultShape shape) const {
  const Result& result = results_[statement];
  std::size_t width = result.columns.size();
  encode::JsonRows json{result.columns};
  if (shape == ResultShape::value) {
    if (result.cells.empty())
      out.append("null");
    else
      json.append_value(out, 0, result.cells[0]);
    return;
  }
  std::span<const Cell> cells = result.cells;
  if (shape == ResultShape::one) {
    if (cells.empty())
      out.append("null");
    else
      json.append_object(out, cells.first(width));
    return;
  }
  out.push_back('[');
  for (std::size_t row = 0; row < count(statement); row++) {
    if (row > 0) out.push_back(',');
    json.append_object(out, cells.subspan(row * width, width));
  }
  out.push_back(']');
}

}  // namespace trestle::pages
