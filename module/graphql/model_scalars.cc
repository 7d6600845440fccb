// PostgreSQL's types as GraphQL scalars, named as Hasura v2 names them.
#include "base/text.h"
#include "graphql/model_builder.h"

namespace trestle::graphql {
namespace {

std::string_view scalar_name(const catalog::Type& type) {
  constexpr std::pair<std::string_view, std::string_view> kNames[] = {
      {"int4", "Int"},     {"int8", "bigint"},   {"int2", "smallint"},
      {"float4", "Float"}, {"text", "String"},   {"varchar", "String"},
      {"bool", "Boolean"}, {"bpchar", "bpchar"}, {"char", "char"}};
  if (type.schema == "pg_catalog")
    for (auto [postgres, graphql] : kNames)
      if (type.name == postgres) return graphql;
  return type.name;
}

Scalar::Family family_of(const catalog::Type& type) {
  using Family = Scalar::Family;
  if (type.kind == catalog::Type::Kind::composite) return Family::composite;
  if (type.schema == "pg_catalog") {
    if (type.name == "json") return Family::json;
    if (type.name == "jsonb") return Family::jsonb;
    if (type.name == "tsvector") return Family::tsvector;
    if (type.name == "text" || type.name == "varchar" ||
        type.name == "bpchar" || type.name == "name")
      return Family::text;
    if (type.category == 'N' && type.name != "oid" &&
        !type.name.starts_with("reg"))
      return Family::number;
    return Family::plain;
  }
  if (type.kind != catalog::Type::Kind::base) return Family::plain;
  if (type.name == "citext") return Family::text;
  if (type.name == "geometry") return Family::geometry;
  if (type.name == "geography") return Family::geography;
  if (type.name == "raster") return Family::raster;
  if (type.name == "ltree") return Family::ltree;
  return Family::plain;
}

// Whether max() and min() exist: PostgreSQL has them for these categories.
bool is_ordered(const catalog::Type& type) {
  if (type.schema != "pg_catalog")
    return type.name == "citext" ||
           type.kind == catalog::Type::Kind::enumeration;
  return type.category == 'N' || type.category == 'S' || type.category == 'D' ||
         type.category == 'T';
}

}  // namespace

const Scalar* ModelBuilder::scalar(Oid oid, bool& array) {
  const catalog::Type* type =
      model_.catalog_->type(model_.catalog_->base_type(oid));
  if (type == nullptr || type->kind == catalog::Type::Kind::pseudo)
    return nullptr;
  array = type->element != 0 && type->category == 'A';
  if (array) {
    type = model_.catalog_->type(model_.catalog_->base_type(type->element));
    if (type == nullptr) return nullptr;
  }
  auto it = scalars_.find(type->oid);
  if (it != scalars_.end()) return it->second;
  return scalars_[type->oid] = make_scalar(*type);
}

const Scalar* ModelBuilder::make_scalar(const catalog::Type& type) {
  Scalar scalar;
  scalar.name = scalar_name(type);
  scalar.family = family_of(type);
  scalar.oid = type.oid;
  scalar.ordered = is_ordered(type);
  scalar.type = &type;
  auto array = arrays_.find(type.oid);
  if (array != arrays_.end()) scalar.array = array->second;
  // A table's name is that of its object type.
  if (names_.contains(scalar.name) ||
      model_.catalog_->relation_of_type(type.oid) != nullptr)
    scalar.name += "_scalar";
  if (!is_graphql_name(scalar.name)) return nullptr;
  // Two types may share a name: text and varchar are one String.
  model_.scalars_.push_back(std::move(scalar));
  return &model_.scalars_.back();
}

}  // namespace trestle::graphql
