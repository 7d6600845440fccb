// The rows of a flat read (plan_flat()) as they become a body, piece by piece:
// JSON as json_agg() writes it, one object, a line of JSON for each row, or CSV
// as PostgREST has it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

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
  // What the plan's asides are of the last row.
  [[nodiscard]] const std::vector<std::optional<std::string>>& asides() const {
    return asides_;
  }
  // What has been made and not been taken; the caller may empty it.
  [[nodiscard]] std::string& body() { return body_; }

 private:
  void add_row(std::span<const Cell> cells);
  void begin_row();
  void append_object(std::span<const Cell> cells);
  void write_csv_row(std::span<const Cell> cells);
  void write_line(std::span<const Cell> cells);
  void join_line(std::size_t begin);
  [[nodiscard]] bool is_left_out() const;
  void add_joined(std::span<const Cell> cells);
  void end_joined();

  BodyFormat::Kind format_ = BodyFormat::Kind::json;
  bool counted_ = false;  // two cells come before a row's own (write_flat())
  bool silent_ = false;
  encode::JsonRows json_;
  std::optional<NestedRows> nested_;
  std::vector<std::optional<std::string>> asides_;
  std::string csv_header_;
  std::string body_;
  std::int64_t rows_ = 0;
  std::optional<std::int64_t> total_;
};

}  // namespace trestle::rest
