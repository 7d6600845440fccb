#include "graphql/schema.h"

#include "graphql/introspection_types.h"
#include "graphql/schema_file.h"

namespace trestle::graphql {
namespace {

// Below this many members a scan beats a hash table.
constexpr std::size_t kScanned = 8;

template <class T>
const T* find_member(
    const std::vector<T>& members, std::string_view name,
    std::unordered_map<std::string_view, std::uint32_t>& index) {
  if (members.size() <= kScanned) {
    for (const T& member : members)
      if (member.name == name) return &member;
    return nullptr;
  }
  if (index.empty())
    for (std::uint32_t i = 0; i < members.size(); i++)
      index.emplace(members[i].name, i);
  auto it = index.find(name);
  return it == index.end() ? nullptr : &members[it->second];
}

}  // namespace

std::string TypeRef::text() const {
  if (!is_wrapped()) return std::string(named_->name);
  std::string inner_text = inner().text();
  return is_list() ? "[" + inner_text + "]" : inner_text + "!";
}

const InputValue* Field::argument(std::string_view argument_name) const {
  for (const InputValue& argument : arguments)
    if (argument.name == argument_name) return &argument;
  return nullptr;
}

void Type::complete() const {
  if (filler_ == nullptr) return;
  auto* self = const_cast<Type*>(this);
  TypeFiller* filler = filler_;
  self->filler_ = nullptr;
  filler->fill(*self);
}

const std::vector<Field>& Type::fields() const {
  complete();
  return fields_;
}

const std::vector<InputValue>& Type::inputs() const {
  complete();
  return inputs_;
}

const std::vector<EnumValue>& Type::values() const {
  complete();
  return values_;
}

const std::vector<const Type*>& Type::possible() const {
  complete();
  return possible_;
}

const std::vector<const Type*>& Type::interfaces() const {
  complete();
  return interfaces_;
}

const Field* Type::field(std::string_view field_name) const {
  return find_member(fields(), field_name, index_);
}

const InputValue* Type::input(std::string_view input_name) const {
  return find_member(inputs(), input_name, index_);
}

const EnumValue* Type::value(std::string_view value_name) const {
  return find_member(values(), value_name, index_);
}

Schema::Schema() {
  for (std::string_view scalar : {"Int", "Float", "String", "Boolean", "ID"})
    add(TypeKind::scalar, scalar);
  add_definitions(*this, kIntrospectionTypes);
  for (const std::unique_ptr<Type>& type : types_)
    type->introspection = type->name.starts_with("__");

  TypeRef text(find("String"));
  typename_field_ = {.name = "__typename",
                     .type = text.non_null(),
                     .binding = {.kind = kTypename}};
  schema_field_ = {.name = "__schema",
                   .type = TypeRef(find("__Schema")).non_null(),
                   .binding = {.kind = kSchemaField}};
  type_field_ = {.name = "__type",
                 .arguments = {{.name = "name", .type = text.non_null()}},
                 .type = TypeRef(find("__Type")),
                 .binding = {.kind = kTypeField}};
}

Type& Schema::add(TypeKind kind, std::string_view name) {
  if (Type* known = find(name)) return *known;
  auto type = std::make_unique<Type>();
  type->kind = kind;
  type->name = arena_.copy(name);
  Type& added = *type;
  types_.push_back(std::move(type));
  by_name_.emplace(added.name, &added);
  return added;
}

Type* Schema::find(std::string_view name) const {
  auto it = by_name_.find(name);
  return it == by_name_.end() ? nullptr : it->second;
}

std::vector<const Type*> Schema::types() const {
  // Filling one type may add others behind it.
  for (std::size_t i = 0; i < types_.size(); i++)
    static_cast<void>(types_[i]->fields());
  std::vector<const Type*> all;
  all.reserve(types_.size());
  for (const std::unique_ptr<Type>& type : types_) all.push_back(type.get());
  return all;
}

const DirectiveType* Schema::directive(std::string_view name) const {
  for (const DirectiveType& directive : directives)
    if (directive.name == name) return &directive;
  return nullptr;
}

TypeRef Schema::resolve(const TypeNode& node) const {
  if (node.kind == TypeNode::Kind::named) {
    const Type* type = find(node.name);
    return type ? TypeRef(type) : TypeRef();
  }
  TypeRef inner = resolve(*node.inner);
  if (!inner || inner.full()) return {};
  return node.kind == TypeNode::Kind::list ? inner.list() : inner.non_null();
}

const Type* Schema::root(OperationKind kind) const {
  switch (kind) {
    case OperationKind::query:
      return query;
    case OperationKind::mutation:
      return mutation;
    case OperationKind::subscription:
      return subscription;
  }
  return nullptr;
}

const Field* Schema::field_of(const Type& type, std::string_view name) const {
  if (name == "__typename") return &typename_field_;
  if (&type == query) {
    if (name == "__schema") return &schema_field_;
    if (name == "__type") return &type_field_;
  }
  if (type.kind == TypeKind::union_) return nullptr;
  return type.field(name);
}

}  // namespace trestle::graphql
