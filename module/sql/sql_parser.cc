#include "sql/sql_parser.h"

#include <pg_query.h>
#include <pg_query/pg_query.pb-c.h>

namespace trestle {

namespace {

// PostgreSQL counts characters from 1; 0 means that it does not know.
std::size_t byte_offset(std::string_view text, int cursor) {
  std::size_t offset = 0;
  for (int left = cursor - 1; left > 0 && offset < text.size(); left--) {
    offset++;
    while (offset < text.size() &&
           (static_cast<unsigned char>(text[offset]) & 0xc0) == 0x80)
      offset++;
  }
  return offset;
}

// An unfinished string is quoted to the end of the text; its first line says
// enough.
std::string one_line(std::string message) {
  std::size_t end = message.find_first_of("\r\n");
  if (end == std::string::npos) return message;
  message.resize(end);
  message.append("...\"");
  return message;
}

SqlFault fault_of(std::string_view text, const PgQueryError& error) {
  return {.message = one_line(error.message != nullptr ? error.message
                                                       : "syntax error"),
          .offset = byte_offset(text, error.cursorpos)};
}

SqlToken::Kind kind_of(const PgQuery__ScanToken& token, std::string_view text) {
  using Kind = SqlToken::Kind;
  if (token.token == PG_QUERY__TOKEN__SQL_COMMENT) return Kind::line_comment;
  if (token.token == PG_QUERY__TOKEN__C_COMMENT) return Kind::block_comment;
  if (token.keyword_kind != PG_QUERY__KEYWORD_KIND__NO_KEYWORD)
    return Kind::word;
  auto first =
      static_cast<unsigned char>(text[static_cast<std::size_t>(token.start)]);
  if (token.token == PG_QUERY__TOKEN__IDENT)
    return first == '"' ? Kind::quoted_word : Kind::word;
  constexpr std::string_view kSymbols = ",()[].;:+-*/%^<>=~!@#&|`?";
  return kSymbols.find(static_cast<char>(first)) != std::string_view::npos
             ? Kind::symbol
             : Kind::other;
}

}  // namespace

SqlScan scan_sql(const std::string& text) {
  SqlScan scan;
  PgQueryScanResult result = pg_query_scan(text.c_str());
  if (result.error != nullptr) {
    scan.fault = fault_of(text, *result.error);
  } else {
    PgQuery__ScanResult* tokens = pg_query__scan_result__unpack(
        nullptr, result.pbuf.len,
        reinterpret_cast<const std::uint8_t*>(result.pbuf.data));
    if (tokens == nullptr) {
      scan.fault = SqlFault{.message = "out of memory"};
    } else {
      scan.tokens.reserve(tokens->n_tokens);
      for (std::size_t i = 0; i < tokens->n_tokens; i++) {
        const PgQuery__ScanToken& token = *tokens->tokens[i];
        scan.tokens.push_back({.kind = kind_of(token, text),
                               .begin = static_cast<std::size_t>(token.start),
                               .end = static_cast<std::size_t>(token.end)});
      }
      pg_query__scan_result__free_unpacked(tokens, nullptr);
    }
  }
  pg_query_free_scan_result(result);
  return scan;
}

SqlTree::SqlTree(PgQuery__ParseResult* result) : result_(result) {}

void SqlTree::Free::operator()(PgQuery__ParseResult* result) const {
  pg_query__parse_result__free_unpacked(result, nullptr);
}

SqlParse parse_sql(const std::string& text) {
  SqlParse parse;
  PgQueryProtobufParseResult result = pg_query_parse_protobuf(text.c_str());
  if (result.error != nullptr) {
    parse.fault = fault_of(text, *result.error);
  } else {
    parse.tree = SqlTree(pg_query__parse_result__unpack(
        nullptr, result.parse_tree.len,
        reinterpret_cast<const std::uint8_t*>(result.parse_tree.data)));
    if (parse.tree.get() == nullptr)
      parse.fault = SqlFault{.message = "statement is too complex"};
  }
  pg_query_free_protobuf_parse_result(result);
  return parse;
}

}  // namespace trestle
