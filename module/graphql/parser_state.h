// The parser's state and methods, shared by parser.cc (executable documents)
// and parser_types.cc (type system documents). Each method answers false when
// it failed; the first failure is kept in error_.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "graphql/lexer.h"
#include "graphql/parser.h"

namespace trestle::graphql {

class Parser {
 public:
  Parser(std::string_view source, Arena& arena, const ParseLimits& limits)
      : source_(source),
        arena_(arena),
        limits_(limits),
        lexer_(source, arena, limits.max_tokens) {}

  Outcome<Document> document();

 private:
  void advance();
  bool fail(std::string_view message,
            std::string_view code = code::kValidation);
  bool unexpected();
  [[nodiscard]] std::string found() const;
  [[nodiscard]] bool at(char punctuator) const {
    return token_.kind == TokenKind::punctuator &&
           token_.punctuator == punctuator;
  }
  [[nodiscard]] bool at_keyword(std::string_view word) const {
    return token_.kind == TokenKind::name && token_.text == word;
  }
  bool skip(char punctuator);
  bool expect(char punctuator);
  bool skip_keyword(std::string_view word);
  bool name(std::string_view& out);
  bool enter();

  bool value(Value& out, bool constant);
  bool list_value(Value& out, bool constant);
  bool object_value(Value& out, bool constant);
  bool type(const TypeNode*& out);
  bool arguments(Slice<Argument>& out, bool constant);
  bool directives(Slice<DirectiveUse>& out, bool constant);

  bool definition();
  bool operation();
  bool fragment();
  bool selections(Slice<Selection>& out);
  bool selection(Selection& out);
  bool fragment_selection(Selection& out);
  bool variable_definitions(Slice<VariableDefinition>& out);

  // `description`: the token before it, or null when there is none.
  bool type_definition(const Token* description);
  bool description(std::string_view& out);
  bool type_body(TypeDefinition& out, std::string_view keyword);
  bool schema_body(TypeDefinition& out);
  bool interfaces(Slice<NameNode>& out);
  bool union_members(Slice<NameNode>& out);
  bool names(Slice<NameNode>& out, char separator);
  template <class T, class Read>
  bool definitions(Slice<T>& out, char open, char close, Read read);
  bool field_definitions(Slice<FieldDefinition>& out);
  bool input_definitions(Slice<InputDefinition>& out, char open, char close);
  bool enum_values(Slice<EnumValueDefinition>& out);
  bool directive_body(TypeDefinition& out);

  std::string_view source_;
  Arena& arena_;
  const ParseLimits& limits_;
  Lexer lexer_;
  Token token_;
  std::size_t depth_ = 0;
  std::optional<GraphqlError> error_;
  std::vector<Operation> operations_;
  std::vector<Fragment> fragments_;
  std::vector<TypeDefinition> definitions_;
};

}  // namespace trestle::graphql
