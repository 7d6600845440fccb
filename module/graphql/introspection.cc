#include "graphql/introspection.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"

namespace trestle::graphql {
namespace {

std::string_view kind_name(TypeKind kind) {
  switch (kind) {
    case TypeKind::scalar:
      return "SCALAR";
    case TypeKind::object:
      return "OBJECT";
    case TypeKind::interface:
      return "INTERFACE";
    case TypeKind::union_:
      return "UNION";
    case TypeKind::enumeration:
      return "ENUM";
    case TypeKind::input:
      return "INPUT_OBJECT";
  }
  return "";
}

// Those that are to be shown, by name.
template <class T>
std::vector<const T*> sorted(const std::vector<T>& members, bool deprecated) {
  std::vector<const T*> shown;
  for (const T& member : members)
    if (deprecated || !member.deprecated) shown.push_back(&member);
  std::sort(shown.begin(), shown.end(),
            [](const T* a, const T* b) { return a->name < b->name; });
  return shown;
}

class Introspection {
 public:
  Introspection(std::string& out, const CollectContext& context)
      : json_(out), context_(context) {}

  void root(const CollectedField& f) {
    if (f.field->binding.kind == Schema::kSchemaField) return schema(f);
    const Value* name =
        f.node->arguments.empty()
            ? nullptr
            : context_.variables.resolve(f.node->arguments[0].value);
    const Type* type =
        name == nullptr ? nullptr : context_.schema.find(name->text);
    type_or_null(f, type ? TypeRef(type) : TypeRef());
  }

 private:
  // Writes an object: `member` writes the value of one field by its name.
  template <class Member>
  void object(const CollectedField& f, Member member) {
    const Type& type = *f.field->type.named();
    json_.begin_object();
    for (const CollectedField& field :
         collect_fields(context_, type, f.selections)) {
      json_.key(field.key);
      if (field.node->name == "__typename")
        json_.string(type.name);
      else
        member(field, field.node->name);
    }
    json_.end_object();
  }

  // A list, each element written by `element`.
  template <class List, class Element>
  void list(const List& members, Element element) {
    json_.begin_array();
    for (const auto& member : members) element(member);
    json_.end_array();
  }

  void text(std::string_view value) {
    if (value.empty())
      json_.null();
    else
      json_.string(value);
  }

  [[nodiscard]] bool with_deprecated(const CollectedField& f) const {
    for (const Argument& argument : f.node->arguments) {
      const Value* value = context_.variables.resolve(argument.value);
      if (value != nullptr) return value->text == "true";
    }
    return false;
  }

  // isDeprecated and deprecationReason; false when it is neither.
  bool deprecation(std::string_view name,
                   const std::optional<std::string_view>& reason) {
    if (name == "isDeprecated")
      json_.boolean(reason.has_value());
    else if (name == "deprecationReason" && reason)
      json_.string(*reason);
    else if (name == "deprecationReason")
      json_.null();
    else
      return false;
    return true;
  }

  void schema(const CollectedField& f);
  void type_or_null(const CollectedField& f, TypeRef type);
  void type_member(const CollectedField& f, std::string_view name,
                   TypeRef type);
  void named_member(const CollectedField& f, std::string_view name,
                    const Type& type);
  void field(const CollectedField& f, const Field& field);
  void input(const CollectedField& f, const InputValue& input);
  void inputs(const CollectedField& f, const std::vector<InputValue>& inputs);
  void enum_value(const CollectedField& f, const EnumValue& value);
  void directive(const CollectedField& f, const DirectiveType& directive);

  JsonWriter json_;
  const CollectContext& context_;
};

void Introspection::schema(const CollectedField& f) {
  const Schema& schema = context_.schema;
  object(f, [&](const CollectedField& m, std::string_view name) {
    auto root = [&](const Type* type) {
      type_or_null(m, type ? TypeRef(type) : TypeRef());
    };
    if (name == "description") return text(schema.description);
    if (name == "queryType") return root(schema.query);
    if (name == "mutationType") return root(schema.mutation);
    if (name == "subscriptionType") return root(schema.subscription);
    if (name == "types")
      return list(schema.types(),
                  [&](const Type* type) { type_or_null(m, TypeRef(type)); });
    list(schema.directives, [&](const DirectiveType& d) { directive(m, d); });
  });
}

void Introspection::type_or_null(const CollectedField& f, TypeRef type) {
  if (!type) {
    json_.null();
    return;
  }
  object(f, [&](const CollectedField& m, std::string_view name) {
    type_member(m, name, type);
  });
}

void Introspection::type_member(const CollectedField& f, std::string_view name,
                                TypeRef type) {
  if (!type.is_wrapped()) return named_member(f, name, *type.named());
  if (name == "kind")
    json_.string(type.is_list() ? "LIST" : "NON_NULL");
  else if (name == "ofType")
    type_or_null(f, type.inner());
  else
    json_.null();
}

void Introspection::named_member(const CollectedField& f, std::string_view name,
                                 const Type& type) {
  auto types = [&](const std::vector<const Type*>& members) {
    list(members, [&](const Type* t) { type_or_null(f, TypeRef(t)); });
  };
  bool fields =
      type.kind == TypeKind::object || type.kind == TypeKind::interface;
  if (name == "kind")
    return static_cast<void>(json_.string(kind_name(type.kind)));
  if (name == "name") return static_cast<void>(json_.string(type.name));
  if (name == "description") return text(type.description);
  if (name == "specifiedByURL") return text(type.specified_by);
  if (name == "fields" && fields)
    return list(sorted(type.fields(), with_deprecated(f)),
                [&](const Field* member) { field(f, *member); });
  if (name == "interfaces" && fields) return types(type.interfaces());
  if (name == "possibleTypes" &&
      (type.kind == TypeKind::interface || type.kind == TypeKind::union_))
    return types(type.possible());
  if (name == "enumValues" && type.kind == TypeKind::enumeration)
    return list(sorted(type.values(), with_deprecated(f)),
                [&](const EnumValue* value) { enum_value(f, *value); });
  if (name == "inputFields" && type.kind == TypeKind::input)
    return inputs(f, type.inputs());
  if (name == "isOneOf" && type.kind == TypeKind::input)
    return static_cast<void>(json_.boolean(false));
  json_.null();
}

void Introspection::field(const CollectedField& f, const Field& field) {
  object(f, [&](const CollectedField& m, std::string_view name) {
    if (deprecation(name, field.deprecated)) return;
    if (name == "name")
      json_.string(field.name);
    else if (name == "description")
      text(field.description);
    else if (name == "args")
      inputs(m, field.arguments);
    else
      type_or_null(m, field.type);
  });
}

void Introspection::inputs(const CollectedField& f,
                           const std::vector<InputValue>& members) {
  list(sorted(members, with_deprecated(f)),
       [&](const InputValue* member) { input(f, *member); });
}

void Introspection::input(const CollectedField& f, const InputValue& input) {
  object(f, [&](const CollectedField& m, std::string_view name) {
    if (deprecation(name, input.deprecated)) return;
    if (name == "name")
      json_.string(input.name);
    else if (name == "description")
      text(input.description);
    else if (name == "type")
      type_or_null(m, input.type);
    else if (input.default_value == nullptr)
      json_.null();
    else
      json_.string(literal_text(*input.default_value));
  });
}

void Introspection::enum_value(const CollectedField& f,
                               const EnumValue& value) {
  object(f, [&](const CollectedField&, std::string_view name) {
    if (deprecation(name, value.deprecated)) return;
    if (name == "name")
      json_.string(value.name);
    else
      text(value.description);
  });
}

void Introspection::directive(const CollectedField& f,
                              const DirectiveType& directive) {
  object(f, [&](const CollectedField& m, std::string_view name) {
    if (name == "name")
      json_.string(directive.name);
    else if (name == "description")
      text(directive.description);
    else if (name == "isRepeatable")
      json_.boolean(directive.repeatable);
    else if (name == "locations")
      list(directive.locations,
           [&](std::string_view location) { json_.string(location); });
    else
      inputs(m, directive.arguments);
  });
}

}  // namespace

std::string literal_text(const Value& value) {
  std::string out;
  switch (value.kind) {
    case ValueKind::string:
      append_json_string(out, value.text);
      break;
    case ValueKind::null:
      out = "null";
      break;
    case ValueKind::variable:
      out = concat({"$", value.text});
      break;
    case ValueKind::list:
      for (const Value& item : value.items)
        out.append(concat({out.empty() ? "" : ", ", literal_text(item)}));
      out = concat({"[", out, "]"});
      break;
    case ValueKind::object:
      for (const ObjectField& member : value.members)
        out.append(concat({out.empty() ? "" : ", ", member.name, ": ",
                           literal_text(member.value)}));
      out = concat({"{", out, "}"});
      break;
    default:
      out = value.text;
  }
  return out;
}

void append_introspection(std::string& out, const CollectContext& context,
                          const CollectedField& field) {
  Introspection(out, context).root(field);
}

}  // namespace trestle::graphql
