// The parser of type system definitions and extensions (specification, section
// 3): schema files, and what a request must not contain.
#include <string>
#include <vector>

#include "base/text.h"
#include "graphql/parser_state.h"

namespace trestle::graphql {

bool Parser::description(std::string_view& out) {
  if (token_.kind != TokenKind::string) return true;
  out = token_.text;
  advance();
  return true;
}

bool Parser::type_definition(const Token* description) {
  TypeDefinition definition{.at = token_.at};
  if (description != nullptr)
    definition.description = description->text;
  else
    definition.extension = skip_keyword("extend");
  if (token_.kind != TokenKind::name) return unexpected();
  std::string_view keyword = token_.text;
  if (keyword == "schema") {
    advance();
    if (!schema_body(definition)) return false;
  } else if (keyword == "directive" && !definition.extension) {
    advance();
    if (!directive_body(definition)) return false;
  } else if (!type_body(definition, keyword)) {
    return false;
  }
  definitions_.push_back(definition);
  return true;
}

bool Parser::schema_body(TypeDefinition& out) {
  out.kind = TypeDefinition::Kind::schema;
  if (!directives(out.directives, true)) return false;
  if (out.extension && !at('{')) {
    return out.directives.empty() ? unexpected() : true;
  }
  if (!expect('{')) return false;
  std::vector<RootDefinition> roots;
  do {
    RootDefinition root{.at = token_.at};
    std::string_view word;
    if (!name(word)) return false;
    if (word == "mutation")
      root.operation = OperationKind::mutation;
    else if (word == "subscription")
      root.operation = OperationKind::subscription;
    else if (word != "query")
      return fail(concat({"unexpected \"", word, "\""}));
    if (!expect(':') || !name(root.type)) return false;
    roots.push_back(root);
  } while (!at('}'));
  advance();
  out.roots = arena_.copy(roots);
  return true;
}

bool Parser::type_body(TypeDefinition& out, std::string_view keyword) {
  using Kind = TypeDefinition::Kind;
  if (keyword == "scalar")
    out.kind = Kind::scalar;
  else if (keyword == "type")
    out.kind = Kind::object;
  else if (keyword == "interface")
    out.kind = Kind::interface;
  else if (keyword == "union")
    out.kind = Kind::union_;
  else if (keyword == "enum")
    out.kind = Kind::enumeration;
  else if (keyword == "input")
    out.kind = Kind::input;
  else
    return unexpected();
  advance();
  if (!name(out.name)) return false;
  bool composite = out.kind == Kind::object || out.kind == Kind::interface;
  if (composite && !interfaces(out.names)) return false;
  if (!directives(out.directives, true)) return false;
  bool body = at('{') || at('=');
  if (composite && !field_definitions(out.fields)) return false;
  if (out.kind == Kind::union_ && !union_members(out.names)) return false;
  if (out.kind == Kind::enumeration && !enum_values(out.values)) return false;
  if (out.kind == Kind::input && at('{') &&
      !input_definitions(out.inputs, '{', '}'))
    return false;
  if (out.extension && !body && out.directives.empty() && out.names.empty())
    return unexpected();
  return true;
}

bool Parser::interfaces(Slice<NameNode>& out) {
  if (!skip_keyword("implements")) return true;
  std::vector<NameNode> list;
  skip('&');
  do {
    NameNode node{.at = token_.at};
    if (!name(node.text)) return false;
    list.push_back(node);
  } while (skip('&'));
  out = arena_.copy(list);
  return true;
}

bool Parser::union_members(Slice<NameNode>& out) {
  if (!skip('=')) return true;
  std::vector<NameNode> list;
  skip('|');
  do {
    NameNode node{.at = token_.at};
    if (!name(node.text)) return false;
    list.push_back(node);
  } while (skip('|'));
  out = arena_.copy(list);
  return true;
}

bool Parser::field_definitions(Slice<FieldDefinition>& out) {
  if (!skip('{')) return true;
  std::vector<FieldDefinition> list;
  do {
    FieldDefinition field;
    if (!description(field.description)) return false;
    field.at = token_.at;
    if (!name(field.name)) return false;
    if (at('(') && !input_definitions(field.arguments, '(', ')')) return false;
    if (!expect(':') || !type(field.type) ||
        !directives(field.directives, true))
      return false;
    list.push_back(field);
  } while (!at('}'));
  advance();
  out = arena_.copy(list);
  return true;
}

bool Parser::input_definitions(Slice<InputDefinition>& out, char open,
                               char close) {
  if (!expect(open)) return false;
  std::vector<InputDefinition> list;
  do {
    InputDefinition input;
    if (!description(input.description)) return false;
    input.at = token_.at;
    if (!name(input.name) || !expect(':') || !type(input.type)) return false;
    if (skip('=')) {
      auto* literal = arena_.make<Value>();
      if (!value(*literal, true)) return false;
      input.default_value = literal;
    }
    if (!directives(input.directives, true)) return false;
    list.push_back(input);
  } while (!at(close));
  advance();
  out = arena_.copy(list);
  return true;
}

bool Parser::enum_values(Slice<EnumValueDefinition>& out) {
  if (!skip('{')) return true;
  std::vector<EnumValueDefinition> list;
  do {
    EnumValueDefinition value;
    if (!description(value.description)) return false;
    value.at = token_.at;
    if (at_keyword("true") || at_keyword("false") || at_keyword("null"))
      return unexpected();
    if (!name(value.name) || !directives(value.directives, true)) return false;
    list.push_back(value);
  } while (!at('}'));
  advance();
  out = arena_.copy(list);
  return true;
}

bool Parser::directive_body(TypeDefinition& out) {
  out.kind = TypeDefinition::Kind::directive;
  if (!expect('@') || !name(out.name)) return false;
  if (at('(') && !input_definitions(out.inputs, '(', ')')) return false;
  out.repeatable = skip_keyword("repeatable");
  if (!skip_keyword("on"))
    return fail(concat({"expected \"on\", found ", found()}));
  std::vector<NameNode> list;
  skip('|');
  do {
    NameNode node{.at = token_.at};
    if (!name(node.text)) return false;
    list.push_back(node);
  } while (skip('|'));
  out.names = arena_.copy(list);
  return true;
}

}  // namespace trestle::graphql
