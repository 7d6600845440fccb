// {% trans name=value, ... %}text {{ name }}{% pluralize %}...{% endtrans %}:
// the text becomes a gettext message with %(name)s for its variables.
//
// The node: name: the singular message, value: the plural one or missing,
// a: the count or null, b: constant with the message context or null,
// items: keyword nodes of the variables.
#include <algorithm>

#include "base/text.h"
#include "pages/parser.h"
#include "pages/unicode.h"

namespace trestle::pages {

namespace {

// Joins lines: whitespace around a line end becomes one blank.
std::string trimmed(std::string_view text) {
  std::string out;
  std::string_view rest = unicode::strip(text);
  while (!rest.empty()) {
    std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) return out.append(rest);
    out.append(unicode::strip(rest.substr(0, end), false, true)).push_back(' ');
    rest = unicode::strip(rest.substr(end), true, false);
  }
  return out;
}

void replace_all(std::string& text, std::string_view from,
                 std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

}  // namespace

bool Parser::trans_part(bool allow_plural, TransPart& out) {
  while (!failed_) {
    const Token& token = current();
    if (token.type == TokenType::data) {
      std::string text(token.text);
      replace_all(text, "%", "%%");
      out.text += text;
      advance();
    } else if (token.type == TokenType::variable_begin) {
      advance();
      std::string_view name = current().text;
      if (!expect(TokenType::name)) return false;
      out.names.push_back(name);
      out.text += concat({"%(", name, ")s"});
      if (!expect(TokenType::variable_end)) return false;
    } else if (token.type == TokenType::block_begin) {
      advance();
      if (current().is_name("endtrans")) return true;
      if (current().is_name("pluralize")) {
        if (allow_plural) return true;
        fail("a translatable section can have only one pluralize section");
      }
      fail("control structures in translatable sections are not allowed");
    } else {
      fail("unclosed translation block");
    }
  }
  return false;
}

bool Parser::trans_variables(Nodes& variables) {
  while (!failed_ && current().type != TokenType::block_end) {
    if (!variables.empty() && !expect_op(",")) return false;
    if (skip_op(":")) break;
    Node* variable = node(Op::keyword);
    variable->name = current().text;
    if (!expect(TokenType::name)) return false;
    for (const Node* other : variables) {
      if (other->name != variable->name) continue;
      fail(
          concat({"translatable variable '", other->name, "' defined twice."}));
      return false;
    }
    if (skip_op("=")) {
      variable->a = expression();
    } else {
      variable->a = node(Op::name, variable->offset);
      variable->a->name = variable->name;
    }
    if (failed_) return false;
    variables.push_back(variable);
  }
  return !failed_;
}

Node* Parser::parse_trans() {
  Node* n = node(Op::trans);
  advance();
  if (current().type == TokenType::string) {
    n->b = primary();
    if (current().type != TokenType::block_end && !skip_op(",")) skip_op(",");
  }
  bool trim_text = false;
  bool word_is_flag = !look().is("=") && !look().is(",");
  if ((current().is_name("trimmed") || current().is_name("notrimmed")) &&
      word_is_flag) {
    trim_text = current().text == "trimmed";
    advance();
  }
  Nodes variables;
  if (failed_ || !trans_variables(variables)) return nullptr;
  if (!variables.empty()) n->a = variables[0]->a;
  if (!expect(TokenType::block_end)) return nullptr;

  TransPart singular, plural;
  if (!trans_part(true, singular)) return nullptr;
  bool has_plural = current().is_name("pluralize");
  if (has_plural) {
    advance();
    if (current().type == TokenType::name) {
      auto named = std::ranges::find(variables, current().text, &Node::name);
      if (named == variables.end())
        return fail(concat(
            {"unknown variable '", current().text, "' for pluralization"}));
      n->a = (*named)->a;
      advance();
    }
    if (!expect(TokenType::block_end) || !trans_part(false, plural))
      return nullptr;
  }
  advance();  // endtrans

  for (const TransPart* part : {&singular, &plural}) {
    for (std::string_view name : part->names) {
      if (std::ranges::find(variables, name, &Node::name) != variables.end())
        continue;
      Node* variable = node(Op::keyword, n->offset);
      variable->name = name;
      variable->a = node(Op::name, n->offset);
      variable->a->name = name;
      variables.push_back(variable);
    }
  }
  if (has_plural && variables.empty())
    return fail("pluralize without variables");
  if (has_plural && n->a == nullptr) n->a = variables[0]->a;
  if (!has_plural) n->a = nullptr;
  for (TransPart* part : {&singular, &plural}) {
    if (trim_text) part->text = trimmed(part->text);
    if (variables.empty()) replace_all(part->text, "%%", "%");
  }
  n->items = keep(variables);
  n->name = arena_.copy(singular.text);
  if (has_plural) n->value = string(arena_.copy(plural.text));
  return failed_ ? nullptr : n;
}

}  // namespace trestle::pages
