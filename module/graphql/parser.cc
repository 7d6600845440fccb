#include "graphql/parser.h"

#include <string>
#include <vector>

#include "base/text.h"
#include "graphql/parser_state.h"

namespace trestle::graphql {

// --- the token stream
// -----------------------------------------------------------

void Parser::advance() {
  token_ = lexer_.next();
  if (token_.kind == TokenKind::error && !error_) error_ = lexer_.error();
}

bool Parser::fail(std::string_view message, std::string_view code) {
  if (!error_)
    error_ = {.message = concat({"not a valid graphql query: ", message}),
              .path = "$.query",
              .code = code,
              .location = locate(source_, token_.at)};
  return false;
}

std::string Parser::found() const {
  switch (token_.kind) {
    case TokenKind::end:
      return "<EOF>";
    case TokenKind::spread:
      return "\"...\"";
    case TokenKind::punctuator:
      return concat({"\"", std::string_view(&token_.punctuator, 1), "\""});
    case TokenKind::string:
      return "a string";
    default:
      return concat({"\"", token_.text, "\""});
  }
}

bool Parser::unexpected() { return fail(concat({"unexpected ", found()})); }

bool Parser::skip(char punctuator) {
  if (!at(punctuator)) return false;
  advance();
  return true;
}

bool Parser::expect(char punctuator) {
  if (skip(punctuator)) return true;
  return fail(concat({"expected \"", std::string_view(&punctuator, 1),
                      "\", found ", found()}));
}

bool Parser::skip_keyword(std::string_view word) {
  if (!at_keyword(word)) return false;
  advance();
  return true;
}

bool Parser::name(std::string_view& out) {
  if (token_.kind != TokenKind::name)
    return fail(concat({"expected a name, found ", found()}));
  out = token_.text;
  advance();
  return true;
}

bool Parser::enter() {
  if (++depth_ <= limits_.max_depth) return true;
  return fail("the document is nested too deeply", code::kLimit);
}

// --- values and types
// -------------------------------------------------------------

bool Parser::value(Value& out, bool constant) {
  out = {.at = token_.at, .text = token_.text};
  switch (token_.kind) {
    case TokenKind::integer:
      out.kind = ValueKind::integer;
      break;
    case TokenKind::floating:
      out.kind = ValueKind::floating;
      break;
    case TokenKind::string:
      out.kind = ValueKind::string;
      break;
    case TokenKind::name:
      out.kind = token_.text == "true" || token_.text == "false"
                     ? ValueKind::boolean
                 : token_.text == "null" ? ValueKind::null
                                         : ValueKind::enumeration;
      break;
    case TokenKind::punctuator:
      if (at('[')) return list_value(out, constant);
      if (at('{')) return object_value(out, constant);
      if (at('$') && !constant) {
        advance();
        out.kind = ValueKind::variable;
        return name(out.text);
      }
      return unexpected();
    default:
      return unexpected();
  }
  advance();
  return true;
}

bool Parser::list_value(Value& out, bool constant) {
  if (!enter()) return false;
  advance();
  std::vector<Value> items;
  while (!at(']')) {
    items.emplace_back();
    if (!value(items.back(), constant)) return false;
  }
  advance();
  depth_--;
  out.kind = ValueKind::list;
  out.items = arena_.copy(items);
  return true;
}

bool Parser::object_value(Value& out, bool constant) {
  if (!enter()) return false;
  advance();
  std::vector<ObjectField> members;
  while (!at('}')) {
    ObjectField member{.at = token_.at};
    if (!name(member.name) || !expect(':') || !value(member.value, constant))
      return false;
    members.push_back(member);
  }
  advance();
  depth_--;
  out.kind = ValueKind::object;
  out.members = arena_.copy(members);
  return true;
}

bool Parser::type(const TypeNode*& out) {
  if (!enter()) return false;
  auto* node = arena_.make<TypeNode>();
  node->at = token_.at;
  if (skip('[')) {
    node->kind = TypeNode::Kind::list;
    if (!type(node->inner) || !expect(']')) return false;
  } else if (!name(node->name)) {
    return false;
  }
  out = node;
  if (at('!')) {
    auto* outer = arena_.make<TypeNode>();
    outer->kind = TypeNode::Kind::non_null;
    outer->at = node->at;
    outer->inner = node;
    out = outer;
    advance();
  }
  depth_--;
  return true;
}

bool Parser::arguments(Slice<Argument>& out, bool constant) {
  if (!skip('(')) return true;
  std::vector<Argument> list;
  do {
    Argument argument{.at = token_.at};
    if (!name(argument.name) || !expect(':') ||
        !value(argument.value, constant))
      return false;
    list.push_back(argument);
  } while (!at(')'));
  advance();
  out = arena_.copy(list);
  return true;
}

bool Parser::directives(Slice<DirectiveUse>& out, bool constant) {
  std::vector<DirectiveUse> list;
  while (at('@')) {
    DirectiveUse use{.at = token_.at};
    advance();
    if (!name(use.name) || !arguments(use.arguments, constant)) return false;
    list.push_back(use);
  }
  out = arena_.copy(list);
  return true;
}

// --- executable definitions
// -------------------------------------------------------

bool Parser::selections(Slice<Selection>& out) {
  if (!enter() || !expect('{')) return false;
  std::vector<Selection> list;
  do {
    list.emplace_back();
    if (!selection(list.back())) return false;
  } while (!at('}'));
  advance();
  depth_--;
  out = arena_.copy(list);
  return true;
}

bool Parser::selection(Selection& out) {
  out.at = token_.at;
  if (token_.kind == TokenKind::spread) return fragment_selection(out);
  if (!name(out.name)) return false;
  out.alias = out.name;
  if (skip(':') && !name(out.name)) return false;
  if (!arguments(out.arguments, false) || !directives(out.directives, false))
    return false;
  out.has_selections = at('{');
  return !out.has_selections || selections(out.selections);
}

bool Parser::fragment_selection(Selection& out) {
  advance();
  bool condition = skip_keyword("on");
  if (!condition && token_.kind == TokenKind::name) {
    out.kind = Selection::Kind::spread;
    return name(out.name) && directives(out.directives, false);
  }
  out.kind = Selection::Kind::inline_fragment;
  out.has_selections = true;
  if (condition && !name(out.type_condition)) return false;
  return directives(out.directives, false) && selections(out.selections);
}

bool Parser::variable_definitions(Slice<VariableDefinition>& out) {
  if (!skip('(')) return true;
  std::vector<VariableDefinition> list;
  do {
    VariableDefinition variable{.at = token_.at};
    if (!expect('$') || !name(variable.name) || !expect(':') ||
        !type(variable.type))
      return false;
    if (skip('=')) {
      auto* literal = arena_.make<Value>();
      if (!value(*literal, true)) return false;
      variable.default_value = literal;
    }
    if (!directives(variable.directives, true)) return false;
    list.push_back(variable);
  } while (!at(')'));
  advance();
  out = arena_.copy(list);
  return true;
}

bool Parser::operation() {
  Operation op{.at = token_.at};
  if (!at('{')) {
    if (at_keyword("mutation")) op.kind = OperationKind::mutation;
    if (at_keyword("subscription")) op.kind = OperationKind::subscription;
    advance();
    if (token_.kind == TokenKind::name && !name(op.name)) return false;
    if (!variable_definitions(op.variables) ||
        !directives(op.directives, false))
      return false;
  }
  if (!selections(op.selections)) return false;
  operations_.push_back(op);
  return true;
}

bool Parser::fragment() {
  Fragment fragment{.at = token_.at};
  advance();
  if (at_keyword("on")) return unexpected();
  if (!name(fragment.name)) return false;
  if (!skip_keyword("on"))
    return fail(concat({"expected \"on\", found ", found()}));
  if (!name(fragment.type_condition) ||
      !directives(fragment.directives, false) ||
      !selections(fragment.selections))
    return false;
  fragments_.push_back(fragment);
  return true;
}

bool Parser::definition() {
  // A description may stand before anything but a short query; those of
  // executable definitions say nothing to a server.
  if (token_.kind == TokenKind::string) {
    Token description = token_;
    advance();
    if (at_keyword("query") || at_keyword("mutation") ||
        at_keyword("subscription"))
      return operation();
    return at_keyword("fragment") ? fragment() : type_definition(&description);
  }
  if (at('{') || at_keyword("query") || at_keyword("mutation") ||
      at_keyword("subscription"))
    return operation();
  if (at_keyword("fragment")) return fragment();
  return type_definition(nullptr);
}

Outcome<Document> Parser::document() {
  advance();
  do {
    if (error_ || !definition()) return *error_;
  } while (token_.kind != TokenKind::end);
  return Document{.source = source_,
                  .operations = arena_.copy(operations_),
                  .fragments = arena_.copy(fragments_),
                  .definitions = arena_.copy(definitions_)};
}

Outcome<Document> parse_document(std::string_view source, Arena& arena,
                                 const ParseLimits& limits) {
  return Parser(source, arena, limits).document();
}

}  // namespace trestle::graphql
