#include "encode/csv.h"

namespace trestle::encode {

namespace {

void append_field(std::string& out, Cell cell) {
  if (is_null(cell)) return;
  if (!cell.empty() && cell.find_first_of(",\"\r\n") == Cell::npos) {
    out.append(cell);
    return;
  }
  out.push_back('"');
  for (char c : cell) {
    if (c == '"') out.push_back('"');
    out.push_back(c);
  }
  out.push_back('"');
}

}  // namespace

void append_csv_header(std::string& out,
                       std::span<const ResultColumn> columns) {
  for (std::size_t i = 0; i < columns.size(); i++) {
    if (i > 0) out.push_back(',');
    append_field(out, columns[i].name);
  }
  out.append("\r\n");
}

void append_csv_row(std::string& out, std::span<const Cell> cells) {
  for (std::size_t i = 0; i < cells.size(); i++) {
    if (i > 0) out.push_back(',');
    append_field(out, cells[i]);
  }
  out.append("\r\n");
}

}  // namespace trestle::encode
