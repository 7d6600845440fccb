// Rows as CSV (RFC 4180): CR LF after each record, fields in PostgreSQL's text
// form, quotes where needed. As in PostgreSQL's COPY a NULL is an empty field
// and an empty text is "".
#pragma once

#include <span>
#include <string>

#include "sql/row_sink.h"

namespace trestle::encode {

void append_csv_header(std::string& out, std::span<const ResultColumn> columns);
void append_csv_row(std::string& out, std::span<const Cell> cells);

}  // namespace trestle::encode
