#include "pages/parser.h"

#include <algorithm>

#include "base/text.h"

namespace trestle::pages {

namespace {
// Operators nested deeper are refused: every walk over the tree is recursive.
constexpr int kMaxHeight = 300;
}  // namespace

Parser::Parser(Arena& arena, std::string_view source)
    : arena_(arena), source_(source), tokens_(tokenise(arena, source)) {
  if (current().type == TokenType::error)
    fail_at(current().offset, std::string(current().text));
}

Node* Parser::parse() {
  if (failed_) return nullptr;
  Node* root = node(Op::body, 0);
  Nodes nodes;
  if (!subparse({}, nodes)) return nullptr;
  root->items = keep(nodes);
  return root;
}

// --- tokens

const Token& Parser::advance() {
  const Token& token = tokens_[at_];
  if (at_ + 1 < tokens_.size()) at_++;
  if (current().type == TokenType::error)
    fail_at(current().offset, std::string(current().text));
  return token;
}

bool Parser::skip_name(std::string_view name) {
  if (!current().is_name(name)) return false;
  advance();
  return true;
}

bool Parser::skip_op(std::string_view op) {
  if (!current().is(op)) return false;
  advance();
  return true;
}

std::string Parser::token_name(TokenType type) const {
  if (type == TokenType::name) return "name";
  return std::string(describe({type, "", 0}));
}

bool Parser::fail_expected(std::string_view what) {
  if (current().type == TokenType::eof)
    fail(concat({"unexpected end of template, expected '", what, "'."}));
  else
    fail(concat(
        {"expected token '", what, "', got '", describe(current()), "'"}));
  return false;
}

bool Parser::expect(TokenType type) {
  if (failed_) return false;
  if (current().type != type) return fail_expected(token_name(type));
  advance();
  return !failed_;
}

bool Parser::expect_op(std::string_view op) {
  if (failed_) return false;
  return skip_op(op) ? !failed_ : fail_expected(op);
}

bool Parser::expect_name(std::string_view name) {
  if (failed_) return false;
  return skip_name(name) ? !failed_ : fail_expected(name);
}

// --- nodes and errors

Node* Parser::node(Op op, std::size_t offset) {
  Node* n = arena_.make<Node>();
  n->op = op;
  n->offset = static_cast<std::uint32_t>(offset);
  return n;
}

Node* Parser::seal(Node* n) {
  if (failed_) return nullptr;
  int height = 0;
  auto over = [&](const Node* child) {
    if (child != nullptr) height = std::max<int>(height, child->height);
  };
  over(n->a);
  over(n->b);
  over(n->c);
  for (const Node* child : n->items) over(child);
  for (const Node* child : n->more) over(child);
  n->height = static_cast<std::uint16_t>(height + 1);
  if (n->height > kMaxHeight)
    return fail_at(n->offset, "expression is nested too deeply");
  return n;
}

std::span<Node*> Parser::keep(const Nodes& nodes) {
  Node** kept = arena_.array<Node*>(nodes.size());
  std::copy(nodes.begin(), nodes.end(), kept);
  return {kept, nodes.size()};
}

std::nullptr_t Parser::fail(std::string message) {
  return fail_at(current().offset, std::move(message));
}

std::nullptr_t Parser::fail_at(std::size_t offset, std::string message) {
  if (failed_) return nullptr;
  failed_ = true;
  error_ = std::move(message);
  error_offset_ = offset;
  return nullptr;
}

std::nullptr_t Parser::fail_tag(const std::string_view* name) {
  std::string message =
      name == nullptr ? "Unexpected end of template."
                      : concat({"Encountered unknown tag '", *name, "'."});
  if (!ends_.empty()) {
    std::string looking;
    for (std::string_view end : ends_.back())
      looking += concat({looking.empty() ? "'" : " or '", end, "'"});
    bool known = false;
    for (const auto& ends : ends_)
      known = known ||
              (name != nullptr && std::ranges::find(ends, *name) != ends.end());
    message +=
        known ? concat({" You probably made a nesting mistake. Jinja is "
                        "expecting this tag, but currently looking for ",
                        looking, "."})
              : concat({" Jinja was looking for the following tags: ", looking,
                        "."});
  }
  if (!tags_.empty())
    message += concat({" The innermost block that needs to be closed is '",
                       tags_.back(), "'."});
  return fail(std::move(message));
}

// --- statements

bool Parser::subparse(Words ends, Nodes& out) {
  Nested nested(*this);
  if (ends.size() > 0) ends_.emplace_back(ends);
  while (!failed_ && current().type != TokenType::eof) {
    const Token& token = current();
    if (token.type == TokenType::data) {
      Node* text = node(Op::text);
      text->name = token.text;
      out.push_back(text);
      advance();
    } else if (token.type == TokenType::variable_begin) {
      advance();
      Node* print = node(Op::print);
      print->a = failed_ ? nullptr : tuple(false, true, false);
      if (failed_ || !expect(TokenType::variable_end)) return false;
      print->offset = print->a->offset;
      out.push_back(print);
    } else {
      advance();
      if (failed_) return false;
      bool at_end = current().type == TokenType::name &&
                    std::ranges::find(ends, current().text) != ends.end();
      if (at_end) break;
      Node* n = statement();
      if (n == nullptr || !expect(TokenType::block_end)) return false;
      out.push_back(n);
    }
  }
  if (ends.size() > 0) {
    if (!failed_ && current().type == TokenType::eof) fail_tag(nullptr);
    ends_.pop_back();
  }
  return !failed_;
}

Node* Parser::body_until(Words ends, bool drop_end) {
  skip_op(":");
  if (!expect(TokenType::block_end)) return nullptr;
  Node* body = node(Op::body);
  Nodes nodes;
  if (!subparse(ends, nodes)) return nullptr;
  body->items = keep(nodes);
  if (drop_end) advance();
  return failed_ ? nullptr : body;
}

Node* Parser::statement() {
  const Token& token = current();
  if (token.type != TokenType::name) return fail("tag name expected");
  std::string_view name = token.text;
  std::size_t offset = token.offset;
  static constexpr std::string_view kTags[] = {
      "for",  "if",     "block",    "extends", "print",      "macro", "include",
      "from", "import", "set",      "with",    "autoescape", "call",  "filter",
      "do",   "break",  "continue", "trans",   "live"};
  if (std::ranges::find(kTags, name) == std::end(kTags)) return fail_tag(&name);
  tags_.push_back(name);
  Node* n = statement_by_name(name);
  tags_.pop_back();
  if (n != nullptr) n->offset = static_cast<std::uint32_t>(offset);
  return failed_ ? nullptr : n;
}

Node* Parser::statement_by_name(std::string_view name) {
  if (name == "break" || name == "continue") {
    advance();
    return node(name == "break" ? Op::break_ : Op::continue_);
  }
  if (name == "do") {
    advance();
    Node* n = node(Op::do_);
    n->a = tuple(false, true, false);
    return n;
  }
  if (name == "for") return parse_for();
  if (name == "if") return parse_if();
  if (name == "block") return parse_block();
  if (name == "extends") return parse_extends();
  if (name == "print") return parse_print();
  if (name == "macro") return parse_macro();
  if (name == "include") return parse_include();
  if (name == "from") return parse_from();
  if (name == "import") return parse_import();
  if (name == "set") return parse_set();
  if (name == "with") return parse_with();
  if (name == "autoescape") return parse_autoescape();
  if (name == "call") return parse_call_block();
  if (name == "filter") return parse_filter_block();
  if (name == "live") return parse_live();
  return parse_trans();
}

}  // namespace trestle::pages
