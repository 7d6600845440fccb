#include "graphql/variables.h"

#include <charconv>
#include <cmath>

#include "base/json.h"
#include "base/text.h"
#include "graphql/validator.h"

namespace trestle::graphql {
namespace {

bool whole_int32(const Value& value) {
  double number = 0;
  auto [end, error] = std::from_chars(
      value.text.data(), value.text.data() + value.text.size(), number);
  return error == std::errc() && std::trunc(number) == number &&
         number >= INT32_MIN && number <= INT32_MAX;
}

// The letter of a kind in the shape of variables.
char shape_of(ValueKind kind) {
  switch (kind) {
    case ValueKind::integer:
      return 'i';
    case ValueKind::floating:
      return 'f';
    case ValueKind::string:
      return 's';
    case ValueKind::list:
      return 'l';
    default:
      return 'o';
  }
}

class Coercion {
 public:
  Coercion(Arena& arena, Variables& variables)
      : arena_(arena), variables_(variables) {}

  // nullopt: refused, error() says why.
  std::optional<Value> coerce(const Value& value, TypeRef type);
  GraphqlError take_error() { return std::move(*error_); }

 private:
  std::optional<Value> refuse(const Value& value, std::string_view expected,
                              TypeRef type);
  std::optional<Value> coerce_list(const Value& value, TypeRef type);
  std::optional<Value> coerce_object(const Value& value, const Type& type);
  std::optional<Value> coerce_enum(const Value& value, const Type& type);
  std::optional<Value> coerce_scalar(const Value& value, const Type& type);
  // Adds to the shape, unless a leaf is being read.
  void shape(char c) {
    if (!in_leaf_) variables_.shape().push_back(c);
  }
  void make_leaf(Value& value) {
    shape(shape_of(value.kind));
    if (!in_leaf_) variables_.add_leaf(value);
  }
  std::optional<Value> fail(std::string message) {
    if (!error_) error_ = {.message = std::move(message)};
    return std::nullopt;
  }

  Arena& arena_;
  Variables& variables_;
  bool in_leaf_ = false;
  std::optional<GraphqlError> error_;
};

std::optional<Value> Coercion::refuse(const Value& value,
                                      std::string_view expected, TypeRef type) {
  return fail(concat({"expected ", expected, " for type '", type.text(),
                      "', but found ", kind_text(value)}));
}

std::optional<Value> Coercion::coerce(const Value& value, TypeRef type) {
  if (value.is(ValueKind::null)) {
    if (type.is_non_null())
      return fail(concat(
          {"null value found for non-nullable type: \"", type.text(), "\""}));
    shape('n');
    return value;
  }
  TypeRef inner = type.nullable();
  if (inner.is_list()) return coerce_list(value, inner);
  const Type& named = *inner.named();
  if (named.kind == TypeKind::input) return coerce_object(value, named);
  if (named.kind == TypeKind::enumeration) return coerce_enum(value, named);
  return coerce_scalar(value, named);
}

std::optional<Value> Coercion::coerce_list(const Value& value, TypeRef type) {
  Value list{.kind = ValueKind::list, .at = value.at};
  std::vector<Value> items;
  Slice<Value> given = value.items;
  if (!value.is(ValueKind::list)) given = {&value, 1};
  bool is_leaf = !in_leaf_ && type.named()->kind == TypeKind::scalar;
  if (is_leaf)
    in_leaf_ = true;
  else
    shape('[');
  for (const Value& item : given) {
    std::optional<Value> coerced = coerce(item, type.inner());
    if (!coerced) return std::nullopt;
    items.push_back(*coerced);
  }
  list.items = arena_.copy(items);
  if (is_leaf) {
    in_leaf_ = false;
    make_leaf(list);
  } else {
    shape(']');
  }
  return list;
}

std::optional<Value> Coercion::coerce_object(const Value& value,
                                             const Type& type) {
  if (!value.is(ValueKind::object))
    return refuse(value, "an object", TypeRef(&type));
  std::vector<ObjectField> members;
  shape('{');
  for (const ObjectField& member : value.members) {
    const InputValue* input = type.input(member.name);
    if (input == nullptr)
      return fail(concat(
          {"field '", member.name, "' not found in type: '", type.name, "'"}));
    variables_.shape().append(member.name).push_back(':');
    std::optional<Value> coerced = coerce(member.value, input->type);
    if (!coerced) return std::nullopt;
    members.push_back(
        {.name = member.name, .at = member.at, .value = *coerced});
  }
  for (const InputValue& input : type.inputs()) {
    if (value.member(input.name) != nullptr) continue;
    if (input.default_value != nullptr)
      members.push_back({.name = input.name, .value = *input.default_value});
    else if (input.type.is_non_null())
      return fail(concat({"missing required field '", input.name, "'"}));
  }
  shape('}');
  Value object{.kind = ValueKind::object, .at = value.at};
  object.members = arena_.copy(members);
  return object;
}

std::optional<Value> Coercion::coerce_enum(const Value& value,
                                           const Type& type) {
  if (!value.is(ValueKind::string) && !value.is(ValueKind::enumeration))
    return refuse(value, "an enum value", TypeRef(&type));
  if (type.value(value.text) != nullptr) {
    Value member = value;
    member.kind = ValueKind::enumeration;
    variables_.shape().append("=").append(member.text).push_back(';');
    return member;
  }
  std::string names;
  for (const EnumValue& known : type.values())
    names.append(concat({names.empty() ? "" : ", ", "'", known.name, "'"}));
  return fail(concat({"expected one of the values [", names, "] for type '",
                      type.name, "', but found '", value.text, "'"}));
}

std::optional<Value> Coercion::coerce_scalar(const Value& value,
                                             const Type& type) {
  TypeRef ref(&type);
  bool number = value.is(ValueKind::integer) || value.is(ValueKind::floating);
  if (type.name == "Int" && !(number && whole_int32(value)))
    return refuse(value, "a 32-bit integer", ref);
  if (type.name == "Float" && !number) return refuse(value, "a float", ref);
  if (type.name == "Boolean" && !value.is(ValueKind::boolean))
    return refuse(value, "a boolean", ref);
  if (type.name == "String" && !value.is(ValueKind::string))
    return refuse(value, "a string", ref);
  if (type.name == "ID" && !value.is(ValueKind::string) &&
      !value.is(ValueKind::integer))
    return refuse(value, "a string or an integer", ref);
  Value scalar = value;
  if (value.is(ValueKind::boolean))
    shape(value.text == "true" ? 'T' : 'F');
  else
    make_leaf(scalar);
  return scalar;
}

}  // namespace

void append_value(std::string& out, const Value& value) {
  JsonWriter json(out);
  switch (value.kind) {
    case ValueKind::string:
    case ValueKind::enumeration:
      append_json_string(out, value.text);
      break;
    case ValueKind::integer:
    case ValueKind::floating:
    case ValueKind::boolean:
      out.append(value.text);
      break;
    case ValueKind::variable:
    case ValueKind::null:
      out.append("null");
      break;
    case ValueKind::list:
      out.push_back('[');
      for (std::size_t i = 0; i < value.items.size(); i++) {
        if (i > 0) out.push_back(',');
        append_value(out, value.items[i]);
      }
      out.push_back(']');
      break;
    case ValueKind::object:
      out.push_back('{');
      for (std::size_t i = 0; i < value.members.size(); i++) {
        if (i > 0) out.push_back(',');
        append_json_string(out, value.members[i].name);
        out.push_back(':');
        append_value(out, value.members[i].value);
      }
      out.push_back('}');
      break;
  }
}

const Value* Variables::find(std::string_view name) const {
  for (const auto& [known, value] : entries_)
    if (known == name) return value;
  return nullptr;
}

Outcome<Variables> coerce_variables(const Schema& schema,
                                    const Operation& operation,
                                    const Value* given, Arena& arena) {
  Variables variables;
  Coercion coercion(arena, variables);
  for (const VariableDefinition& definition : operation.variables) {
    TypeRef type = schema.resolve(*definition.type);
    const Value* value =
        given != nullptr ? given->member(definition.name) : nullptr;
    if (value == nullptr && definition.default_value == nullptr) {
      if (type.is_non_null())
        return GraphqlError{
            .message = concat({"expecting a value for non-nullable variable: "
                               "\"",
                               definition.name, "\""})};
      variables.shape().push_back('a');  // absent
      continue;
    }
    if (value == nullptr) {
      variables.shape().push_back('d');  // default
      variables.set(definition.name, definition.default_value);
      continue;
    }
    std::optional<Value> coerced = coercion.coerce(*value, type);
    if (!coerced) {
      GraphqlError error = coercion.take_error();
      error.message =
          concat({"variable '", definition.name, "': ", error.message});
      return error;
    }
    variables.set(definition.name, arena.make<Value>(*coerced));
  }
  return variables;
}

}  // namespace trestle::graphql
