#include "rest/flat_rows.h"

#include <algorithm>
#include <charconv>

namespace trestle::rest {
namespace {

using Format = BodyFormat::Kind;

// The total, and the mark of a row.
constexpr std::size_t kCountCells = 2;

// A field as in a record's text form (PostgreSQL manual 8.16.6).
void append_record_field(std::string& out, Cell cell) {
  if (is_null(cell)) return;
  bool plain =
      !cell.empty() && cell.find_first_of("\"\\(), \t\n\v\f\r") == Cell::npos;
  if (plain) {
    out.append(cell);
    return;
  }
  out.push_back('"');
  for (char c : cell) {
    if (c == '"' || c == '\\') out.push_back(c);
    out.push_back(c);
  }
  out.push_back('"');
}

}  // namespace

void FlatRows::on_columns(std::span<const ResultColumn> columns) {
  if (counted_) columns = columns.subspan(kCountCells);
  if (format_ != Format::csv) {
    json_ = encode::JsonRows(columns);
    return;
  }
  for (const ResultColumn& column : columns) {
    if (!csv_header_.empty()) csv_header_.push_back(',');
    csv_header_ += column.name;
  }
}

void FlatRows::on_row(std::span<const Cell> cells) {
  if (counted_) {
    std::int64_t total = 0;
    std::from_chars(cells[0].data(), cells[0].data() + cells[0].size(), total);
    total_ = total;
    if (is_null(cells[1])) return;
    cells = cells.subspan(kCountCells);
  }
  ++rows_;
  if (silent_) return;
  switch (format_) {
    case Format::csv:
      return write_csv_row(cells);
    case Format::ndjson:
      return write_line(cells);
    case Format::object:
      if (rows_ == 1) json_.append_object(body_, cells);
      return;
    default:
      body_ += rows_ == 1 ? "[" : ", \n ";
      json_.append_object(body_, cells);
  }
}

void FlatRows::write_csv_row(std::span<const Cell> cells) {
  if (rows_ == 1) body_ += csv_header_;
  body_.push_back('\n');
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) body_.push_back(',');
    append_record_field(body_, cells[i]);
  }
}

// A line feed in JSON is a blank.
void FlatRows::write_line(std::span<const Cell> cells) {
  std::size_t begin = body_.size();
  json_.append_object(body_, cells);
  std::replace(body_.begin() + static_cast<std::ptrdiff_t>(begin), body_.end(),
               '\n', ' ');
  body_.push_back('\n');
}

void FlatRows::finish() {
  if (silent_) return;
  if (format_ == Format::json) body_ += rows_ == 0 ? "[]" : "]";
  if (format_ == Format::csv && rows_ == 0) body_.push_back('\n');
  if (format_ == Format::object && rows_ == 0) body_ += "null";
}

}  // namespace trestle::rest
