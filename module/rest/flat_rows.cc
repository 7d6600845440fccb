#include "rest/flat_rows.h"

#include <algorithm>
#include <charconv>

#include "rest/sql.h"

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

FlatRows::FlatRows(const RestPlan& plan, bool silent)
    : format_(plan.format.kind),
      counted_(is_flat_counted(plan)),
      silent_(silent) {
  if (plan.nested) nested_.emplace(plan.read);
}

void FlatRows::on_columns(std::span<const ResultColumn> columns) {
  if (counted_) columns = columns.subspan(kCountCells);
  if (nested_) {
    nested_->on_columns(columns);
    return;
  }
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
  if (nested_ && nested_->gathers())
    nested_->on_row(cells, body_);
  else
    add_row(cells);
}

void FlatRows::add_row(std::span<const Cell> cells) {
  ++rows_;
  if (silent_) return;
  if (format_ == Format::csv) return write_csv_row(cells);
  if (format_ == Format::ndjson) return write_line(cells);
  if (format_ == Format::object && rows_ > 1) return;
  begin_row();
  append_object(cells);
}

// What stands before a row in an array.
void FlatRows::begin_row() {
  if (format_ == Format::json) body_ += rows_ == 1 ? "[" : ", \n ";
}

void FlatRows::append_object(std::span<const Cell> cells) {
  if (nested_)
    nested_->on_row(cells, body_);
  else
    json_.append_object(body_, cells);
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
  append_object(cells);
  end_line(begin);
}

void FlatRows::end_line(std::size_t begin) {
  std::replace(body_.begin() + static_cast<std::ptrdiff_t>(begin), body_.end(),
               '\n', ' ');
  body_.push_back('\n');
}

// The rows that were gathered, now that they are whole.
void FlatRows::add_gathered() {
  std::size_t count = nested_->gathered();
  for (std::size_t i = 0; i < count; ++i) {
    ++rows_;
    if (silent_ || (format_ == Format::object && rows_ > 1)) continue;
    begin_row();
    std::size_t begin = body_.size();
    nested_->append_kept(i, body_);
    if (format_ == Format::ndjson) end_line(begin);
  }
}

void FlatRows::finish() {
  if (nested_ && nested_->gathers()) add_gathered();
  if (silent_) return;
  if (format_ == Format::json) body_ += rows_ == 0 ? "[]" : "]";
  if (format_ == Format::csv && rows_ == 0) body_.push_back('\n');
  if (format_ == Format::object && rows_ == 0) body_ += "null";
}

}  // namespace trestle::rest
