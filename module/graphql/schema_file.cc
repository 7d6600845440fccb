#include "graphql/schema_file.h"

#include <string>

#include "base/text.h"
#include "graphql/implementations.h"
#include "graphql/parser.h"

namespace trestle::graphql {
namespace {

using Kind = TypeDefinition::Kind;

TypeKind kind_of(Kind kind) {
  switch (kind) {
    case Kind::object:
      return TypeKind::object;
    case Kind::interface:
      return TypeKind::interface;
    case Kind::union_:
      return TypeKind::union_;
    case Kind::enumeration:
      return TypeKind::enumeration;
    case Kind::input:
      return TypeKind::input;
    default:
      return TypeKind::scalar;
  }
}

// Not Type::field(): that would index a type that is still growing.
bool has_field(const Type& type, std::string_view name) {
  for (const Field& field : type.fields_)
    if (field.name == name) return true;
  return false;
}

// Copies definitions into a schema: first the names of all types, then what is
// in them, so that the order of a file does not matter.
class SchemaReader {
 public:
  SchemaReader(Schema& schema, std::string_view source)
      : schema_(schema), source_(source) {}

  bool read(const Document& document);
  [[nodiscard]] const std::optional<GraphqlError>& error() const {
    return error_;
  }

 private:
  bool fail(std::uint32_t at, std::string message) {
    if (!error_)
      error_ = {.message = std::move(message),
                .path = "$",
                .location = locate(source_, at)};
    return false;
  }
  bool declare(const TypeDefinition& definition);
  bool define(const TypeDefinition& definition);
  bool define_roots(const TypeDefinition& definition);
  bool define_directive(const TypeDefinition& definition);
  bool define_members(Type& type, const TypeDefinition& definition);
  bool inputs(std::vector<InputValue>& out, Slice<InputDefinition> inputs);
  bool reference(const TypeNode& node, bool input, TypeRef& out);
  std::optional<std::string_view> deprecated(Slice<DirectiveUse> uses);
  Value kept(const Value& value);

  Schema& schema_;
  std::string_view source_;
  std::optional<GraphqlError> error_;
};

bool SchemaReader::read(const Document& document) {
  for (const TypeDefinition& d : document.definitions)
    if (!declare(d)) return false;
  for (const TypeDefinition& d : document.definitions)
    if (!define(d)) return false;
  return true;
}

bool SchemaReader::declare(const TypeDefinition& d) {
  if (d.kind == Kind::schema || d.kind == Kind::directive || d.extension)
    return true;
  if (schema_.find(d.name) != nullptr)
    return fail(d.at, concat({"type \"", d.name, "\" is defined twice"}));
  Type& type = schema_.add(kind_of(d.kind), d.name);
  type.description = schema_.keep(d.description);
  return true;
}

bool SchemaReader::define(const TypeDefinition& d) {
  if (d.kind == Kind::schema) return define_roots(d);
  if (d.kind == Kind::directive) return define_directive(d);
  Type* type = schema_.find(d.name);
  if (type == nullptr || type->kind != kind_of(d.kind))
    return fail(d.at, concat({"cannot extend type \"", d.name, "\""}));
  return define_members(*type, d);
}

bool SchemaReader::define_roots(const TypeDefinition& d) {
  if (!d.description.empty()) schema_.description = schema_.keep(d.description);
  for (const RootDefinition& root : d.roots) {
    const Type* type = schema_.find(root.type);
    if (type == nullptr || type->kind != TypeKind::object)
      return fail(root.at,
                  concat({"\"", root.type, "\" is not an object type"}));
    if (root.operation == OperationKind::query) schema_.query = type;
    if (root.operation == OperationKind::mutation) schema_.mutation = type;
    if (root.operation == OperationKind::subscription)
      schema_.subscription = type;
  }
  return true;
}

bool SchemaReader::define_directive(const TypeDefinition& d) {
  DirectiveType directive{.name = schema_.keep(d.name),
                          .description = schema_.keep(d.description),
                          .repeatable = d.repeatable};
  for (const NameNode& location : d.names)
    directive.locations.push_back(schema_.keep(location.text));
  if (!inputs(directive.arguments, d.inputs)) return false;
  schema_.directives.push_back(std::move(directive));
  return true;
}

bool SchemaReader::define_members(Type& type, const TypeDefinition& d) {
  for (const DirectiveUse& use : d.directives)
    if (use.name == "specifiedBy" && !use.arguments.empty())
      type.specified_by = schema_.keep(use.arguments[0].value.text);
  for (const FieldDefinition& f : d.fields) {
    if (has_field(type, f.name))
      return fail(f.at, concat({"field \"", f.name, "\" is defined twice"}));
    Field field{.name = schema_.keep(f.name),
                .description = schema_.keep(f.description),
                .deprecated = deprecated(f.directives)};
    if (!reference(*f.type, false, field.type) ||
        !inputs(field.arguments, f.arguments))
      return false;
    type.fields_.push_back(std::move(field));
  }
  if (!inputs(type.inputs_, d.inputs)) return false;
  for (const EnumValueDefinition& v : d.values)
    type.values_.push_back({.name = schema_.keep(v.name),
                            .description = schema_.keep(v.description),
                            .deprecated = deprecated(v.directives)});
  for (const NameNode& name : d.names) {
    Type* other = schema_.find(name.text);
    if (other == nullptr)
      return fail(name.at, concat({"unknown type \"", name.text, "\""}));
    if (type.kind == TypeKind::union_) {
      type.possible_.push_back(other);
    } else {
      type.interfaces_.push_back(other);
      if (type.kind == TypeKind::object) other->possible_.push_back(&type);
    }
  }
  return true;
}

bool SchemaReader::inputs(std::vector<InputValue>& out,
                          Slice<InputDefinition> definitions) {
  for (const InputDefinition& d : definitions) {
    InputValue input{.name = schema_.keep(d.name),
                     .description = schema_.keep(d.description),
                     .deprecated = deprecated(d.directives)};
    if (!reference(*d.type, true, input.type)) return false;
    if (d.default_value != nullptr)
      input.default_value = schema_.arena().make<Value>(kept(*d.default_value));
    out.push_back(input);
  }
  return true;
}

bool SchemaReader::reference(const TypeNode& node, bool input, TypeRef& out) {
  out = schema_.resolve(node);
  if (!out) {
    const TypeNode* inner = &node;
    while (inner->inner != nullptr) inner = inner->inner;
    return fail(node.at, concat({"unknown type \"", inner->name, "\""}));
  }
  if (input ? !out.named()->is_input() : out.named()->kind == TypeKind::input)
    return fail(node.at, concat({"type \"", out.named()->name,
                                 "\" cannot be used here"}));
  return true;
}

std::optional<std::string_view> SchemaReader::deprecated(
    Slice<DirectiveUse> uses) {
  for (const DirectiveUse& use : uses) {
    if (use.name != "deprecated") continue;
    if (use.arguments.empty()) return "No longer supported";
    return schema_.keep(use.arguments[0].value.text);
  }
  return std::nullopt;
}

// A copy whose texts live as long as the schema.
Value SchemaReader::kept(const Value& value) {
  Value copy = value;
  copy.text = schema_.keep(value.text);
  std::vector<Value> items;
  for (const Value& item : value.items) items.push_back(kept(item));
  copy.items = schema_.arena().copy(items);
  std::vector<ObjectField> members;
  for (const ObjectField& member : value.members)
    members.push_back({.name = schema_.keep(member.name),
                       .at = member.at,
                       .value = kept(member.value)});
  copy.members = schema_.arena().copy(members);
  return copy;
}

}  // namespace

void add_definitions(Schema& schema, std::string_view text) {
  Arena arena;
  Outcome<Document> document = parse_document(text, arena);
  if (document.ok()) SchemaReader(schema, text).read(*document);
}

Outcome<std::unique_ptr<Schema>> schema_of(const Document& document) {
  auto schema = std::make_unique<Schema>();
  SchemaReader reader(*schema, document.source);
  if (!reader.read(document)) return *reader.error();
  // Section 3.3.1: without a schema definition the names decide.
  bool named = schema->query == nullptr;
  auto root = [&](const Type*& slot, std::string_view name) {
    if (named) slot = schema->find(name);
  };
  root(schema->query, "Query");
  root(schema->mutation, "Mutation");
  root(schema->subscription, "Subscription");
  if (schema->query == nullptr)
    return GraphqlError{.message = "the schema has no query root"};
  if (auto mistake = check_implementations(*schema, document)) return *mistake;
  return schema;
}

}  // namespace trestle::graphql
