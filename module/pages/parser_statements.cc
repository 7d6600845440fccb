// Statements that stand for themselves: loops, branches, assignments and bodies
// that are treated as a whole; and what can be assigned to.
#include <algorithm>

#include "base/text.h"
#include "pages/live_blocks.h"
#include "pages/parser.h"

namespace trestle::pages {

Node* Parser::parse_for() {
  Node* n = node(Op::for_);
  advance();
  n->a = assign_target(false);
  if (n->a == nullptr || !expect_name("in")) return nullptr;
  n->b = tuple(false, false, false);
  if (n->b == nullptr) return nullptr;
  if (skip_name("if")) {
    n->c = expression();
    if (n->c == nullptr) return nullptr;
  }
  if (skip_name("recursive")) n->flags |= Node::kRecursive;
  Node* body = body_until({"endfor", "else"}, false);
  if (body == nullptr) return nullptr;
  n->items = body->items;
  if (advance().text == "endfor") return n;
  body = body_until({"endfor"}, true);
  if (body == nullptr) return nullptr;
  n->more = body->items;
  // An empty else still is one, but prints nothing.
  return n;
}

Node* Parser::parse_if() {
  Node* root = node(Op::if_);
  Node* part = root;
  Nodes elifs;
  for (;;) {
    advance();
    part->a = tuple(false, false, false);
    if (part->a == nullptr) return nullptr;
    Node* body = body_until({"elif", "else", "endif"}, false);
    if (body == nullptr) return nullptr;
    part->items = body->items;
    if (current().is_name("elif")) {
      part = node(Op::if_);
      elifs.push_back(part);
      continue;
    }
    bool has_else = current().is_name("else");
    advance();
    if (has_else) {
      root->b = body_until({"endif"}, true);
      if (root->b == nullptr) return nullptr;
    }
    root->more = keep(elifs);
    return root;
  }
}

Node* Parser::parse_set() {
  advance();
  Node* target = assign_target(true);
  if (target == nullptr) return nullptr;
  if (skip_op("=")) {
    Node* n = node(Op::set);
    n->a = target;
    n->b = tuple(false, true, false);
    return n;
  }
  Node* n = node(Op::set_block);
  n->a = target;
  n->b = filter_chain(nullptr);
  if (failed_) return nullptr;
  Node* body = body_until({"endset"}, true);
  if (body == nullptr) return nullptr;
  n->items = body->items;
  return n;
}

Node* Parser::parse_print() {
  advance();
  Node* n = node(Op::body);
  Nodes prints;
  while (!failed_ && current().type != TokenType::block_end) {
    if (!prints.empty() && !expect_op(",")) return nullptr;
    Node* print = node(Op::print);
    print->a = expression();
    prints.push_back(print);
  }
  n->items = keep(prints);
  return n;
}

Node* Parser::parse_filter_block() {
  Node* n = node(Op::filter_block);
  advance();
  n->a = filters(filter(nullptr));
  if (n->a == nullptr) return nullptr;
  Node* body = body_until({"endfilter"}, true);
  if (body == nullptr) return nullptr;
  n->items = body->items;
  return n;
}

// The body between its marks (live_blocks.h).
Node* Parser::parse_live() {
  advance();
  if (current().type != TokenType::name)
    return fail("a live block needs a name");
  if (std::ranges::count(tags_, "live") > 1)
    return fail("a live block cannot be in another one");
  const std::string begin = live_begin(current().text);
  advance();
  Node* body = body_until({"endlive"}, true);
  if (body == nullptr) return nullptr;
  Nodes nodes;
  nodes.push_back(node(Op::text));
  nodes.back()->name = arena_.copy(begin);
  nodes.insert(nodes.end(), body->items.begin(), body->items.end());
  nodes.push_back(node(Op::text));
  nodes.back()->name = kLiveEnd;
  body->items = keep(nodes);
  return body;
}

Node* Parser::parse_with() {
  Node* n = node(Op::with);
  advance();
  Nodes targets, values;
  while (!failed_ && current().type != TokenType::block_end) {
    if (!targets.empty() && !expect_op(",")) return nullptr;
    Node* target = assign_target(false);
    if (target == nullptr) return nullptr;
    make_target(target, Node::kParameter);
    if (!expect_op("=")) return nullptr;
    targets.push_back(target);
    values.push_back(expression());
  }
  n->items = keep(targets);
  n->more = keep(values);
  n->b = body_until({"endwith"}, true);
  return n->b == nullptr ? nullptr : n;
}

Node* Parser::parse_autoescape() {
  Node* n = node(Op::autoescape);
  advance();
  n->a = expression();
  if (n->a == nullptr) return nullptr;
  Node* body = body_until({"endautoescape"}, true);
  if (body == nullptr) return nullptr;
  n->items = body->items;
  return n;
}

// --- targets

Node* Parser::name_target(std::uint8_t flags) {
  Node* n = node(Op::name);
  n->name = current().text;
  n->flags = flags;
  if (!expect(TokenType::name)) return nullptr;
  if (n->name == "true" || n->name == "false" || n->name == "none" ||
      n->name == "True" || n->name == "False" || n->name == "None")
    return fail_at(n->offset, "can't assign to 'const'");
  return n;
}

Node* Parser::assign_target(bool allow_namespace) {
  if (allow_namespace && current().type == TokenType::name && look().is(".")) {
    Node* n = node(Op::ns_ref);
    n->name = current().text;
    advance();
    advance();
    n->value = string(current().text);
    return expect(TokenType::name) ? n : nullptr;
  }
  Node* target = tuple(true, true, false);
  if (target == nullptr) return nullptr;
  return make_target(target, Node::kStore) ? target : nullptr;
}

bool Parser::make_target(Node* n, std::uint8_t flags) {
  if (n->op == Op::name) {
    n->flags = flags;
    return true;
  }
  if (n->op == Op::tuple || n->op == Op::list) {
    for (Node* item : n->items)
      if (!make_target(item, flags)) return false;
    if (n->op == Op::tuple) return true;
  }
  std::string_view what = n->op == Op::constant ? "const"
                          : n->op == Op::list   ? "list"
                          : n->op == Op::dict   ? "dict"
                                                : "expression";
  fail_at(n->offset, concat({"can't assign to '", what, "'"}));
  return false;
}

}  // namespace trestle::pages
