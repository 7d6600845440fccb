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
  return !skip_keyword("implements") || names(out, '&');
}

bool Parser::union_members(Slice<NameNode>& out) {
  return !skip('=') || names(out, '|');
}

// a & b, also with a separator in front.
bool Parser::names(Slice<NameNode>& out, char separator) {
  std::vector<NameNode> list;
  skip(separator);
  do {
    NameNode node{.at = token_.at};
    if (!name(node.text)) return false;
    list.push_back(node);
  } while (skip(separator));
  out = arena_.copy(list);
  return true;
}

// Definitions up to the closing bracket, one at least; `read` reads one, behind
// its description.
template <class T, class Read>
bool Parser::definitions(Slice<T>& out, char open, char close, Read read) {
  if (!expect(open)) return false;
  std::vector<T> list;
  do {
    T definition;
    if (!description(definition.description)) return false;
    definition.at = token_.at;
    if (!read(definition)) return false;
    list.push_back(definition);
  } while (!at(close));
  advance();
  out = arena_.copy(list);
  return true;
}

bool Parser::field_definitions(Slice<FieldDefinition>& out) {
  if (!at('{')) return true;
  return definitions(out, '{', '}', [this](FieldDefinition& field) {
    if (!name(field.name)) return false;
    if (at('(') && !input_definitions(field.arguments, '(', ')')) return false;
    return expect(':') && type(field.type) &&
           directives(field.directives, true);
  });
}

bool Parser::input_definitions(Slice<InputDefinition>& out, char open,
                               char close) {
  return definitions(out, open, close, [this](InputDefinition& input) {
    if (!name(input.name) || !expect(':') || !type(input.type)) return false;
    if (skip('=')) {
      auto* literal = arena_.make<Value>();
      if (!value(*literal, true)) return false;
      input.default_value = literal;
    }
    return directives(input.directives, true);
  });
}

bool Parser::enum_values(Slice<EnumValueDefinition>& out) {
  if (!at('{')) return true;
  return definitions(out, '{', '}', [this](EnumValueDefinition& member) {
    if (at_keyword("true") || at_keyword("false") || at_keyword("null"))
      return unexpected();
    return name(member.name) && directives(member.directives, true);
  });
}

bool Parser::directive_body(TypeDefinition& out) {
  out.kind = TypeDefinition::Kind::directive;
  if (!expect('@') || !name(out.name)) return false;
  if (at('(') && !input_definitions(out.inputs, '(', ')')) return false;
  out.repeatable = skip_keyword("repeatable");
  if (!skip_keyword("on"))
    return fail(concat({"expected \"on\", found ", found()}));
  return names(out.names, '|');
}

}  // namespace trestle::graphql
