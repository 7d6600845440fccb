// The type system that documents are validated against (specification, section
// 3): types with fields and arguments, directives and the three roots. A schema
// is made once per (catalog, role) or from a schema file; the shells of all
// types are there at once, what is inside a type is filled in when it is first
// looked at, so that a large catalog costs only what its requests touch.
//
// Not shared between threads: looking at a type may fill it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/arena.h"
#include "graphql/ast.h"

namespace trestle::graphql {

enum class TypeKind : std::uint8_t {
  scalar,
  object,
  interface,
  union_,
  enumeration,
  input
};

class Type;

// A named type with list and non-null wrappers around it. A value, compared by
// value; empty when there is no type.
class TypeRef {
 public:
  TypeRef() = default;
  explicit TypeRef(const Type* named) : named_(named) {}

  [[nodiscard]] const Type* named() const { return named_; }
  [[nodiscard]] bool is_non_null() const { return (wrappers_ & 3) == kNonNull; }
  [[nodiscard]] bool is_list() const { return (wrappers_ & 3) == kList; }
  [[nodiscard]] bool is_wrapped() const { return wrappers_ != 0; }
  explicit operator bool() const { return named_ != nullptr; }
  bool operator==(const TypeRef&) const = default;

  // T!, [T]. At most 32 wrappers; wrap() answers false beyond.
  [[nodiscard]] TypeRef non_null() const { return with(kNonNull); }
  [[nodiscard]] TypeRef list() const { return with(kList); }
  [[nodiscard]] bool full() const { return (wrappers_ >> 62) != 0; }
  // Without the outermost wrapper.
  [[nodiscard]] TypeRef inner() const {
    TypeRef ref = *this;
    ref.wrappers_ >>= 2;
    return ref;
  }
  // Without an outermost non-null.
  [[nodiscard]] TypeRef nullable() const {
    return is_non_null() ? inner() : *this;
  }
  // As in a document: "[author!]!".
  [[nodiscard]] std::string text() const;

 private:
  static constexpr std::uint64_t kNonNull = 1;
  static constexpr std::uint64_t kList = 2;

  [[nodiscard]] TypeRef with(std::uint64_t wrapper) const {
    TypeRef ref = *this;
    ref.wrappers_ = (wrappers_ << 2) | wrapper;
    return ref;
  }

  const Type* named_ = nullptr;
  std::uint64_t wrappers_ = 0;  // two bits each, the outermost lowest
};

// What a planner needs to know of a field, an argument or a type: a kind of its
// own choosing and the object behind it.
struct Binding {
  std::uint32_t kind = 0;
  const void* target = nullptr;
  const void* second = nullptr;
};

// Rules for numbers beyond their type.
enum class ValueRule : std::uint8_t {
  none,
  natural,          // an Int that is not negative
  natural_or_text,  // or its digits as a string
  list_or_text      // an array, also as PostgreSQL writes it: "{1,2}"
};

struct InputValue {
  std::string_view name = {};
  std::string_view description = {};
  TypeRef type = {};
  const Value* default_value = nullptr;
  std::optional<std::string_view> deprecated = std::nullopt;
  ValueRule rule = ValueRule::none;
  Binding binding = {};

  [[nodiscard]] bool required() const {
    return type.is_non_null() && default_value == nullptr;
  }
};

struct Field {
  std::string_view name = {};
  std::string_view description = {};
  std::vector<InputValue> arguments = {};
  TypeRef type = {};
  std::optional<std::string_view> deprecated = std::nullopt;
  Binding binding = {};

  [[nodiscard]] const InputValue* argument(
      std::string_view argument_name) const;
};

struct EnumValue {
  std::string_view name = {};
  std::string_view description = {};
  std::optional<std::string_view> deprecated = std::nullopt;
  Binding binding = {};
};

class Schema;

// Fills a type when it is first looked at.
class TypeFiller {
 public:
  virtual ~TypeFiller() = default;
  virtual void fill(Type& type) = 0;
};

class Type {
 public:
  TypeKind kind = TypeKind::scalar;
  std::string_view name = {};
  std::string_view description = {};
  std::string_view specified_by = {};
  Binding binding = {};
  bool introspection = false;  // one of the types whose name begins with __

  [[nodiscard]] const std::vector<Field>& fields() const;
  [[nodiscard]] const std::vector<InputValue>& inputs() const;
  [[nodiscard]] const std::vector<EnumValue>& values() const;
  // Objects that implement an interface or belong to a union.
  [[nodiscard]] const std::vector<const Type*>& possible() const;
  [[nodiscard]] const std::vector<const Type*>& interfaces() const;

  // Null when there is none of that name.
  [[nodiscard]] const Field* field(std::string_view field_name) const;
  [[nodiscard]] const InputValue* input(std::string_view input_name) const;
  [[nodiscard]] const EnumValue* value(std::string_view value_name) const;

  [[nodiscard]] bool is_composite() const {
    return kind == TypeKind::object || kind == TypeKind::interface ||
           kind == TypeKind::union_;
  }
  [[nodiscard]] bool is_input() const {
    return kind == TypeKind::scalar || kind == TypeKind::enumeration ||
           kind == TypeKind::input;
  }
  [[nodiscard]] bool is_leaf() const {
    return kind == TypeKind::scalar || kind == TypeKind::enumeration;
  }

  // For the filler only.
  std::vector<Field> fields_ = {};
  std::vector<InputValue> inputs_ = {};
  std::vector<EnumValue> values_ = {};
  std::vector<const Type*> possible_ = {};
  std::vector<const Type*> interfaces_ = {};
  TypeFiller* filler_ = nullptr;

 private:
  void complete() const;

  // Positions by name, made when a type with many members is asked.
  mutable std::unordered_map<std::string_view, std::uint32_t> index_;
};

struct DirectiveType {
  std::string_view name = {};
  std::string_view description = {};
  bool repeatable = false;
  std::vector<std::string_view> locations = {};
  std::vector<InputValue> arguments = {};
};

class Schema {
 public:
  // Has the built-in scalars, directives and introspection types.
  Schema();
  Schema(const Schema&) = delete;
  Schema& operator=(const Schema&) = delete;

  // The new type, or the one that has this name already. The name is copied.
  Type& add(TypeKind kind, std::string_view name);
  [[nodiscard]] Type* find(std::string_view name) const;
  [[nodiscard]] std::size_t size() const { return types_.size(); }
  // In the order of creation; asking completes all types.
  [[nodiscard]] std::vector<const Type*> types() const;
  [[nodiscard]] const DirectiveType* directive(std::string_view name) const;

  // The type that a type in a document means; empty when a name is unknown.
  [[nodiscard]] TypeRef resolve(const TypeNode& node) const;

  [[nodiscard]] const Type* root(OperationKind kind) const;

  // The meta fields (section 4.1): __typename on every composite type,
  // __schema and __type on the query root.
  [[nodiscard]] const Field* field_of(const Type& type,
                                      std::string_view name) const;

  // Texts that live as long as the schema.
  std::string_view keep(std::string_view text) { return arena_.copy(text); }
  Arena& arena() { return arena_; }

  const Type* query = nullptr;
  const Type* mutation = nullptr;
  const Type* subscription = nullptr;
  std::string_view description = {};
  std::vector<DirectiveType> directives = {};

  static constexpr std::uint32_t kTypename = 0xffff0001;
  static constexpr std::uint32_t kSchemaField = 0xffff0002;
  static constexpr std::uint32_t kTypeField = 0xffff0003;

 private:
  Arena arena_;
  std::vector<std::unique_ptr<Type>> types_;
  std::unordered_map<std::string_view, Type*> by_name_;
  Field typename_field_;
  Field schema_field_;
  Field type_field_;
};

}  // namespace trestle::graphql
