// What stands behind a value: subscripts, calls, filters and tests.
#include "base/text.h"
#include "pages/parser.h"

namespace trestle::pages {

Node* Parser::postfix(Node* n) {
  while (!failed_) {
    if (current().is(".") || current().is("[")) {
      n = subscript(n);
    } else if (current().is("(")) {
      n = call(n);
    } else {
      break;
    }
  }
  return failed_ ? nullptr : n;
}

// A value, then any of: filters, tests, calls of what they answer.
Node* Parser::filters(Node* n) {
  while (!failed_) {
    if (skip_op("|"))
      n = filter(n);
    else if (current().is_name("is"))
      n = parse_test(n);
    else if (current().is("("))
      n = call(n);
    else
      break;
  }
  return failed_ ? nullptr : n;
}

Node* Parser::filter_chain(Node* n) {
  while (!failed_ && skip_op("|")) n = filter(n);
  return n;
}

Node* Parser::filter(Node* subject) {
  Node* n = node(Op::filter);
  if (!dotted_name(n->name)) return nullptr;
  n->a = subject;
  if (current().is("(") && !arguments(n)) return nullptr;
  return seal(n);
}

// The name of a filter or test, which may have dots.
bool Parser::dotted_name(std::string_view& name) {
  std::string all(current().text);
  if (!expect(TokenType::name)) return false;
  while (skip_op(".")) {
    all += concat({".", current().text});
    if (!expect(TokenType::name)) return false;
  }
  name = arena_.copy(all);
  return true;
}

Node* Parser::subscript(Node* n) {
  if (skip_op(".")) {
    const Token& token = current();
    if (token.type == TokenType::name) {
      Node* attribute = node(Op::attribute, n->offset);
      attribute->a = n;
      attribute->name = token.text;
      advance();
      return seal(attribute);
    }
    if (token.type != TokenType::integer)
      return failed_ ? nullptr : fail("expected name or number");
    Node* item = node(Op::item, n->offset);
    item->a = n;
    item->b = number();
    return seal(item);
  }
  Node* item = node(Op::item, n->offset);
  std::size_t offset = current().offset;
  advance();
  Nodes parts;
  while (!failed_ && !current().is("]")) {
    if (!parts.empty() && !expect_op(",")) return nullptr;
    parts.push_back(subscribed());
  }
  if (!expect_op("]")) return nullptr;
  if (parts.empty()) return fail_at(offset, "expected subscript expression");
  item->a = n;
  if (parts.size() == 1) {
    item->b = parts[0];
  } else {
    item->b = node(Op::tuple, offset);
    item->b->items = keep(parts);
    seal(item->b);
  }
  return seal(item);
}

Node* Parser::subscribed() {
  std::size_t offset = current().offset;
  Node* parts[3] = {nullptr, nullptr, nullptr};
  auto ends = [&] {
    return current().is("]") || current().is(",") || current().is(":");
  };
  if (!current().is(":")) {
    Node* n = expression();
    if (failed_ || !current().is(":")) return n;
    parts[0] = n;
  }
  for (int i = 1; i < 3 && skip_op(":"); i++)
    if (!ends()) parts[i] = expression();
  Node* n = node(Op::slice, offset);
  n->a = parts[0];
  n->b = parts[1];
  n->c = parts[2];
  return seal(n);
}

Node* Parser::parse_test(Node* subject) {
  Node* n = node(Op::test);
  advance();
  bool negated = skip_name("not");
  if (!dotted_name(n->name)) return nullptr;
  n->a = subject;
  const Token& token = current();
  bool word = token.type == TokenType::name && token.text != "else" &&
              token.text != "or" && token.text != "and";
  if (token.is("(")) {
    if (!arguments(n)) return nullptr;
  } else if (word || token.type == TokenType::string ||
             token.type == TokenType::integer ||
             token.type == TokenType::real || token.is("[") || token.is("{")) {
    if (token.is_name("is"))
      return fail("You cannot chain multiple tests with is");
    Nodes one{postfix(primary())};
    if (failed_) return nullptr;
    n->items = keep(one);
  }
  n = seal(n);
  if (!negated || n == nullptr) return n;
  Node* inverse = node(Op::not_, n->offset);
  inverse->a = n;
  return seal(inverse);
}

Node* Parser::call(Node* callee) {
  Node* n = node(Op::call, callee->offset);
  n->a = callee;
  return arguments(n) ? seal(n) : nullptr;
}

Node* Parser::keyword(const Nodes& before) {
  std::size_t offset = current().offset;
  Node* n = node(Op::keyword);
  n->name = current().text;
  advance();
  advance();
  n->a = expression();
  for (const Node* other : before)
    if (other->name == n->name)
      return fail_at(offset,
                     concat({"keyword argument repeated: ", other->name}));
  return n->a == nullptr ? nullptr : seal(n);
}

bool Parser::arguments(Node* call) {
  if (!expect_op("(")) return false;
  Nodes positional, keywords;
  bool first = true;
  while (!failed_ && !current().is(")")) {
    if (!first) {
      if (!expect_op(",")) return false;
      if (current().is(")")) break;
    }
    first = false;
    std::size_t offset = current().offset;
    bool good = true;
    if (skip_op("*")) {
      good = call->b == nullptr && call->c == nullptr;
      call->b = expression();
    } else if (skip_op("**")) {
      good = call->c == nullptr;
      call->c = expression();
    } else if (current().type == TokenType::name && look().is("=")) {
      good = call->c == nullptr;
      keywords.push_back(keyword(keywords));
    } else {
      good = call->b == nullptr && call->c == nullptr && keywords.empty();
      positional.push_back(expression());
    }
    if (!good && !failed_)
      fail_at(offset, "invalid syntax for function call expression");
  }
  if (!expect_op(")")) return false;
  call->items = keep(positional);
  call->more = keep(keywords);
  return true;
}

}  // namespace trestle::pages
