#include "pages/parser.h"

#include <algorithm>

#include "base/text.h"
#include "pages/live_blocks.h"

namespace trestle::pages {

namespace {
// Deeper nesting of tags, brackets or operators is refused: every walk over
// the tree is recursive.
constexpr int kMaxDepth = 150;
constexpr int kMaxHeight = 300;
}  // namespace

// Counts the nesting of statements and brackets.
class Parser::Nested {
 public:
  explicit Nested(Parser& parser) : parser_(parser) {
    if (++parser_.depth_ > kMaxDepth) parser_.fail("nested too deeply");
  }
  ~Nested() { parser_.depth_--; }

 private:
  Parser& parser_;
};

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
// ----------------------------------------------------------------------

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

bool Parser::expect(TokenType type) {
  if (failed_) return false;
  if (current().type == type) {
    advance();
    return !failed_;
  }
  if (current().type == TokenType::eof)
    fail(concat(
        {"unexpected end of template, expected '", token_name(type), "'."}));
  else
    fail(concat({"expected token '", token_name(type), "', got '",
                 describe(current()), "'"}));
  return false;
}

bool Parser::expect_op(std::string_view op) {
  if (failed_) return false;
  if (skip_op(op)) return !failed_;
  if (current().type == TokenType::eof)
    fail(concat({"unexpected end of template, expected '", op, "'."}));
  else
    fail(
        concat({"expected token '", op, "', got '", describe(current()), "'"}));
  return false;
}

bool Parser::expect_name(std::string_view name) {
  if (failed_) return false;
  if (skip_name(name)) return !failed_;
  if (current().type == TokenType::eof)
    fail(concat({"unexpected end of template, expected '", name, "'."}));
  else
    fail(concat(
        {"expected token '", name, "', got '", describe(current()), "'"}));
  return false;
}

// --- nodes and errors
// ----------------------------------------------------------------

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
// ------------------------------------------------------------------

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

void Parser::import_context(Node* node) { (void)context_words(node); }

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
  import_context(n);
  return n;
}

Node* Parser::parse_import() {
  Node* n = node(Op::import);
  advance();
  n->a = expression();
  if (n->a == nullptr || !expect_name("as")) return nullptr;
  n->b = name_target(Node::kStore);
  if (n->b == nullptr) return nullptr;
  import_context(n);
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

Node* Parser::parse_filter_block() {
  Node* n = node(Op::filter_block);
  advance();
  n->a = filters(nullptr, true);
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
// ---------------------------------------------------------------------

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
