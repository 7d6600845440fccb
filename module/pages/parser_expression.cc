// Expressions, loosest binding first: conditional, or, and, not, comparison,
// + -, ~, * / // %, **, unary, postfix and filters, primary.
#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "base/text.h"
#include "pages/bigint.h"
#include "pages/parser.h"

namespace trestle::pages {

Node* Parser::expression(bool with_condition) {
  if (failed_) return nullptr;
  Nested nested(*this);
  Node* n = with_condition ? condition() : parse_or();
  return failed_ ? nullptr : n;
}

bool Parser::tuple_ends() const {
  TokenType type = current().type;
  return type == TokenType::variable_end || type == TokenType::block_end ||
         current().is(")");
}

Node* Parser::tuple(bool simplified, bool with_condition,
                    bool explicit_parentheses) {
  if (failed_) return nullptr;
  std::size_t offset = current().offset;
  Nodes items;
  bool is_tuple = false;
  for (;;) {
    if (!items.empty() && !expect_op(",")) return nullptr;
    if (tuple_ends()) break;
    Node* item = simplified ? primary() : expression(with_condition);
    if (item == nullptr) return nullptr;
    items.push_back(item);
    if (!current().is(",")) break;
    is_tuple = true;
  }
  if (!is_tuple) {
    if (!items.empty()) return items[0];
    if (!explicit_parentheses)
      return fail(
          concat({"Expected an expression, got '", describe(current()), "'"}));
  }
  Node* n = node(Op::tuple, offset);
  n->items = keep(items);
  return seal(n);
}

Node* Parser::condition() {
  Node* value = parse_or();
  while (!failed_ && current().is_name("if")) {
    Node* n = node(Op::cond, value->offset);
    n->slot = current().offset;  // for the message of a missing else
    advance();
    n->b = value;
    n->a = parse_or();
    if (failed_) return nullptr;
    if (skip_name("else")) n->c = expression();
    value = seal(n);
  }
  return value;
}

Node* Parser::parse_or() {
  Node* left = parse_and();
  while (!failed_ && current().is_name("or")) {
    Node* n = node(Op::or_, left->offset);
    advance();
    n->a = left;
    n->b = parse_and();
    left = seal(n);
  }
  return left;
}

Node* Parser::parse_and() {
  Node* left = parse_not();
  while (!failed_ && current().is_name("and")) {
    Node* n = node(Op::and_, left->offset);
    advance();
    n->a = left;
    n->b = parse_not();
    left = seal(n);
  }
  return left;
}

Node* Parser::parse_not() {
  if (failed_) return nullptr;
  if (!current().is_name("not")) return comparison();
  Node* n = node(Op::not_);
  advance();
  Nested nested(*this);
  n->a = parse_not();
  return seal(n);
}

Node* Parser::comparison() {
  static constexpr std::string_view kOps[] = {"==", "!=", "<", "<=", ">", ">="};
  Node* first = additive();
  Nodes operands;
  while (!failed_) {
    const Token& token = current();
    Node* operand = node(Op::operand);
    if (token.type == TokenType::op) {
      const auto* op = std::ranges::find(kOps, token.text);
      if (op == std::end(kOps)) break;
      operand->sub = static_cast<std::uint8_t>(op - kOps);
    } else if (token.is_name("in")) {
      operand->sub = static_cast<std::uint8_t>(Compare::in);
    } else if (token.is_name("not") && look().is_name("in")) {
      advance();
      operand->sub = static_cast<std::uint8_t>(Compare::not_in);
    } else {
      break;
    }
    advance();
    operand->a = additive();
    operands.push_back(seal(operand));
  }
  if (failed_ || operands.empty()) return failed_ ? nullptr : first;
  Node* n = node(Op::compare, first->offset);
  n->a = first;
  n->items = keep(operands);
  return seal(n);
}

Node* Parser::binary(Binary kind, Node* a, Node* b, std::size_t offset) {
  if (failed_) return nullptr;
  Node* n = node(Op::binary, offset);
  n->sub = static_cast<std::uint8_t>(kind);
  n->a = a;
  n->b = b;
  return seal(n);
}

Node* Parser::additive() {
  Node* left = concatenation();
  while (!failed_ && (current().is("+") || current().is("-"))) {
    Binary kind = current().is("+") ? Binary::add : Binary::subtract;
    advance();
    left = binary(kind, left, concatenation(), left->offset);
  }
  return left;
}

Node* Parser::concatenation() {
  Node* first = multiplicative();
  if (failed_ || !current().is("~")) return first;
  Nodes items{first};
  while (!failed_ && skip_op("~")) items.push_back(multiplicative());
  if (failed_) return nullptr;
  Node* n = node(Op::concat, first->offset);
  n->items = keep(items);
  return seal(n);
}

Node* Parser::multiplicative() {
  Node* left = parse_power();
  while (!failed_) {
    Binary kind;
    if (current().is("*"))
      kind = Binary::multiply;
    else if (current().is("/"))
      kind = Binary::divide;
    else if (current().is("//"))
      kind = Binary::floor_divide;
    else if (current().is("%"))
      kind = Binary::modulo;
    else
      break;
    advance();
    left = binary(kind, left, parse_power(), left->offset);
  }
  return left;
}

Node* Parser::parse_power() {
  Node* left = unary();
  while (!failed_ && skip_op("**"))
    left = binary(Binary::power, left, unary(), left->offset);
  return left;
}

Node* Parser::unary(bool with_filter) {
  if (failed_) return nullptr;
  Node* n = nullptr;
  if (current().is("-") || current().is("+")) {
    n = node(current().is("-") ? Op::negate : Op::positive);
    advance();
    Nested nested(*this);
    n->a = unary(false);
    n = seal(n);
  } else {
    n = primary();
  }
  n = postfix(n);
  return with_filter && n != nullptr ? filters(n) : n;
}

Node* Parser::number() {
  const Token& token = current();
  Node* n = node(Op::constant);
  std::string_view text = token.text;
  if (token.type == TokenType::real) {
    n->value = real(std::strtod(std::string(text).c_str(), nullptr));
  } else {
    int radix = 10;
    if (text.size() > 2 && text[0] == '0') {
      char prefix = static_cast<char>(text[1] | 0x20);
      radix = prefix == 'x' ? 16 : prefix == 'o' ? 8 : prefix == 'b' ? 2 : 10;
    }
    if (radix != 10) text.remove_prefix(2);
    std::int64_t i = 0;
    auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), i, radix);
    if (error == std::errc()) {
      n->value = integer(i);
    } else {
      if (text.size() > 4300) return fail("number has too many digits");
      n->value = string(arena_.copy(bigint::parse(text, radix).value_or("0")));
      n->value.kind = Kind::bigint;
    }
  }
  advance();
  return failed_ ? nullptr : n;
}

Node* Parser::primary() {
  if (failed_) return nullptr;
  const Token& token = current();
  Node* n = node(Op::constant);
  switch (token.type) {
    case TokenType::name: {
      std::string_view name = token.text;
      advance();
      if (name == "true" || name == "True") {
        n->value = boolean(true);
      } else if (name == "false" || name == "False") {
        n->value = boolean(false);
      } else if (name == "none" || name == "None") {
        n->value = pages::none();
      } else {
        n->op = Op::name;
        n->name = name;
      }
      return failed_ ? nullptr : n;
    }
    case TokenType::string: {
      std::string_view text = token.text;
      advance();
      if (current().type == TokenType::string) {
        std::string joined(text);
        while (current().type == TokenType::string) {
          joined += current().text;
          advance();
        }
        text = arena_.copy(joined);
      }
      n->value = string(text);
      return failed_ ? nullptr : n;
    }
    case TokenType::integer:
    case TokenType::real:
      return number();
    default:
      break;
  }
  if (token.is("(")) {
    advance();
    Node* inside = tuple(false, true, true);
    return inside != nullptr && expect_op(")") ? inside : nullptr;
  }
  if (token.is("[")) return list();
  if (token.is("{")) return dict();
  return fail(concat({"unexpected '", describe(token), "'"}));
}

Node* Parser::list() {
  Node* n = node(Op::list);
  advance();
  Nodes items;
  while (!failed_ && !current().is("]")) {
    if (!items.empty() && !expect_op(",")) return nullptr;
    if (current().is("]")) break;
    items.push_back(expression());
  }
  if (!expect_op("]")) return nullptr;
  n->items = keep(items);
  return seal(n);
}

Node* Parser::dict() {
  Node* n = node(Op::dict);
  advance();
  Nodes keys, values;
  while (!failed_ && !current().is("}")) {
    if (!keys.empty() && !expect_op(",")) return nullptr;
    if (current().is("}")) break;
    keys.push_back(expression());
    if (!expect_op(":")) return nullptr;
    values.push_back(expression());
  }
  if (!expect_op("}")) return nullptr;
  n->items = keep(keys);
  n->more = keep(values);
  return seal(n);
}

}  // namespace trestle::pages
