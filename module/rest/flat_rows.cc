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
      silent_(silent),
      asides_(plan.read.asides.size()) {
  if (plan.nested) nested_.emplace(plan.read);
}

void FlatRows::on_columns(std::span<const ResultColumn> columns) {
  if (counted_) columns = columns.subspan(kCountCells);
  columns = columns.subspan(asides_.size());
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
  for (std::size_t i = 0; i < asides_.size(); ++i) {
    asides_[i].reset();
    if (!is_null(cells[i])) asides_[i].emplace(cells[i]);
  }
  cells = cells.subspan(asides_.size());
  if (nested_ && nested_->has_many())
    add_joined(cells);
  else
    add_row(cells);
}

void FlatRows::add_row(std::span<const Cell> cells) {
  ++rows_;
  if (is_left_out()) return;
  if (format_ == Format::csv) return write_csv_row(cells);
  if (format_ == Format::ndjson) return write_line(cells);
  begin_row();
  append_object(cells);
}

// Whether the row that has come is counted only.
bool FlatRows::is_left_out() const {
  return silent_ || (format_ == Format::object && rows_ > 1);
}

// What stands before a row in an array.
void FlatRows::begin_row() {
  if (format_ == Format::json) body_ += rows_ == 1 ? "[" : ", \n ";
}

void FlatRows::append_object(std::span<const Cell> cells) {
  if (nested_)
    nested_->append_object(cells, body_);
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

void FlatRows::write_line(std::span<const Cell> cells) {
  std::size_t begin = body_.size();
  append_object(cells);
  join_line(begin);
  body_.push_back('\n');
}

// A line feed in JSON is a blank.
void FlatRows::join_line(std::size_t begin) {
  std::replace(body_.begin() + static_cast<std::ptrdiff_t>(begin), body_.end(),
               '\n', ' ');
}

// A row of the join: the first of a row of the root, or one more child of it.
void FlatRows::add_joined(std::span<const Cell> cells) {
  const bool more = nested_->continues(cells);
  if (!more) {
    end_joined();
    ++rows_;
  }
  if (!more && is_left_out()) nested_->skip(cells);
  if (is_left_out()) return;
  if (!more) begin_row();
  std::size_t begin = body_.size();
  if (more)
    nested_->add_child(cells, body_);
  else
    nested_->open_object(cells, body_);
  if (format_ == Format::ndjson) join_line(begin);
}

void FlatRows::end_joined() {
  if (rows_ == 0 || is_left_out()) return;
  std::size_t begin = body_.size();
  nested_->close_object(body_);
  if (format_ != Format::ndjson) return;
  join_line(begin);
  body_.push_back('\n');
}

void FlatRows::finish() {
  if (nested_ && nested_->has_many()) end_joined();
  if (silent_) return;
  if (format_ == Format::json) body_ += rows_ == 0 ? "[]" : "]";
  if (format_ == Format::csv && rows_ == 0) body_.push_back('\n');
  if (format_ == Format::object && rows_ == 0) body_ += "null";
}

}  // namespace trestle::rest
