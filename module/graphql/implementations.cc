#include "graphql/implementations.h"

#include <algorithm>

#include "base/text.h"

namespace trestle::graphql {
namespace {

using Mistake = std::optional<std::string>;

template <class T>
bool contains(const std::vector<const Type*>& list, const T* type) {
  return std::find(list.begin(), list.end(), type) != list.end();
}

// Whether a value of type `sub` is always one of type `super`.
bool is_subtype(TypeRef sub, TypeRef super) {
  if (super.is_non_null())
    return sub.is_non_null() && is_subtype(sub.inner(), super.inner());
  if (sub.is_non_null()) return is_subtype(sub.inner(), super);
  if (super.is_list() || sub.is_list())
    return super.is_list() && sub.is_list() &&
           is_subtype(sub.inner(), super.inner());
  const Type* one = sub.named();
  const Type* other = super.named();
  return one == other || contains(other->possible(), one) ||
         contains(one->interfaces(), other);
}

Mistake compare(const Type& type, const Field& own, const Type& interface,
                const Field& given) {
  auto wrong = [&](std::string_view what) {
    return concat({"field \"", type.name, ".", own.name, "\" ", what,
                   " as in interface \"", interface.name, "\""});
  };
  if (!is_subtype(own.type, given.type))
    return wrong(concat({"must be of type ", given.type.text()}));
  for (const InputValue& argument : given.arguments) {
    const InputValue* ours = own.argument(argument.name);
    if (ours == nullptr || ours->type != argument.type)
      return wrong(concat({"must have argument \"", argument.name,
                           "\" of type ", argument.type.text()}));
  }
  for (const InputValue& argument : own.arguments)
    if (argument.required() && given.argument(argument.name) == nullptr)
      return wrong(concat({"must not require argument \"", argument.name,
                           "\", which is unknown"}));
  return std::nullopt;
}

Mistake check_interface(const Type& type, const Type& interface) {
  if (interface.kind != TypeKind::interface)
    return concat({"\"", interface.name, "\" is no interface"});
  if (&type == &interface)
    return concat({"interface \"", type.name, "\" implements itself"});
  for (const Type* above : interface.interfaces())
    if (!contains(type.interfaces(), above))
      return concat({"type \"", type.name, "\" must implement \"", above->name,
                     "\", which \"", interface.name, "\" does"});
  for (const Field& given : interface.fields()) {
    const Field* own = type.field(given.name);
    if (own == nullptr)
      return concat({"type \"", type.name, "\" has no field \"", given.name,
                     "\" of interface \"", interface.name, "\""});
    if (Mistake mistake = compare(type, *own, interface, given)) return mistake;
  }
  return std::nullopt;
}

Mistake check_type(const Type& type) {
  for (const Type* interface : type.interfaces())
    if (Mistake mistake = check_interface(type, *interface)) return mistake;
  if (type.kind != TypeKind::union_) return std::nullopt;
  for (const Type* member : type.possible())
    if (member->kind != TypeKind::object)
      return concat({"\"", member->name,
                     "\" is no object type, as members of "
                     "union \"",
                     type.name, "\" must be"});
  return std::nullopt;
}

}  // namespace

std::optional<GraphqlError> check_implementations(const Schema& schema,
                                                  const Document& document) {
  for (const TypeDefinition& definition : document.definitions) {
    const Type* type = schema.find(definition.name);
    if (type == nullptr || definition.extension) continue;
    if (Mistake mistake = check_type(*type))
      return GraphqlError{.message = *std::move(mistake),
                          .location = locate(document.source, definition.at)};
  }
  return std::nullopt;
}

}  // namespace trestle::graphql
