// The tree of a GraphQL document (specification October 2021, section 2). All
// nodes live in one arena; texts are slices of the source or of the arena.
// `at` is the byte where a node begins, from which a location is computed when
// an error needs one.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/arena.h"

namespace trestle::graphql {

enum class ValueKind : std::uint8_t {
  variable,
  integer,
  floating,
  string,
  boolean,
  null,
  enumeration,
  list,
  object
};

struct ObjectField;

// A literal of a document, or a value of the "variables" of a request: both
// have one form, so that what reads them need not know where they came from.
struct Value {
  ValueKind kind = ValueKind::null;
  std::uint32_t at = 0;
  // variable, enumeration: the name. integer, floating: the digits as written.
  // string: the text it stands for. boolean: "true" or "false".
  std::string_view text = {};
  // A value of a variable that decides nothing but a parameter: its place in
  // Variables::leaf(). 0: it stands in the document, or decides more.
  std::uint32_t leaf = 0;
  Slice<Value> items = {};          // list
  Slice<ObjectField> members = {};  // object

  [[nodiscard]] bool is(ValueKind k) const { return kind == k; }
  // The member of that name, or null.
  [[nodiscard]] const Value* member(std::string_view name) const;
};

struct ObjectField {
  std::string_view name = {};
  std::uint32_t at = 0;
  Value value = {};
};

inline const Value* Value::member(std::string_view name) const {
  for (const ObjectField& field : members)
    if (field.name == name) return &field.value;
  return nullptr;
}

struct Argument {
  std::string_view name = {};
  std::uint32_t at = 0;
  Value value = {};
};

struct DirectiveUse {
  std::string_view name = {};
  std::uint32_t at = 0;
  Slice<Argument> arguments = {};
};

// A type as written: a name with wrappers around it.
struct TypeNode {
  enum class Kind : std::uint8_t { named, list, non_null };
  Kind kind = Kind::named;
  std::uint32_t at = 0;
  std::string_view name = {};       // named
  const TypeNode* inner = nullptr;  // list, non_null
};

struct Selection {
  enum class Kind : std::uint8_t { field, spread, inline_fragment };
  Kind kind = Kind::field;
  bool has_selections = false;
  std::uint32_t at = 0;
  std::string_view alias = {};  // field: the response key; the name when none
  std::string_view name = {};   // field: its name; spread: the fragment's
  std::string_view type_condition = {};  // inline fragment; empty when none
  Slice<Argument> arguments = {};
  Slice<DirectiveUse> directives = {};
  Slice<Selection> selections = {};
};

struct VariableDefinition {
  std::string_view name = {};
  std::uint32_t at = 0;
  const TypeNode* type = nullptr;
  const Value* default_value = nullptr;
  Slice<DirectiveUse> directives = {};
};

enum class OperationKind : std::uint8_t { query, mutation, subscription };

struct Operation {
  OperationKind kind = OperationKind::query;
  std::uint32_t at = 0;
  std::string_view name = {};  // empty: anonymous
  Slice<VariableDefinition> variables = {};
  Slice<DirectiveUse> directives = {};
  Slice<Selection> selections = {};
};

struct Fragment {
  std::string_view name = {};
  std::uint32_t at = 0;
  std::string_view type_condition = {};
  Slice<DirectiveUse> directives = {};
  Slice<Selection> selections = {};
};

// --- type system definitions (section 3)
// --------------------------------------

struct InputDefinition {
  std::string_view name = {};
  std::uint32_t at = 0;
  std::string_view description = {};
  const TypeNode* type = nullptr;
  const Value* default_value = nullptr;
  Slice<DirectiveUse> directives = {};
};

struct FieldDefinition {
  std::string_view name = {};
  std::uint32_t at = 0;
  std::string_view description = {};
  Slice<InputDefinition> arguments = {};
  const TypeNode* type = nullptr;
  Slice<DirectiveUse> directives = {};
};

struct EnumValueDefinition {
  std::string_view name = {};
  std::uint32_t at = 0;
  std::string_view description = {};
  Slice<DirectiveUse> directives = {};
};

struct NameNode {
  std::string_view text = {};
  std::uint32_t at = 0;
};

struct RootDefinition {
  OperationKind operation = OperationKind::query;
  std::string_view type = {};
  std::uint32_t at = 0;
};

// One definition or extension of the type system.
struct TypeDefinition {
  enum class Kind : std::uint8_t {
    schema,
    scalar,
    object,
    interface,
    union_,
    enumeration,
    input,
    directive
  };
  Kind kind = Kind::scalar;
  bool extension = false;
  bool repeatable = false;  // directive
  std::uint32_t at = 0;
  std::string_view name = {};
  std::string_view description = {};
  Slice<DirectiveUse> directives = {};
  Slice<NameNode> names = {};          // interfaces, union members, locations
  Slice<FieldDefinition> fields = {};  // object, interface
  Slice<InputDefinition> inputs = {};  // input; arguments of a directive
  Slice<EnumValueDefinition> values = {};  // enumeration
  Slice<RootDefinition> roots = {};        // schema
};

struct Document {
  std::string_view source = {};
  Slice<Operation> operations = {};
  Slice<Fragment> fragments = {};
  Slice<TypeDefinition> definitions = {};

  // Null when there is none of that name.
  [[nodiscard]] const Fragment* fragment(std::string_view name) const {
    for (const Fragment& f : fragments)
      if (f.name == name) return &f;
    return nullptr;
  }
};

}  // namespace trestle::graphql
