// Turns template text into tokens, after Jinja2's lexer with its default
// delimiters: {{ }} {% %} {# #}, `-` strips whitespace, raw blocks are text.
// The whole file is tokenised at once; a lexical error becomes a token, so that
// a parse error in front of it is told first.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "pages/arena.h"

namespace trestle::pages {

enum class TokenType : std::uint8_t {
  data,
  variable_begin,
  variable_end,
  block_begin,
  block_end,
  name,
  integer,
  real,
  string,  // text is decoded
  op,      // text is the operator
  eof,
  error,  // text is the message
};

struct Token {
  TokenType type = TokenType::eof;
  std::string_view text;  // borrowed from the source or the arena
  std::uint32_t offset = 0;

  [[nodiscard]] bool is(std::string_view op) const {
    return type == TokenType::op && text == op;
  }
  [[nodiscard]] bool is_name(std::string_view name) const {
    return type == TokenType::name && text == name;
  }
};

// As Jinja2 reads a file: line ends become \n, one at the end is dropped.
[[nodiscard]] std::string_view normalise_source(Arena& arena,
                                                std::string_view text);

// `source` is normalised and outlives the tokens. The last token is eof or
// error.
[[nodiscard]] std::vector<Token> tokenise(Arena& arena,
                                          std::string_view source);

// The words of Jinja2's messages: "end of print statement", the operator, ...
[[nodiscard]] std::string_view describe(const Token& token);

}  // namespace trestle::pages
