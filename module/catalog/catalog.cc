#include "catalog/catalog.h"

#include <algorithm>

#include "base/text.h"
#include "catalog/effects.h"

namespace trestle::catalog {
namespace {

template <class Map, class Key>
auto* find_pointer(const Map& map, const Key& key) {
  auto found = map.find(key);
  return found == map.end() ? nullptr : found->second;
}

// The list under a key, or one empty list for all that have none.
template <class Map, class Key>
const typename Map::mapped_type& find_list(const Map& map, const Key& key) {
  static const typename Map::mapped_type kNone;
  auto found = map.find(key);
  return found == map.end() ? kNone : found->second;
}

}  // namespace

const Column* Relation::find_column(std::string_view column) const {
  int index = column_index(column);
  return index < 0 ? nullptr : &columns[static_cast<std::size_t>(index)];
}

int Relation::column_index(std::string_view column) const {
  auto found = column_by_name.find(column);
  return found == column_by_name.end() ? -1 : found->second;
}

bool Relation::in_primary_key(std::string_view column) const {
  int index = column_index(column);
  return std::find(primary_key.begin(), primary_key.end(), index) !=
         primary_key.end();
}

Catalog::Catalog() : effects_(std::make_unique<CatalogEffects>(*this)) {}

Catalog::~Catalog() = default;

std::string Catalog::joined(std::string_view schema, std::string_view name) {
  // No name of PostgreSQL holds a NUL byte.
  return concat({schema, std::string_view("\0", 1), name});
}

const std::string* Catalog::schema_comment(std::string_view schema) const {
  auto found = schemas_.find(std::string(schema));
  if (found == schemas_.end() || found->second.empty()) return nullptr;
  return &found->second;
}

bool Catalog::has_schema(std::string_view schema) const {
  return schemas_.contains(std::string(schema));
}

const Relation* Catalog::relation(std::string_view schema,
                                  std::string_view name) const {
  return find_pointer(relation_by_name_, joined(schema, name));
}

std::vector<const Relation*> Catalog::relations_named(
    std::string_view name) const {
  std::vector<const Relation*> found;
  auto [begin, end] = relations_by_last_name_.equal_range(std::string(name));
  for (auto at = begin; at != end; ++at) found.push_back(at->second);
  return found;
}

std::vector<Oid> Catalog::types_named(std::string_view name) const {
  std::vector<Oid> found;
  auto [begin, end] = types_by_last_name_.equal_range(std::string(name));
  for (auto at = begin; at != end; ++at) found.push_back(at->second);
  return found;
}

const Relation* Catalog::relation(Oid oid) const {
  return find_pointer(relation_by_oid_, oid);
}

const Type* Catalog::type(Oid oid) const {
  auto found = types_.find(oid);
  return found == types_.end() ? nullptr : &found->second;
}

const Relation* Catalog::relation_of_type(Oid type) const {
  return find_pointer(relation_by_row_type_, base_type(type));
}

Oid Catalog::base_type(Oid oid) const {
  // Domains cannot refer to one another in a circle.
  for (const Type* t = type(oid); t != nullptr && t->kind == Type::Kind::domain;
       t = type(oid))
    oid = t->base;
  return oid;
}

const std::vector<const Function*>& Catalog::functions(
    std::string_view schema, std::string_view name) const {
  return find_list(functions_by_name_, joined(schema, name));
}

const Function* Catalog::function(Oid oid) const {
  return find_pointer(function_by_oid_, oid);
}

const std::vector<const ForeignKey*>& Catalog::foreign_keys_from(
    const Relation& relation) const {
  return find_list(keys_from_, &relation);
}

const std::vector<const ForeignKey*>& Catalog::foreign_keys_to(
    const Relation& relation) const {
  return find_list(keys_to_, &relation);
}

const std::vector<const Relationship*>& Catalog::relationships(
    const Relation& relation) const {
  return find_list(relationships_from_, &relation);
}

const std::vector<const Function*>& Catalog::computed_fields(
    const Relation& relation) const {
  return find_list(computed_fields_, &relation);
}

const Function* Catalog::computed_field(const Relation& relation,
                                        std::string_view name) const {
  for (const Function* function : computed_fields(relation))
    if (function->name == name) return function;
  return nullptr;
}

const Representation* Catalog::representation(Oid source, Oid target) const {
  for (const Representation& r : representations_)
    if (r.source == source && r.target == target) return &r;
  return nullptr;
}

const RoleSettings* Catalog::role_settings(std::string_view role) const {
  for (const RoleSettings& r : role_settings_)
    if (r.role == role) return &r;
  return nullptr;
}

Oid Catalog::schema_oid(std::string_view schema) const {
  auto it = schema_oids_.find(std::string(schema));
  return it == schema_oids_.end() ? 0 : it->second;
}

const std::vector<EnumRow>* Catalog::enum_rows(const Relation& relation) const {
  auto it = enum_rows_.find(relation.oid);
  return it == enum_rows_.end() ? nullptr : &it->second;
}

}  // namespace trestle::catalog
