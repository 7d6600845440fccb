// Parses one template into its tree, after Jinja2's parser (with the tags do,
// break, continue and trans). Reports the first error in Jinja2's words.
//
// parser.cc reads tokens and finds the statements, which are in
// parser_statements.cc, parser_blocks.cc and parser_trans.cc; expressions are
// in parser_expression.cc and parser_postfix.cc.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "pages/lexer.h"
#include "pages/template_error.h"
#include "pages/tree.h"

namespace trestle::pages {

class Parser {
 public:
  // `source` is normalised; it and the arena outlive the tree.
  Parser(Arena& arena, std::string_view source);

  // The body of the template, or null: see error() and error_offset().
  Node* parse();

  [[nodiscard]] const std::string& error() const { return error_; }
  [[nodiscard]] std::size_t error_offset() const { return error_offset_; }

 private:
  using Words = std::initializer_list<std::string_view>;
  using Nodes = std::vector<Node*>;
  class Nested;

  // --- statements
  Node* body_until(Words ends, bool drop_end);
  bool subparse(Words ends, Nodes& out);
  Node* statement();
  Node* statement_by_name(std::string_view name);
  Node* parse_for();
  Node* parse_if();
  Node* parse_set();
  Node* parse_block();
  Node* parse_extends();
  Node* parse_include();
  Node* parse_import();
  Node* parse_from();
  Node* parse_macro();
  Node* parse_call_block();
  Node* parse_filter_block();
  Node* parse_live();
  Node* parse_with();
  Node* parse_autoescape();
  Node* parse_print();
  Node* parse_trans();
  bool signature(Node* macro);
  bool context_words(Node* node);
  Node* assign_target(bool allow_namespace);
  Node* name_target(std::uint8_t flags);
  bool make_target(Node* node, std::uint8_t flags);

  struct TransPart {
    std::string text;
    std::vector<std::string_view> names;
  };
  bool trans_part(bool allow_plural, TransPart& out);
  bool trans_variables(Nodes& variables);

  // --- expressions
  Node* expression(bool with_condition = true);
  Node* tuple(bool simplified, bool with_condition, bool explicit_parentheses);
  bool tuple_ends() const;
  Node* condition();
  Node* parse_or();
  Node* parse_and();
  Node* parse_not();
  Node* comparison();
  Node* additive();
  Node* concatenation();
  Node* multiplicative();
  Node* parse_power();
  Node* unary(bool with_filter = true);
  Node* primary();
  Node* list();
  Node* dict();
  Node* postfix(Node* node);
  Node* filters(Node* node);
  Node* filter_chain(Node* node);
  Node* filter(Node* subject);
  bool dotted_name(std::string_view& name);
  Node* subscript(Node* node);
  Node* subscribed();
  Node* parse_test(Node* node);
  Node* call(Node* callee);
  bool arguments(Node* call);
  Node* keyword(const Nodes& before);
  Node* number();

  // --- tokens
  [[nodiscard]] const Token& current() const { return tokens_[at_]; }
  [[nodiscard]] const Token& look() const {
    return tokens_[at_ + 1 < tokens_.size() ? at_ + 1 : at_];
  }
  const Token& advance();
  bool skip_name(std::string_view name);
  bool skip_op(std::string_view op);
  bool expect(TokenType type);
  bool expect_op(std::string_view op);
  bool expect_name(std::string_view name);
  bool fail_expected(std::string_view what);

  // --- nodes and errors
  Node* node(Op op, std::size_t offset);
  Node* node(Op op) { return node(op, current().offset); }
  Node* seal(Node* n);  // null when the expression is nested too deeply
  Node* binary(Binary kind, Node* a, Node* b, std::size_t offset);
  std::span<Node*> keep(const Nodes& nodes);
  std::nullptr_t fail(std::string message);
  std::nullptr_t fail_at(std::size_t offset, std::string message);
  std::nullptr_t fail_tag(const std::string_view* name);
  std::string token_name(TokenType type) const;

  Arena& arena_;
  std::string_view source_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::vector<std::string_view> tags_;
  std::vector<std::vector<std::string_view>> ends_;
  int depth_ = 0;
  bool failed_ = false;
  std::string error_;
  std::size_t error_offset_ = 0;
};

// Counts the nesting of statements and brackets; too deep is an error.
class Parser::Nested {
 public:
  explicit Nested(Parser& parser) : parser_(parser) {
    if (++parser_.depth_ > kMaxDepth) parser_.fail("nested too deeply");
  }
  ~Nested() { parser_.depth_--; }
  Nested(const Nested&) = delete;
  Nested& operator=(const Nested&) = delete;

 private:
  static constexpr int kMaxDepth = 150;

  Parser& parser_;
};

}  // namespace trestle::pages
