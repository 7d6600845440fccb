// Reading cells of catalog rows. The rows come from our own statements, so an
// unexpected cell reads as empty or zero instead of being an error.
#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "sql/row_sink.h"

namespace trestle::catalog {

template <class Number>
Number to_number(Cell cell) {
  Number value = 0;
  if (!is_null(cell))
    std::from_chars(cell.data(), cell.data() + cell.size(), value);
  return value;
}

inline bool to_bool(Cell cell) { return cell == "t"; }

inline std::string to_text(Cell cell) {
  return is_null(cell) ? std::string() : std::string(cell);
}

inline std::optional<std::string> to_optional(Cell cell) {
  if (is_null(cell)) return std::nullopt;
  return std::string(cell);
}

// The elements of a JSON array: strings as they are, numbers as digits.
inline std::vector<std::string> to_list(Cell cell) {
  std::vector<std::string> list;
  if (is_null(cell)) return list;
  Result<rapidjson::Document> parsed = parse_json(cell);
  if (!parsed.ok() || !parsed->IsArray()) return list;
  for (const rapidjson::Value& item : parsed->GetArray()) {
    if (item.IsString()) {
      list.emplace_back(json_text(item));
    } else {
      list.emplace_back();
      append_json(list.back(), item);
    }
  }
  return list;
}

template <class Number>
std::vector<Number> to_numbers(Cell cell) {
  std::vector<Number> numbers;
  for (const std::string& item : to_list(cell))
    numbers.push_back(to_number<Number>(item));
  return numbers;
}

}  // namespace trestle::catalog
