// What must hold of a whole section of a handler file, once all of it has been
// read: results that can be told apart, a GET that only reads, headers whose
// values exist, a token that has claims.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "sql/handler_file.h"
#include "sql/sql_parser.h"

namespace trestle {

// Where the section's parts stand in the file, for messages.
struct SectionPlaces {
  struct Statement {
    std::size_t begin = 0;
    bool annotated = false;
  };
  std::size_t section = 0;
  std::vector<Statement> statements;
  std::vector<std::size_t> headers;
  std::optional<std::size_t> token;
  std::optional<std::size_t> session;
};

// Resolves the templates of the section's headers as well. A fault's offset is
// one of the file.
[[nodiscard]] std::optional<SqlFault> check_section(
    FileSection& section, const SectionPlaces& places);

}  // namespace trestle
