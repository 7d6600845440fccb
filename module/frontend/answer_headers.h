// The headers that a SQL file asks for (`@header`), with values of its results:
// the same for every front-end that is made of SQL files.
//
//   TRS203 500  a header's value holds a control character
//   TRS208 500  a header names a column that the result does not have
#pragma once

#include <string_view>
#include <vector>

#include "base/http_message.h"
#include "base/result.h"
#include "sql/handler_file.h"

namespace trestle {

// The cells of a file's results.
class HeaderCells {
 public:
  virtual ~HeaderCells() = default;
  // NULL where there is no row. `piece` names a statement. Error: TRS208.
  [[nodiscard]] virtual Result<Param> cell(
      const HeaderTemplate& header, const TemplatePiece& piece) const = 0;
};

// Appends those whose values are all there. A value inside an address becomes
// one segment of its path; one that begins it is an address.
[[nodiscard]] Result<void> add_headers(const FileSection& section,
                                       const HeaderCells& cells,
                                       std::vector<Header>& headers);

// Bytes that no header and no path may have.
[[nodiscard]] bool has_control(std::string_view text);

namespace errors {

[[nodiscard]] Error bad_header(std::string_view header);
[[nodiscard]] Error no_header_column(std::string_view header,
                                     std::string_view column);

}  // namespace errors
}  // namespace trestle
