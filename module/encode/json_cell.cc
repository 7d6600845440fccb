#include "encode/json_cell.h"

#include "base/json.h"
#include "base/text.h"

namespace trestle::encode {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

void append_quoted(std::string& out, std::string_view plain) {
  out.push_back('"');
  out.append(plain);
  out.push_back('"');
}

// NaN, Infinity and -Infinity are no JSON numbers.
void append_number_text(std::string& out, std::string_view text) {
  std::size_t first = text.starts_with('-') ? 1 : 0;
  if (first < text.size() && is_digit(text[first]))
    out.append(text);
  else
    append_quoted(out, text);
}

// "2026-01-02 03:04:05.6+05:30 BC" or "infinity". PostgreSQL's ISO style leaves
// out the zone's minutes when they are 0, its XSD style does not.
void append_timestamp(std::string& out, std::string_view text, bool has_zone) {
  std::size_t blank = text.find(' ');
  if (blank == std::string_view::npos || !is_digit(text[0])) {
    append_json_string(out, text);
    return;
  }
  out.push_back('"');
  out.append(text.substr(0, blank));
  out.push_back('T');
  std::string_view rest = text.substr(blank + 1);
  std::size_t end = rest.find(' ');  // of BC
  std::string_view time = rest.substr(0, end);
  out.append(time);
  constexpr std::size_t kHoursOnly = 3;  // +05
  if (has_zone && time.size() - time.find_last_of("+-") == kHoursOnly)
    out.append(":00");
  if (end != std::string_view::npos) out.append(rest.substr(end));
  out.push_back('"');
}

// "1 2 3"; to_json() takes vectors for arrays.
void append_vector(std::string& out, std::string_view text, bool quoted) {
  out.push_back('[');
  bool is_first = true;
  while (!text.empty()) {
    std::size_t end = std::min(text.find(' '), text.size());
    if (!is_first) out.push_back(',');
    is_first = false;
    if (quoted)
      append_quoted(out, text.substr(0, end));
    else
      out.append(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  out.push_back(']');
}

void append_scalar(std::string& out, TypeKind kind, std::string_view text) {
  switch (kind) {
    case TypeKind::boolean:
      out.append(text.starts_with('t') ? "true" : "false");
      return;
    case TypeKind::number:
      append_number_text(out, text);
      return;
    case TypeKind::json:
      out.append(text);
      return;
    case TypeKind::timestamp:
      append_timestamp(out, text, false);
      return;
    case TypeKind::timestamptz:
      append_timestamp(out, text, true);
      return;
    case TypeKind::vector:
      append_vector(out, text, false);
      return;
    case TypeKind::text_vector:
      append_vector(out, text, true);
      return;
    case TypeKind::text:
    case TypeKind::unknown:
      append_json_string(out, text);
  }
}

// The element between double quotes that begins at `at`; moves `at` behind it.
// Borrows from `text`, or from `scratch` when there are escapes.
std::string_view take_quoted(std::string_view text, std::size_t& at,
                             std::string& scratch) {
  std::size_t begin = ++at;
  std::size_t end = text.find_first_of("\"\\", begin);
  if (end == std::string_view::npos) end = text.size();
  if (end == text.size() || text[end] == '"') {
    at = std::min(end + 1, text.size());
    return text.substr(begin, end - begin);
  }
  scratch.clear();
  for (at = begin; at < text.size() && text[at] != '"'; at++) {
    if (text[at] == '\\' && at + 1 < text.size()) at++;
    scratch.push_back(text[at]);
  }
  at = std::min(at + 1, text.size());
  return scratch;
}

// {1,2,NULL}, {{"a b"},{c}} or [2:3]={1,2} (PostgreSQL manual 8.15.6); bounds
// do not show in JSON.
void append_array(std::string& out, const ColumnType& type,
                  std::string_view text, std::string& scratch) {
  std::size_t at = 0;
  if (text.starts_with('[')) at = std::min(text.find('='), text.size() - 1) + 1;
  while (at < text.size()) {
    char c = text[at];
    if (c == '{' || c == '}') {
      out.push_back(c == '{' ? '[' : ']');
      at++;
    } else if (c == type.delimiter) {
      out.push_back(',');
      at++;
    } else if (c == '"') {
      append_scalar(out, type.kind, take_quoted(text, at, scratch));
    } else {
      std::size_t end = at;
      while (end < text.size() && text[end] != type.delimiter &&
             text[end] != '}')
        end++;
      std::string_view element = text.substr(at, end - at);
      if (element == "NULL")
        out.append("null");
      else
        append_scalar(out, type.kind, element);
      at = end;
    }
  }
}

}  // namespace

void append_json_cell(std::string& out, const ColumnType& type, Cell cell,
                      std::string& array_scratch) {
  if (is_null(cell))
    out.append("null");
  else if (type.is_array)
    append_array(out, type, cell, array_scratch);
  else
    append_scalar(out, type.kind, cell);
}

JsonRows::JsonRows(std::span<const ResultColumn> columns) {
  types_.reserve(columns.size());
  keys_.reserve(columns.size());
  for (const ResultColumn& column : columns) {
    std::string key(keys_.empty() ? "{" : ",");
    append_json_string(key, column.name);
    key.push_back(':');
    keys_.push_back(std::move(key));
    types_.push_back(column_type(column.type));
  }
}

void JsonRows::append_object(std::string& out, std::span<const Cell> cells) {
  if (types_.empty()) {
    out.append("{}");
    return;
  }
  std::size_t count = std::min(types_.size(), cells.size());
  for (std::size_t i = 0; i < count; i++) {
    out.append(keys_[i]);
    append_json_cell(out, types_[i], cells[i], scratch_);
  }
  out.push_back('}');
}

void JsonRows::append_mixed(std::string& out, std::span<const Cell> cells,
                            std::span<const int> json_at) {
  for (std::size_t i = 0; i < types_.size(); i++) {
    out.append(keys_[i]);
    append_mixed_value(out, cells, json_at, i);
  }
  out.push_back('}');
}

void JsonRows::append_mixed_value(std::string& out, std::span<const Cell> cells,
                                  std::span<const int> json_at,
                                  std::size_t column) {
  int place = json_at[column];
  if (place < 0) return append_value(out, column, cells[column]);
  Cell json = cells[static_cast<std::size_t>(place)];
  out.append(is_null(json) ? "null" : json);
}

}  // namespace trestle::encode
