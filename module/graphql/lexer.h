// Splits a GraphQL document into tokens (specification October 2021, section
// 2.1, with the draft's variable-width unicode escapes). Counts tokens and
// stops at a limit, so that the work is bounded before anything grows with it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/arena.h"
#include "graphql/error.h"

namespace trestle::graphql {

enum class TokenKind : std::uint8_t {
  end,
  punctuator,  // ! $ & ( ) : = @ [ ] { | }
  spread,      // ...
  name,
  integer,
  floating,
  string,  // also a block string
  error
};

struct Token {
  TokenKind kind = TokenKind::end;
  char punctuator = 0;
  std::uint32_t at = 0;
  // name, integer, floating: the slice; string: the text it stands for.
  std::string_view text = {};
};

class Lexer {
 public:
  // Both are borrowed as long as the lexer and its tokens live.
  Lexer(std::string_view source, Arena& arena, std::size_t max_tokens);

  // The next token; after an error or the end, the same again.
  Token next();

  // Why the last token is an error.
  [[nodiscard]] const GraphqlError& error() const { return error_; }
  [[nodiscard]] std::size_t tokens() const { return tokens_; }

 private:
  Token fail(std::size_t at, std::string_view message,
             std::string_view code = code::kValidation);
  void skip_ignored();
  Token lex_number();
  Token lex_string();
  Token lex_block_string();
  // Appends the character of an escape whose backslash is at pos_.
  bool lex_escape(std::string& out);
  bool lex_unicode_escape(std::string& out);
  bool read_hex(std::size_t from, std::size_t digits, std::uint32_t& value);
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return pos_ + ahead < source_.size() ? source_[pos_ + ahead] : '\0';
  }

  std::string_view source_;
  Arena& arena_;
  std::size_t max_tokens_;
  std::size_t pos_ = 0;
  std::size_t tokens_ = 0;
  bool failed_ = false;
  GraphqlError error_;
};

}  // namespace trestle::graphql
