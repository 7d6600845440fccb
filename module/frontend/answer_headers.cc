#include "frontend/answer_headers.h"

#include <algorithm>

#include "base/text.h"

namespace trestle {

namespace {

bool is_address(std::string_view header) {
  return ascii_iequals(header, "location") ||
         ascii_iequals(header, "content-location");
}

// Empty when a value is NULL.
Result<std::string> header_value(const HeaderTemplate& header,
                                 const HeaderCells& cells) {
  std::string value;
  for (const TemplatePiece& piece : header.value) {
    if (!piece.statement) {
      value.append(piece.text);
      continue;
    }
    Result<Param> cell = cells.cell(header, piece);
    if (!cell.ok()) return std::move(cell).error();
    if (!*cell) return std::string();
    const std::string& text = **cell;
    if (has_control(text)) return errors::bad_header(header.name);
    bool encodes = is_address(header.name) && !value.empty();
    value.append(encodes ? url_encode(text) : text);
  }
  return value;
}

}  // namespace

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) {
    auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

Result<void> add_headers(const FileSection& section, const HeaderCells& cells,
                         std::vector<Header>& headers) {
  for (const HeaderTemplate& header : section.headers) {
    Result<std::string> value = header_value(header, cells);
    if (!value.ok()) return std::move(value).error();
    if (!value->empty())
      headers.push_back(
          {.name = header.name, .value = std::move(value).value()});
  }
  return {};
}

namespace errors {

Error bad_header(std::string_view header) {
  return {.code = "TRS203",
          .http_status = 500,
          .message = concat({"The value of the header ", header,
                             " holds a control character"})};
}

Error no_header_column(std::string_view header, std::string_view column) {
  return {.code = "TRS208",
          .http_status = 500,
          .message = concat({"The header ", header, " needs the column \"",
                             column, "\", which the result does not have"})};
}

}  // namespace errors
}  // namespace trestle
