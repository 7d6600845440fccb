// Statements by which templates take from one another: blocks and extends,
// include and import, macros and call.
#include "base/text.h"
#include "pages/parser.h"

namespace trestle::pages {

Node* Parser::parse_block() {
  Node* n = node(Op::block);
  advance();
  n->name = current().text;
  if (!expect(TokenType::name)) return nullptr;
  if (skip_name("scoped")) n->flags |= Node::kScoped;
  if (skip_name("required")) n->flags |= Node::kRequired;
  if (current().is("-"))
    return fail(
        "Block names in Jinja have to be valid Python identifiers and may not "
        "contain hyphens, use an underscore instead.");
  Node* body = body_until({"endblock"}, true);
  if (body == nullptr) return nullptr;
  n->items = body->items;
  if ((n->flags & Node::kRequired) != 0) {
    for (const Node* item : n->items)
      if (item->op != Op::text || !trim(item->name).empty())
        return fail("Required blocks can only contain comments or whitespace");
  }
  skip_name(n->name);
  return n;
}

Node* Parser::parse_extends() {
  Node* n = node(Op::extends);
  advance();
  n->a = expression();
  return n;
}

Node* Parser::parse_include() {
  Node* n = node(Op::include);
  advance();
  n->a = expression();
  if (n->a == nullptr) return nullptr;
  n->flags = Node::kWithContext;
  if (current().is_name("ignore") && look().is_name("missing")) {
    n->flags |= Node::kIgnoreMissing;
    advance();
    advance();
  }
  context_words(n);
  return n;
}

bool Parser::context_words(Node* n) {
  bool with = current().is_name("with");
  if ((!with && !current().is_name("without")) || !look().is_name("context"))
    return false;
  if (with)
    n->flags |= Node::kWithContext;
  else
    n->flags &= static_cast<std::uint8_t>(~Node::kWithContext);
  advance();
  advance();
  return true;
}

Node* Parser::parse_import() {
  Node* n = node(Op::import);
  advance();
  n->a = expression();
  if (n->a == nullptr || !expect_name("as")) return nullptr;
  n->b = name_target(Node::kStore);
  if (n->b == nullptr) return nullptr;
  context_words(n);
  return n;
}

Node* Parser::parse_from() {
  Node* n = node(Op::from_import);
  advance();
  n->a = expression();
  if (n->a == nullptr || !expect_name("import")) return nullptr;
  Nodes names;
  for (;;) {
    if (!names.empty() && !expect_op(",")) return nullptr;
    if (current().type != TokenType::name) {
      expect(TokenType::name);
      return nullptr;
    }
    if (context_words(n)) break;
    Node* name = node(Op::import_name);
    name->name = current().text;
    name->b = name_target(Node::kStore);
    if (name->b == nullptr) return nullptr;
    if (name->name.starts_with('_'))
      return fail("names starting with an underline can not be imported");
    if (skip_name("as")) {
      name->b = name_target(Node::kStore);
      if (name->b == nullptr) return nullptr;
    }
    names.push_back(name);
    if (context_words(n) || !current().is(",")) break;
  }
  n->items = keep(names);
  return failed_ ? nullptr : n;
}

bool Parser::signature(Node* macro) {
  if (!expect_op("(")) return false;
  Nodes parameters, defaults;
  while (!failed_ && !current().is(")")) {
    if (!parameters.empty() && !expect_op(",")) return false;
    Node* parameter = name_target(Node::kParameter);
    if (parameter == nullptr) return false;
    for (const Node* other : parameters)
      if (other->name == parameter->name)
        fail_at(parameter->offset,
                concat({"duplicate argument '", other->name, "'"}));
    if (skip_op("=")) {
      defaults.push_back(expression());
    } else if (!defaults.empty()) {
      fail("non-default argument follows default argument");
      return false;
    }
    parameters.push_back(parameter);
  }
  macro->items = keep(parameters);
  macro->defaults = keep(defaults);
  return expect_op(")");
}

Node* Parser::parse_macro() {
  Node* n = node(Op::macro);
  advance();
  n->b = name_target(Node::kStore);
  if (n->b == nullptr) return nullptr;
  n->name = n->b->name;
  if (!signature(n)) return nullptr;
  Node* body = body_until({"endmacro"}, true);
  if (body == nullptr) return nullptr;
  n->more = body->items;
  return n;
}

Node* Parser::parse_call_block() {
  Node* n = node(Op::call_block);
  advance();
  if (current().is("(") && !signature(n)) return nullptr;
  n->name = "caller";
  n->a = expression();
  if (n->a == nullptr) return nullptr;
  if (n->a->op != Op::call) return fail("expected call");
  Node* body = body_until({"endcall"}, true);
  if (body == nullptr) return nullptr;
  n->more = body->items;
  return n;
}

}  // namespace trestle::pages
