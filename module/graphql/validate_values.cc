// Rules on literals (specification, section 5.6).
#include <charconv>
#include <string>

#include "base/text.h"
#include "graphql/validator.h"

namespace trestle::graphql {
namespace {

bool is_int32(std::string_view digits) {
  std::int64_t value = 0;
  auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return error == std::errc() && end == digits.data() + digits.size() &&
         value >= INT32_MIN && value <= INT32_MAX;
}

bool all_digits(std::string_view text) {
  if (text.empty() || text.size() > 10) return false;
  for (char c : text)
    if (c < '0' || c > '9') return false;
  return true;
}

bool fits(const Value& value, std::string_view scalar, ValueRule rule) {
  if (scalar == "Int") {
    if (rule == ValueRule::natural_or_text && value.is(ValueKind::string))
      return all_digits(value.text);
    return value.is(ValueKind::integer) && is_int32(value.text) &&
           (rule == ValueRule::none || rule == ValueRule::list_or_text ||
            value.text[0] != '-');
  }
  if (scalar == "Float")
    return value.is(ValueKind::integer) || value.is(ValueKind::floating);
  if (scalar == "String") return value.is(ValueKind::string);
  if (scalar == "Boolean") return value.is(ValueKind::boolean);
  if (scalar == "ID")
    return value.is(ValueKind::string) || value.is(ValueKind::integer);
  return true;
}

std::string_view expectation(std::string_view scalar, ValueRule rule) {
  if (scalar == "Int")
    return rule == ValueRule::none || rule == ValueRule::list_or_text
               ? "a 32-bit integer"
               : "a non-negative 32-bit integer";
  if (scalar == "Float") return "a float";
  if (scalar == "Boolean") return "a boolean";
  if (scalar == "ID") return "a string or an integer";
  return "a string";
}

}  // namespace

std::string_view kind_text(const Value& value) {
  switch (value.kind) {
    case ValueKind::variable:
      return "a variable";
    case ValueKind::integer:
      return "an integer";
    case ValueKind::floating:
      return "a float";
    case ValueKind::string:
      return "a string";
    case ValueKind::boolean:
      return "a boolean";
    case ValueKind::null:
      return "null";
    case ValueKind::enumeration:
      return "an enum value";
    case ValueKind::list:
      return "a list";
    case ValueKind::object:
      return "an object";
  }
  return "";
}

void Validator::check_value(const Value& value, TypeRef type, ValueRule rule,
                            bool has_default) {
  if (value.is(ValueKind::variable))
    return use_variable(value, type, has_default);
  TypeRef inner = type.nullable();
  if (value.is(ValueKind::null)) {
    if (!type.is_non_null()) return;
    const Type* named = inner.named();
    std::string_view expected = inner.is_list()                  ? "a list"
                                : named->kind == TypeKind::input ? "an object"
                                : named->kind == TypeKind::enumeration
                                    ? "an enum value"
                                    : expectation(named->name, rule);
    return report(value.at, concat({"expected ", expected, " for type '",
                                    inner.text(), "', but found null"}));
  }
  if (inner.is_list()) {
    if (rule == ValueRule::list_or_text && value.is(ValueKind::string)) return;
    if (!value.is(ValueKind::list))
      return check_value(value, inner.inner(), rule, false);
    for (std::size_t i = 0; i < value.items.size(); i++) {
      PathScope scope(*this, "[", concat({std::to_string(i), "]"}));
      check_value(value.items[i], inner.inner(), rule, false);
    }
    return;
  }
  const Type& named = *inner.named();
  if (named.kind == TypeKind::input)
    check_object(value, named);
  else if (named.kind == TypeKind::enumeration)
    check_enum(value, named);
  else
    check_leaf(value, named, rule);
}

void Validator::check_leaf(const Value& value, const Type& type,
                           ValueRule rule) {
  if (!fits(value, type.name, rule)) {
    report(value.at,
           concat({"expected ", expectation(type.name, rule), " for type '",
                   type.name, "', but found ", kind_text(value)}));
  }
  check_free(value);
}

void Validator::check_enum(const Value& value, const Type& type) {
  if (!value.is(ValueKind::enumeration)) {
    report(value.at, concat({"expected an enum value for type '", type.name,
                             "', but found ", kind_text(value)}));
    return check_free(value);
  }
  if (type.value(value.text) != nullptr) return;
  std::string names;
  for (const EnumValue& known : type.values()) {
    if (!names.empty()) names.append(", ");
    names.append(concat({"'", known.name, "'"}));
  }
  report(value.at,
         concat({"expected one of the values [", names, "] for type '",
                 type.name, "', but found '", value.text, "'"}));
}

// 5.6.2 to 5.6.4
void Validator::check_object(const Value& value, const Type& type) {
  if (!value.is(ValueKind::object)) {
    report(value.at, concat({"expected an object for type '", type.name,
                             "', but found ", kind_text(value)}));
    return check_free(value);
  }
  for (std::size_t i = 0; i < value.members.size(); i++) {
    const ObjectField& member = value.members[i];
    PathScope scope(*this, ".", member.name);
    for (std::size_t j = 0; j < i; j++)
      if (value.members[j].name == member.name)
        report(member.at,
               concat({"field '", member.name, "' is given more than once"}));
    const InputValue* input = type.input(member.name);
    if (input == nullptr) {
      report(member.at, concat({"field '", member.name,
                                "' not found in type: '", type.name, "'"}));
      continue;
    }
    check_value(member.value, input->type, input->rule,
                input->default_value != nullptr);
  }
  for (const InputValue& input : type.inputs())
    if (input.required() && value.member(input.name) == nullptr) {
      PathScope scope(*this, ".", input.name);
      report(value.at, concat({"missing required field '", input.name, "'"}));
    }
}

void Validator::check_free(const Value& value) {
  if (value.is(ValueKind::variable)) use_variable(value, TypeRef(), false);
  for (const Value& item : value.items) check_free(item);
  for (std::size_t i = 0; i < value.members.size(); i++) {
    for (std::size_t j = 0; j < i; j++)
      if (value.members[j].name == value.members[i].name)
        report(value.members[i].at, concat({"field '", value.members[i].name,
                                            "' is given more than once"}));
    check_free(value.members[i].value);
  }
}

}  // namespace trestle::graphql
