// Values of rows as JSON, byte for byte what PostgreSQL's to_json() writes,
// from their text form. The text must be that of PostgreSQL's defaults with
// DateStyle ISO and extra_float_digits above 0, as the pool sets them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "encode/type_kind.h"
#include "sql/row_sink.h"

namespace trestle::encode {

// Appends one value; null for a NULL. A column of an unknown type is appended
// as a string, which is right for enums and wrong for composites: callers ask
// can_encode() first. `array_scratch` is any string that may be overwritten.
void append_json_cell(std::string& out, const ColumnType& type, Cell cell,
                      std::string& array_scratch);

// Writes the rows of one result as JSON objects; made once per result.
class JsonRows {
 public:
  JsonRows() = default;
  explicit JsonRows(std::span<const ResultColumn> columns);

  [[nodiscard]] std::size_t size() const { return types_.size(); }

  // {"name":value,...}; a name that comes twice is written twice, as
  // row_to_json() does.
  void append_object(std::string& out, std::span<const Cell> cells);

  // The same where some columns come as JSON text of their own:
  // json_at[i] is the cell that holds column i's, or -1.
  void append_mixed(std::string& out, std::span<const Cell> cells,
                    std::span<const int> json_at);
  void append_mixed_value(std::string& out, std::span<const Cell> cells,
                          std::span<const int> json_at, std::size_t column);

  // The value of one column alone.
  void append_value(std::string& out, std::size_t column, Cell cell) {
    append_json_cell(out, types_[column], cell, scratch_);
  }

 private:
  std::vector<ColumnType> types_;
  std::vector<std::string> keys_;  // {"first": and ,"second": ...
  std::string scratch_;
};

}  // namespace trestle::encode
