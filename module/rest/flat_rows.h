// The rows of a flat read (plan_flat()) as they become a body, piece by piece:
// JSON as json_agg() writes it, one object, a line of JSON for each row, or CSV
// as PostgREST has it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "encode/json_cell.h"
#include "rest/nested_rows.h"
#include "rest/plan.h"

namespace trestle::rest {

class FlatRows {
 public:
  FlatRows() = default;
  // Of a flat plan; borrows nothing of it. `silent`: rows are counted only.
  FlatRows(const RestPlan& plan, bool silent);

  void on_columns(std::span<const ResultColumn> columns);
  void on_row(std::span<const Cell> cells);
  // The last bytes.
  void finish();

  [[nodiscard]] std::int64_t rows() const { return rows_; }
  // Of all pages, as far as a row has told it.
  [[nodiscard]] std::optional<std::int64_t> total() const { return total_; }
  // What has been made and not been taken; the caller may empty it.
  [[nodiscard]] std::string& body() { return body_; }

 private:
  void add_row(std::span<const Cell> cells);
  void begin_row();
  void append_object(std::span<const Cell> cells);
  void write_csv_row(std::span<const Cell> cells);
  void write_line(std::span<const Cell> cells);
  void end_line(std::size_t begin);
  void add_gathered();

  BodyFormat::Kind format_ = BodyFormat::Kind::json;
  bool counted_ = false;  // two cells come before a row's own (write_flat())
  bool silent_ = false;
  encode::JsonRows json_;
  std::optional<NestedRows> nested_;
  std::string csv_header_;
  std::string body_;
  std::int64_t rows_ = 0;
  std::optional<std::int64_t> total_;
};

}  // namespace trestle::rest
